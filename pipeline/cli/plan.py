"""`stemma plan`: what a run would find and take, from a sample, before it is begun."""

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.edge import show
from pipeline.cli.log import Log, LogFormat
from pipeline.cli.options import ConfigName, Inputs, LogStyle, Quiet, Sets, Threads
from pipeline.cli.safe import json_text
from pipeline.cli.summary import Format
from pipeline.errors import OutputError

_WIDTH = 100


def plan_command(
    ctx: typer.Context,
    *,
    inputs: Inputs,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder that the run will write: is there room?")
    ] = Path(),
    config: ConfigName = None,
    sets: Sets = None,
    sample: Annotated[
        int | None, typer.Option(min=100, help="Articles to read; about 6,000 if left out.")
    ] = None,
    threads: Threads = None,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a page with the plan, too.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what stands at --html.")
    ] = False,
    style: Annotated[
        Format, typer.Option("--format", help="Of the plan on standard output.")
    ] = Format.TABLE,
    log_format: LogStyle = LogFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    """Tell what a run would read, find and take, from a sample of the articles."""
    log = Log(log_format, quiet=quiet)
    ctx.find_root().obj = log
    changes = list(sets or [])
    if threads:
        changes.append(f"run.threads={threads}")
        # Polars reads this once, when it is imported.
        os.environ["POLARS_MAX_THREADS"] = str(threads)
    from pipeline.cli.job import tell_of_compiling  # noqa: PLC0415 -- slow to import
    from pipeline.cli.plan_page import as_text, told  # noqa: PLC0415
    from pipeline.cli.plan_values import as_csv, as_json  # noqa: PLC0415
    from pipeline.config import load_config  # noqa: PLC0415
    from pipeline.io.whole import refuse_existing, write_whole  # noqa: PLC0415
    from pipeline.plan import SAMPLE, plan  # noqa: PLC0415
    from pipeline.report.page import as_html, check_extra  # noqa: PLC0415

    settings = load_config(config, changes)
    if html:
        check_extra()
        refuse_existing(html, overwrite=overwrite)
        _keep_apart(html, inputs)
    tell_of_compiling(log)
    size = sample or SAMPLE
    log.info(f"running some {size:,} articles through all stages, for their measure")
    found = plan(inputs, settings, size, out)
    if html:
        write_whole(html, as_html(told(found)), overwrite=overwrite)
    if style is Format.JSON:
        show(json_text(as_json(found), indent=2))
    elif style is Format.CSV:
        show(as_csv(found))
    else:
        show(as_text(told(found), _columns()))


def _keep_apart(html: Path, inputs: list[str]) -> None:
    from pipeline.io.apart import keep_apart  # noqa: PLC0415

    try:
        keep_apart(html, inputs)
    except OutputError as error:
        raise OutputError(
            f"--html {html} is or lies among the inputs; name another file"
        ) from error


def _columns() -> int:
    return shutil.get_terminal_size((_WIDTH, 24)).columns
