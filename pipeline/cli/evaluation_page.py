"""What `stemma evaluate` found, as a page."""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pipeline.cli.evaluation import cells, charts, empty, explain, heading
from pipeline.cli.safe import plain
from pipeline.errors import OutputError
from pipeline.evaluate import Measured
from pipeline.io.written import Written
from pipeline.report.charts import Chart
from pipeline.report.page import Page, Section, Table, as_html


def write_page(path: Path, found: list[Measured], out: str, *, overwrite: bool) -> None:
    """Write the page, whole or not at all.

    Raises:
        OutputError: something stands there, or it can't be written.
        MissingExtraError: the extra that draws is missing.
    """
    if path.exists() and not overwrite:
        raise OutputError(f"{path} exists; name another place, or replace it with --overwrite")
    sections = tuple(Section(heading(it), tuple(_blocks(it, out))) for it in found)
    html = as_html(Page(f"How well {plain(out)} agrees with what is known", sections))
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with Written(part) as file:
                file.write(html.encode())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror}") from error


def _blocks(it: Measured, out: str) -> Iterator[str | Table | Chart]:
    for section, figures in groupby(it.figures, key=lambda figure: figure.section):
        rows = tuple(
            (figure.name, plain(figure.part), *cells(figure))
            for figure in figures
            if not empty(figure)
        )
        if rows:
            yield Table(("figure", "of", "value", "95 %", "count"), rows, section)
    yield from charts(it)
    for what, some in groupby(it.mistakes, key=lambda one: one.what):
        told = tuple(
            (one.probability, plain(one.said), plain(one.truth), explain(one, out)) for one in some
        )
        yield Table(("probability", "stemma", "truth", "explained by"), told, what)
