"""`stemma tune`: thresholds from known answers, without running again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.edge import show
from pipeline.cli.evaluate import IfMissing, Missing, Needs, Open, Truths, needed
from pipeline.cli.shares import share
from pipeline.cli.summary import Format
from pipeline.cli.targets import check_targets

if TYPE_CHECKING:
    from pipeline.tune.chosen import Goal


def tune_command(
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a finished run.")],
    truth: Truths,
    precision: Annotated[
        float | None,
        typer.Option(
            callback=share, help="Most recall at this share of right links or more."
        ),
    ] = None,
    recall: Annotated[
        float | None,
        typer.Option(
            callback=share, help="Best precision at this share of pairs found or more."
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", "-w", metavar="FILE", dir_okay=False,
            help="Write a config with these thresholds, for stemma run -c FILE.",
        ),
    ] = None,
    needs: Needs = None,
    open_truth: Open = False,
    missing: IfMissing = Missing.ERROR,
    style: Annotated[
        Format, typer.Option("--format", help="json holds everything, csv the curve.")
    ] = Format.TABLE,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the curve in the terminal.")] = False,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Also write a page with the curve.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what stands at --write and --html.")
    ] = False,
) -> None:  # fmt: skip
    """Choose the thresholds of links by known answers, and show what others would come to."""
    if (precision is None) == (recall is None):
        raise typer.BadParameter("give one of --precision and --recall")
    if plot and style is not Format.TABLE:
        raise typer.BadParameter("curves are drawn with --format table only", param_hint="--plot")
    from pipeline.cli import tuned  # noqa: PLC0415 -- imports polars
    from pipeline.config import Config  # noqa: PLC0415
    from pipeline.errors import InputError  # noqa: PLC0415
    from pipeline.evaluate import read_truth  # noqa: PLC0415
    from pipeline.io.output import config_of  # noqa: PLC0415
    from pipeline.io.whole import write_whole  # noqa: PLC0415
    from pipeline.tune.chosen import tune  # noqa: PLC0415

    check_targets({"--write": write, "--html": html}, truth, out, overwrite=overwrite)
    config: Config = config_of(out)
    truths = read_truth(truth, needed(needs), open_=open_truth)
    goal = _goal(precision, recall)
    found = tune(out, truths, config.relate, goal, ignore_missing=missing is Missing.OK)
    if html:
        tuned.write_page(html, found, str(out), overwrite=overwrite)
    if style is Format.JSON:
        show(tuned.as_json(found))
    elif style is Format.CSV:
        show(tuned.as_csv(found))
    else:
        show(tuned.as_table(found, plot=plot))
    if found.chosen is None:
        raise InputError(
            f"no thresholds reach a {goal.by} of {goal.share:g} on these pairs; the curve above "
            "shows what can be reached"
        )
    if write:
        write_whole(write, tuned.as_config(found, config), overwrite=overwrite)
        if style is Format.TABLE:
            show(f"\nwritten to {write}: stemma run INPUT… -o OUT -c {write}")


def _goal(precision: float | None, recall: float | None) -> "Goal":
    from pipeline.tune.chosen import Goal  # noqa: PLC0415

    return Goal("recall", recall or 0.0) if precision is None else Goal("precision", precision)
