"""Blocks of bytes → runs of whole lines in UTF-8, numbered, no line longer than allowed."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from pipeline.io.sources import MEGABYTE

RUN = 2 * MEGABYTE
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Lines:
    """Whole lines and how many they are; `data` is None where a line was too long to be held."""

    first: int
    data: bytes | None
    count: int = 1


def utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks in UTF-8 without a byte order mark; UTF-16 is told by its mark."""
    head = b""
    while len(head) < 3 and (block := next(blocks, None)) is not None:
        head += block
    if head.startswith(codecs.BOM_UTF8):
        yield head[3:]
        yield from blocks
    elif encoding := _UTF16.get(head[:2]):
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        for block in chain([head[2:]], blocks):
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    else:
        yield head
        yield from blocks


def line_runs(blocks: Iterator[bytes], limit: int, size: int = RUN) -> Iterator[Lines]:
    """Runs of whole lines of about `size` bytes.

    A line over `limit` bytes (give or take a block) is passed over without being held.
    """
    run = _Run(limit)
    for block in blocks:
        yield from run.add(block)
        if run.held >= size:
            yield run.take()
    yield from run.finish()


class _Run:
    """Lines being collected: whole ones, and the beginning of the next."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.first = 1
        self.whole: list[bytes] = []
        self.tail: list[bytes] = []
        self.held = 0
        self.tail_size = 0
        self.skipping = False

    def add(self, block: bytes) -> Iterator[Lines]:
        if self.skipping:
            _, newline, block = block.partition(b"\n")
            self.skipping = not newline
        cut = block.rfind(b"\n") + 1
        if cut:
            self.whole += [*self.tail, block[:cut]]
            self.held += self.tail_size + cut
            self.tail, self.tail_size = [], 0
        if cut < len(block):
            self.tail.append(block[cut:])
            self.tail_size += len(block) - cut
        if self.tail_size > self.limit:
            if self.whole:
                yield self.take()
            self.tail, self.tail_size, self.skipping = [], 0, True
            yield Lines(self.first, None)
            self.first += 1

    def take(self) -> Lines:
        data = b"".join(self.whole)
        lines = Lines(self.first, data, data.count(b"\n") + (not data.endswith(b"\n")))
        self.first += lines.count
        self.whole, self.held = [], 0
        return lines

    def finish(self) -> Iterator[Lines]:
        self.whole += self.tail
        if any(self.whole):
            yield self.take()
