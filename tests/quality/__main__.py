"""`python -m tests.quality`: the whole job on labelled material, in one table.

Sets that aren't there are left out with a line that says so.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.config import Relate
from pipeline.evaluate import Measured, read_truth
from pipeline.stages.shares import Share
from pipeline.tune.chosen import Goal, Tuned, tune
from tests.quality import runs
from tests.quality.floors import figures

_TUNED = ("versions", "answers", "events")
_WIDTH = 120


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder for the runs; a temporary one if absent")
    return parser.parse_args()


def main() -> int:
    """Print the table; 1 if a floor is broken."""
    console = Console(width=_WIDTH, highlight=False)
    asked = _asked()
    with tempfile.TemporaryDirectory() as folder:
        place = asked.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        told = list(_measured(place, console))
        table, broken = _table(told)
        console.print(table)
        if runs.EVAL.is_dir():
            console.print(_line(_tuned(place)))
    return broken


def _measured(place: Path, console: Console) -> Iterator[Measured]:
    runs.finished(runs.SAMPLE / "articles", place / "sample")
    yield runs.beside(place / "sample", runs.SAMPLE / "truth.csv", ("near", "excerpt"))
    if not runs.EVAL.is_dir():
        console.print("no labelled sets here: only the sample is measured")
        return
    runs.finished(runs.mixed(place), place / "mixed")
    for name in runs.NEEDLES:
        yield runs.beside(place / "mixed", runs.EVAL / name)
    passages = runs.EVAL / "passages"
    runs.finished(passages / "articles.parquet", place / "given", given=runs.given_passages())
    yield runs.beside(place / "given", passages)


def _tuned(place: Path) -> Tuned:
    truths = read_truth([runs.EVAL / name for name in _TUNED])
    return tune(place / "mixed", truths, Relate(), Goal("precision", 0.95))


def _line(told: Tuned) -> str:
    met = told.unseen
    if met is None or met.precision is None or met.recall is None:
        return "tuned to a precision of .95: not reached"
    return (
        f"tuned to a precision of .95 on half of {', '.join(told.truths)}, on the other half: "
        f"precision {_share(met.precision)} ({met.right:,} of {met.right + met.wrong:,}), "
        f"recall {_share(met.recall)} of {met.of:,}"
    )


def _share(share: Share) -> str:
    return f"{share.share:.3f} [{share.low:.3f}–{share.high:.3f}]"


def _table(told: list[Measured]) -> tuple[Table, int]:
    table = Table(box=None, pad_edge=False)
    for name in ("truth", "section", "figure", "of"):
        table.add_column(name)
    for name in ("value", "95 %", "count", "bound", ""):
        table.add_column(name, justify="right", no_wrap=True)
    broken = 0
    for floor, figure in figures(told):
        value = figure.value if figure else None
        holds = floor.holds(value)
        broken |= not holds
        within = f"{figure.low:.3f}–{figure.high:.3f}" if figure and figure.low is not None else ""
        count = (
            f"{figure.hits:,.6g} of {figure.of:,.6g}" if figure and figure.hits is not None else ""
        )
        table.add_row(
            floor.truth, floor.section, floor.name, floor.part,
            "–" if value is None else f"{value:.4f}", within, count,
            f"{'≤' if floor.most else '≥'} {floor.bound:g}", "" if holds else "broken",
        )  # fmt: skip
    return table, broken


if __name__ == "__main__":
    sys.exit(main())
