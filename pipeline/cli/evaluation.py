"""What `stemma evaluate` found: for people, as JSON, or as CSV."""

import io
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.safe import csv_text, json_text, plain
from pipeline.cli.shell import command
from pipeline.evaluate import Figure, Measured, Mistake
from pipeline.report.charts import Chart, Curve, in_terminal

_UNLIMITED = 10_000
_POINTS = 200  # of a curve, at most
_COLUMNS = ("section", "part", "name", "value", "low", "high", "hits", "of")


def as_json(found: list[Measured], out: str) -> str:
    """Everything, the curves with at most 200 points."""
    return json_text([_plain_of(it, out) for it in found], indent=2)


def _plain_of(it: Measured, out: str) -> dict[str, Any]:
    told = it.reliability
    threshold, precision, recall = (values.tolist() for values in it.curve)
    steps = _some(len(threshold))
    return {
        "truth": it.name,
        "kind": it.kind,
        "articles": it.articles,
        "missing": it.missing,
        "positive_pairs": it.positives,
        "notes": list(it.notes),
        "figures": [asdict(figure) for figure in it.figures],
        "mistakes": [asdict(one) | {"command": explain(one, out)} for one in it.mistakes],
        "reliability": None
        if told is None
        else {"stated": told.stated.tolist(), "true": told.true.tolist()},
        "curve": [
            {"threshold": threshold[at], "precision": precision[at], "recall": recall[at]}
            for at in steps
        ],
    }


def as_csv(found: list[Measured]) -> str:
    """The figures."""
    rows = (
        (it.name, *(getattr(figure, name) for name in _COLUMNS))
        for it in found
        for figure in it.figures
    )
    return csv_text(("truth", *_COLUMNS), rows)


def as_table(found: list[Measured], out: str, *, plot: bool) -> str:
    """Figures with counts and intervals, curves if asked for, mistakes with what explains them."""
    return "\n\n".join("\n".join(_lines(it, out, plot=plot)) for it in found)


def _lines(it: Measured, out: str, *, plot: bool) -> Iterator[str]:
    yield heading(it)
    yield ""
    yield from _figure_lines(it)
    for note in it.notes:
        yield from ("", f"note: {plain(note)}")
    if plot:
        for chart in charts(it):
            yield from ("", in_terminal(chart, width=min(_width(), 80), height=16))
    for what, some in groupby(it.mistakes, key=lambda one: one.what):
        yield from ("", f"{what}, the worst first")
        for one in some:
            yield from _mistake_lines(one, out)


def heading(it: Measured) -> str:
    """The truth's name, and how much it knows."""
    missing = f"; {it.missing:,} that it names aren't in the run" if it.missing else ""
    counts = f"{_many(it.articles, 'article')}, {_many(it.positives, 'pair')}"
    share = "share" if it.positives != 1 else "shares"
    return f"{plain(it.name)} ({it.kind}): {counts} that {share} a text{missing}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _figure_lines(it: Measured) -> Iterator[str]:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="")
    for name in ("", "figure", "of"):
        table.add_column(name, overflow="fold")
    for name in ("value", "95 %", "count"):
        table.add_column(name, justify="right", no_wrap=True)
    before = ""
    for figure in it.figures:
        if not empty(figure):
            section = figure.section if figure.section != before else ""
            before = figure.section
            names = (Text(section), Text(figure.name), Text(plain(figure.part)))
            table.add_row(*names, *cells(figure))
    width = _width() if sys.stdout.isatty() else _UNLIMITED
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(table)
    yield from (line.rstrip() for line in capture.get().splitlines())


def empty(figure: Figure) -> bool:
    """Was there nothing to be measured?"""
    return figure.value is None and not figure.hits


def cells(figure: Figure) -> tuple[str, str, str]:
    """Value, interval and counts as text."""
    value = "" if figure.value is None else f"{figure.value:.4f}"
    interval = f"{figure.low:.3f} – {figure.high:.3f}" if figure.low is not None and (
        figure.high is not None) else ""  # fmt: skip
    of = "" if figure.of is None else f"{figure.of:,.0f}"
    hits = "" if figure.hits is None else f"{figure.hits:,.0f}" if float(
        figure.hits).is_integer() else f"{figure.hits:,.1f}"  # fmt: skip
    return value, interval, f"{hits} of {of}" if hits and of else hits or of


def _mistake_lines(one: Mistake, out: str) -> Iterator[str]:
    sure = "–" if one.probability is None else f"{one.probability:.3f}"
    yield f"  {sure}  stemma: {plain(one.said)} · truth: {plain(one.truth)}"
    yield f"         {explain(one, out)}"


def explain(one: Mistake, out: str) -> str:
    """The command that explains a mistake."""
    return command(("stemma", "explain"), (out, one.a_id, one.b_id))


def charts(it: Measured) -> list[Chart]:
    """Calibration, and precision over recall."""
    drawn = []
    if it.reliability is not None:
        stated, true = (tuple(v.tolist()) for v in (it.reliability.stated, it.reliability.true))
        curves = (
            Curve("as stated", (0.0, 1.0), (0.0, 1.0)),
            Curve("measured", stated, true, points=True),
        )
        drawn.append(Chart("Calibration", "probability stated", "share that shares a text", curves))
    _, precision, recall = it.curve
    steps = _some(len(recall)) if it.positives else []
    if steps:
        x, y = (tuple(float(values[at]) for at in steps) for values in (recall, precision))
        drawn.append(
            Chart("Links by probability", "recall", "precision", (Curve("pairs", x, y),))
        )  # fmt: skip
    return drawn


def _some(count: int) -> list[int]:
    """Places of at most 200 points, the first and the last among them."""
    if count <= _POINTS:
        return list(range(count))
    return [round(at * (count - 1) / (_POINTS - 1)) for at in range(_POINTS)]


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns
