"""What `stemma evaluate` found, as a page."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pipeline.cli.evaluation import cells, charts, empty, explain, heading
from pipeline.cli.safe import plain
from pipeline.evaluate import Measured
from pipeline.io.whole import refuse_existing, write_whole
from pipeline.report.charts import Chart
from pipeline.report.page import Page, Section, Table, as_html


def write_page(path: Path, found: list[Measured], out: str, *, overwrite: bool) -> None:
    """Write the page, whole or not at all.

    Raises:
        OutputError: something stands there, or it can't be written.
        MissingExtraError: the extra that draws is missing.
    """
    refuse_existing(path, overwrite=overwrite)
    sections = tuple(Section(heading(it), tuple(_blocks(it, out))) for it in found)
    write_whole(
        path,
        as_html(Page(f"How well {plain(out)} agrees with what is known", sections)),
        overwrite=overwrite,
    )


def _blocks(it: Measured, out: str) -> Iterator[str | Table | Chart]:
    for section, figures in groupby(it.figures, key=lambda figure: figure.section):
        rows = tuple(
            (figure.name, plain(figure.part), *cells(figure))
            for figure in figures
            if not empty(figure)
        )
        if rows:
            yield Table(("figure", "of", "value", "95 %", "count"), rows, section)
    yield from (f"Note: {plain(note)}." for note in it.notes)
    yield from charts(it)
    for what, some in groupby(it.mistakes, key=lambda one: one.what):
        told = tuple(
            (one.probability, plain(one.said), plain(one.truth), explain(one, out)) for one in some
        )
        yield Table(("probability", "stemma", "truth", "explained by"), told, what)
