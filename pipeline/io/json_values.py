"""JSON files that aren't one object per line: an array, or objects over several lines."""

import codecs
import json
from collections.abc import Iterator
from typing import Any

from pipeline.config import Read
from pipeline.io.batch import BYTES, Batch, Reject, from_rows
from pipeline.io.columns import ColumnMap
from pipeline.io.jsonl import DECODER, fields_of, parse, read_jsonl, too_long
from pipeline.io.lines import utf8
from pipeline.io.sources import MEGABYTE, Source

_ROWS = 500
_BETWEEN = " \t\r\n,"


def read_json(source: Source, label: str, options: Read) -> Iterator[Batch]:
    """Batches of a `.json` file, whichever way its objects are laid out.

    Raises:
        InputError: as for `read_jsonl`.
    """
    head = next(utf8(iter([next(Source(source.path, options).blocks(), b"")])))
    first, _, rest = head.lstrip(b" \t\r\n").partition(b"\n")
    if first.startswith(b"[") or (rest.strip() and first.startswith(b"{") and not _whole(first)):
        yield from _read_values(source, label, options)
    else:
        yield from read_jsonl(source, label, options)


def _whole(line: bytes) -> bool:
    try:
        parse(line)
    except ValueError:
        # A broken object that ends like one is a bad line, not the beginning of a longer object.
        return line.rstrip().endswith(b"}")
    return True


def _read_values(source: Source, label: str, options: Read) -> Iterator[Batch]:
    columns, seen = ColumnMap(options.columns), set[str]()
    rows: list[tuple[str, dict[str, Any]]] = []
    rejects: list[Reject] = []
    values = _Values(source, options)
    size = 0
    for number, value in enumerate(values, 1):
        try:
            rows.append((f"item {number}", fields_of(value, columns)))
            seen |= value.keys()  # type: ignore[attr-defined]
            size += len(text) if isinstance(text := rows[-1][1].get("text"), str) else 0
        except ValueError as error:
            rejects.append((f"item {number}", str(error)))
        if len(rows) + len(rejects) >= _ROWS or size >= BYTES:
            yield from_rows(rows, rejects)
            rows, rejects, size = [], [], 0
    if seen:
        columns.require(sorted(seen), label)
    if values.broken:
        rejects.append((f"item {values.count + 1}", values.broken))
    yield from_rows(rows, rejects)


class _Values:
    """The values of a file one after the other, holding little more than one of them."""

    def __init__(self, source: Source, options: Read) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._texts = (decoder.decode(block) for block in utf8(source.blocks()))
        self._too_long = too_long(options)
        self._limit = int((options.max_article_mb + 1) * MEGABYTE)
        self._text, self._at = "", 0
        self.broken = ""
        self.count = 0

    def __iter__(self) -> Iterator[object]:
        self._more()
        self._skip("[" + _BETWEEN)
        while self._skip(_BETWEEN) and self._text[self._at] != "]":
            try:
                value, self._at = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._grow():
                    continue
                self.broken = self.broken or f"not valid JSON: {error.msg}: reading stopped there"
            except (RecursionError, ValueError):
                self.broken = "JSON nested too deeply: reading stopped there"
            if self.broken:
                break
            self.count += 1
            yield value
        for _ in self._texts:
            pass

    def _skip(self, characters: str) -> bool:
        while True:
            while self._at < len(self._text) and self._text[self._at] in characters:
                self._at += 1
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _grow(self) -> bool:
        """Reads as much again as is held, so that long values aren't parsed often."""
        held = len(self._text) - self._at
        if held > self._limit:
            self.broken = f"{self._too_long}: reading stopped there"
            return False
        grown = self._more()
        while grown and len(self._text) < 2 * held and self._more():
            pass
        return grown

    def _more(self) -> bool:
        text = next(self._texts, None)
        self._text, self._at = self._text[self._at :] + (text or ""), 0
        return text is not None
