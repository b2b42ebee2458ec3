"""`stemma run`: articles in, a folder of tables out."""

import os
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.edge import show
from pipeline.cli.log import Log, LogFormat
from pipeline.cli.options import ConfigName, Inputs, LogStyle, Quiet, Sets, Threads
from pipeline.cli.summary import Format, rendered


def run_command(
    ctx: typer.Context,
    *,
    inputs: Inputs,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    config: ConfigName = None,
    sets: Sets = None,
    judgements: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="CSV of a_id,b_id,verdict (yes or no): an editor's word on pairs."
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="CSV or Parquet of a_id, b_id: compare just these pairs."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier run at OUT.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    no_texts: Annotated[
        bool, typer.Option("--no-texts", help="Leave the table texts out.")
    ] = False,
    measure_recall: Annotated[
        bool | None,
        typer.Option(
            "--measure-recall/--no-measure-recall",
            help="Measure what was missed; by itself below 50,000 articles.",
        ),
    ] = None,
    threads: Threads = None,
    style: Annotated[
        Format, typer.Option("--format", help="Of the summary on standard output.")
    ] = Format.TABLE,
    log_format: LogStyle = LogFormat.TEXT,
    quiet: Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more on the way.")] = False,
) -> None:
    """Find stories, sources and shared passages in a dump of articles."""
    if pairs and measure_recall:
        raise typer.BadParameter(
            "with --pairs nothing is sought, so there is no recall to measure",
            param_hint="--measure-recall",
        )
    log = Log(log_format, quiet=quiet, verbose=verbose)
    ctx.find_root().obj = log
    changes = [*(sets or []), *(["output.texts=false"] if no_texts else [])]
    if measure_recall is not None:
        changes.append(f"run.measure_recall={str(measure_recall).lower()}")
    if threads:
        changes.append(f"run.threads={threads}")
        # Polars reads this once, when it is imported.
        os.environ["POLARS_MAX_THREADS"] = str(threads)
    from pipeline.cli.job import Job, work  # noqa: PLC0415 -- slow to import

    job = Job(tuple(inputs), out, config, tuple(changes), judgements, overwrite, resume, pairs)
    show(rendered(work(job, log), style))
