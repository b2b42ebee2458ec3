"""`stemma evaluate`: a run beside known answers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.edge import show
from pipeline.cli.shares import share
from pipeline.cli.summary import Format
from pipeline.cli.targets import check_targets


class Missing(StrEnum):
    """What becomes of articles that the truth names and the run doesn't have."""

    ERROR = "error"
    OK = "ok"


Truths = Annotated[
    list[Path],
    typer.Option(
        "--truth",
        metavar="PATH",
        help="Known answers: CSV, Parquet, or a folder of these, known by their columns; "
        "repeatable.",
    ),
]
Needs = Annotated[
    list[str] | None,
    typer.Option("--needs", metavar="WORDS", help="Only rows that need one of these: a,b."),
]


Open = Annotated[
    bool, typer.Option("--open", help="Links to articles the truth doesn't name don't count.")
]
IfMissing = Annotated[
    Missing, typer.Option(help="Articles of the truth that aren't in OUT; ok leaves them out.")
]


def needed(texts: list[str] | None) -> list[str]:
    """The words of --needs."""
    words = (word.strip() for text in texts or [] for word in text.split(","))
    return [word for word in words if word]


class By(StrEnum):
    """What figures are told apart by."""

    OUTLET = "outlet"
    LANGUAGE = "language"


def evaluate_command(
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a finished run.")],
    truth: Truths,
    needs: Needs = None,
    open_truth: Open = False,
    missing: IfMissing = Missing.ERROR,
    decided_at: Annotated[
        float,
        typer.Option(callback=share, help="Probability that decides a direction."),
    ] = 0.5,
    by: Annotated[
        list[By] | None, typer.Option(help="Also tell figures by this; repeatable.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Outlets or languages to tell.")] = 10,
    mistakes: Annotated[
        int, typer.Option(min=0, max=1000, help="The worst mistakes to tell, of each kind.")
    ] = 10,
    style: Annotated[
        Format, typer.Option("--format", help="json holds everything, csv the figures.")
    ] = Format.TABLE,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the curves in the terminal.")] = False,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Also write a page with all of it.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what stands at --html.")
    ] = False,
) -> None:  # fmt: skip
    """Compare a run with known answers: links, stories, derivations, directions, passages."""
    if plot and style is not Format.TABLE:
        raise typer.BadParameter("curves are drawn with --format table only", param_hint="--plot")
    from pipeline.cli.evaluation import as_csv, as_json, as_table  # noqa: PLC0415 -- polars, rich
    from pipeline.cli.evaluation_page import write_page  # noqa: PLC0415
    from pipeline.evaluate import Options, measure, read_truth  # noqa: PLC0415

    check_targets({"--html": html}, truth, out, overwrite=overwrite)
    options = Options(
        ignore_missing=missing is Missing.OK, decided_at=decided_at, top=top, mistakes=mistakes,
        by=tuple(dict.fromkeys(it.value for it in by or ())),
    )  # fmt: skip
    found = measure(out, read_truth(truth, needed(needs), open_=open_truth), options)
    if html:
        write_page(html, found, str(out), overwrite=overwrite)
    if style is Format.JSON:
        show(as_json(found, str(out)))
    elif style is Format.CSV:
        show(as_csv(found))
    else:
        show(as_table(found, str(out), plot=plot))
