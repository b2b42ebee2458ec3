"""CSV: read by Python's `csv` in its strict mode, so that no broken row is mended by guesses."""

import csv
from collections.abc import Iterator
from typing import Any

from pipeline.config import Read
from pipeline.errors import InputError
from pipeline.io.batch import BYTES, Batch, Reject, decode, from_rows, pick
from pipeline.io.columns import ColumnMap
from pipeline.io.jsonl import too_long
from pipeline.io.lines import line_runs, utf8
from pipeline.io.sources import MEGABYTE, Source

_ROWS = 2000
_DELIMITERS = ",;\t|"
Row = tuple[str, list[str] | None, str]


def read_csv(source: Source, label: str, options: Read) -> Iterator[Batch]:
    """Batches of a CSV file with a header; the delimiter is the header's most frequent one.

    Raises:
        InputError: there is no text column, or not one that the config maps.
    """
    columns = ColumnMap(options.columns)
    lines = _Lines(source, options)
    try:
        header = lines.header()
    except csv.Error as error:
        raise InputError(f"{label}: its header is {_why(error, options)}") from error
    if not header:
        return
    columns.require(header, label)
    wanted = columns.candidates(header)
    rows = _rows(lines, header, options)
    while part := list(_some(rows)):
        good = [(place, _named(header, row, wanted)) for place, row, _ in part if row]
        bad: list[Reject] = [(place, reason) for place, row, reason in part if not row]
        yield from_rows(good, bad)


def _some(rows: Iterator[Row]) -> Iterator[Row]:
    """The next rows, as many as are held at a time."""
    size = 0
    for count, row in enumerate(rows, 1):
        yield row
        size += sum(map(len, row[1] or ()))
        if count >= _ROWS or size >= BYTES:
            return


def _named(header: list[str], row: list[str], wanted: dict[str, list[str]]) -> dict[str, Any]:
    return pick(dict(zip(header, row, strict=True)), wanted)


def _rows(lines: "_Lines", header: list[str], options: Read) -> Iterator[Row]:
    """(place, fields or None, why not) of every row after the header."""
    # The limit is one for the whole process: never less than what others rely on.
    csv.field_size_limit(max(csv.field_size_limit(), int(options.max_article_mb * MEGABYTE)))
    reader = csv.reader(lines, delimiter=lines.delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield f"line {lines.row}", None, _why(error, options)
            # An open quote swallows the rows after it: go back to the line after the quote's.
            lines.go_back()
            reader = csv.reader(lines, delimiter=lines.delimiter, strict=True)
            continue
        place = f"line {lines.row}"
        for number in lines.refused():
            yield f"line {number}", None, too_long(options)
        if row is None:
            return
        if row and len(row) != len(header):
            yield place, None, f"{len(row)} fields where the header has {len(header)}"
        elif row:
            yield place, row, ""


def _why(error: csv.Error, options: Read) -> str:
    told = str(error)
    if "limit" in told:
        return too_long(options)
    if "new-line" in told:
        told = "a lone carriage return outside quotes; save it with other line ends"
    return f"not valid CSV: {told}"


class _Lines:
    """Lines as `csv` wants them, numbered, with a way back to the beginning of the row."""

    def __init__(self, source: Source, options: Read) -> None:
        self.row = 1
        self.delimiter = ","
        self._too_long: list[int] = []
        limit = int((options.max_article_mb + 1) * MEGABYTE)
        self._fresh = self._numbered(source, limit)
        self._held: list[tuple[int, str]] = []
        self._again: list[tuple[int, str]] = []

    def _numbered(self, source: Source, limit: int) -> Iterator[tuple[int, str]]:
        for run in line_runs(utf8(source.blocks()), limit):
            if run.data is None:
                self._too_long.append(run.first)
                continue
            # Not splitlines: an article holds form feeds and other characters that it splits at.
            for number, line in enumerate(run.data.removesuffix(b"\n").split(b"\n"), run.first):
                yield number, decode(line) + "\n"

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, line = self._again.pop() if self._again else next(self._fresh)
        if not self._held:
            self.row = number
        self._held.append((number, line))
        return line

    def header(self) -> list[str]:
        """The names in the first row; sets the delimiter by them."""
        first = next(self, "")
        self.delimiter = max(_DELIMITERS, key=first.count)
        names = next(csv.reader([first], delimiter=self.delimiter), [])
        return [name.strip() for name in names]

    def begin_row(self) -> None:
        """Forgets the lines of the row before."""
        self._held = []

    def go_back(self) -> None:
        """All lines since the row began, but for the first, come again."""
        self._again += reversed(self._held[1:])

    def refused(self) -> list[int]:
        """Numbers of the lines that were too long to be held, each told once."""
        told, self._too_long = self._too_long, []
        return told
