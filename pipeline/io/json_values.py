"""JSON files that aren't one object per line: an array, or objects over several lines."""

import json
from collections.abc import Iterator

from pipeline.config import Read
from pipeline.io.batch import Batch, from_rows, refused
from pipeline.io.columns import ColumnMap
from pipeline.io.jsonl import fields_of, parse, read_jsonl, too_long
from pipeline.io.lines import utf8
from pipeline.io.sources import MEGABYTE, Source

_ROWS = 500


def read_json(source: Source, label: str, options: Read) -> Iterator[Batch]:
    """Batches of a `.json` file, whichever way its objects are laid out.

    Raises:
        InputError: as for `read_jsonl`.
    """
    blocks = source.blocks()
    head = next(blocks, b"")
    first, _, rest = next(utf8(iter([head]))).lstrip(b" \t\r\n").partition(b"\n")
    again = _Rest(source, head, blocks)
    if first.startswith(b"[") or (rest and first.startswith(b"{") and not _is_json(first)):
        yield from _read_values(again, label, options)
    else:
        yield from read_jsonl(again, label, options)


class _Rest(Source):
    """A source whose beginning was looked at already."""

    def __init__(self, source: Source, head: bytes, blocks: Iterator[bytes]) -> None:
        self._head, self._blocks = head, blocks

    def blocks(self) -> Iterator[bytes]:
        yield self._head
        yield from self._blocks
