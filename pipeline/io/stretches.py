"""Places spread over the inputs, and what is read there."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from pipeline.config import Read
from pipeline.io.inputs import Found
from pipeline.io.sources import GZIP, ZSTD, Source

_BLOCKS = 32
_LONGEST = 1 << 27  # bytes of a line that are read at once


class Unread(Source):
    """A file of which only the size is told."""

    def raw(self) -> Iterator[bytes]:
        """Nothing."""
        try:
            with self.path.open("rb"):
                self.size = self.path.stat().st_size
        except OSError as error:
            self.trouble = f"can't be read: {error.strerror or 'input or output error'}"
        return iter(())


class Stretches(Source):
    """Some lines at each of several places of a file.

    Attributes:
        lines: number of lines in each stretch.
    """

    def __init__(self, path: Path, options: Read, count: int, rows: int, size: int) -> None:
        super().__init__(path, options)
        self.lines: list[int] = []
        self._count, self._rows, self._most = count, rows, size

    def raw(self) -> Iterator[bytes]:
        """The stretches, each of whole lines."""
        try:
            total = self.path.stat().st_size
            with self.path.open("rb") as file:
                for at in range(self._count):
                    start = at * total // self._count
                    file.seek(max(start - 1, 0))
                    # The line that begins before belongs to the stretch before.
                    if start:
                        file.readline(_LONGEST)
                    yield from self._stretch(file, (at + 1) * total // self._count)
        except OSError as error:
            self.trouble = f"can't be read: {error.strerror or 'input or output error'}"

    def _stretch(self, file: IO[bytes], end: int) -> Iterator[bytes]:
        """Lines that begin before `end`, as many as are wanted."""
        lines, begun = 0, self.size
        while (
            lines < self._rows
            and self.size - begun < self._most
            and file.tell() < end
            and (line := file.readline(_LONGEST))
        ):
            lines += 1
            self.size += len(line)
            yield line
        self.lines.append(lines)


def size_of(found: Found) -> int:
    """Bytes of a file; 0 where it can't be told."""
    try:
        return found.path.stat().st_size
    except OSError:
        return 0


def is_plain(path: Path) -> bool:
    """Whether bytes of a file can be read from any place on: UTF-8, not compressed."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError:
        return False
    return not head.startswith((GZIP, ZSTD, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def stretches_of(sizes: list[int]) -> list[int]:
    """How many stretches each file gets, by its size; of a few files each gets one."""
    if not sizes:
        return []
    total = sum(sizes)
    points = (np.arange(_BLOCKS) + 0.5) / _BLOCKS * total
    owners = np.searchsorted(np.cumsum(sizes), points, side="right")
    counts = np.bincount(np.minimum(owners, len(sizes) - 1), minlength=len(sizes))
    least = 1 if len(sizes) <= _BLOCKS else 0
    return [max(int(count), least) for count in counts]


def spread_over(total: int, count: int, size: int) -> list[range]:
    """Stretches of a row of things, from the first thing to the last; all, if they'd touch."""
    if count * size >= total:
        return [range(total)] if count else []
    starts = [at * (total - size) // max(count - 1, 1) for at in range(count)]
    return [range(start, start + size) for start in starts]
