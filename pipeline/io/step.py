"""A step of a run that is done in parts, each adding to the files of some columns."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pipeline.io.journal import digest, raw_bytes
from pipeline.io.written import opened
from pipeline.stages.spread import Kinds

if TYPE_CHECKING:
    from pipeline.io.work import Work

BEHIND = 128  # zero bytes at the end of an array's file: kernels may read a little beyond an array
ZEROS = bytes(BEHIND)
_Array = NDArray[Any]


class Step:
    """A step that is done in parts, each adding to some columns.

    Attributes:
        parts: the journal's lines of the parts that are done.
    """

    def __init__(
        self, work: "Work", name: str, kinds: Kinds, sound: Callable[[Mapping[str, Any]], bool]
    ) -> None:
        """Take up what the journal tells, if it is such a step's.

        Args:
            work: where the files are.
            name: of the step.
            kinds: the columns.
            sound: whether the note of a part is one that was given to `add`.
        """
        self._work, self._name, self._kinds = work, name, kinds
        self._files: dict[str, IO[bytes]] = {}
        told = work.journal.parts.get(name, [])
        self._sizes = {column: _end(told, self._file(column)) for column in kinds}
        if not all(map(sound, told)) or not self._fits(told):
            work.journal.forget(name)
            self._sizes = dict.fromkeys(kinds, 0)
        self.parts = work.journal.parts.setdefault(name, [])

    def _fits(self, told: list[dict[str, Any]]) -> bool:
        """Do the pieces make up whole rows of these columns, with zeros behind if it is ended?"""
        sizes = {self._file(column): size for column, size in self._sizes.items()}
        named = {name for part in told for name in part["files"]}
        whole = all(self._sizes[column] % self._row(column) == 0 for column in self._kinds)
        if self.ended is None or not whole or not named <= sizes.keys():
            return whole and named <= sizes.keys()
        behind = {name: [size, size + BEHIND] for name, size in sizes.items()}
        return behind == {
            name: it[:2] for name, it in self._work.journal.pieces[self._name].items()
        }

    @property
    def ended(self) -> dict[str, Any] | None:
        """What was noted at the end, or None."""
        return self._work.journal.ended.get(self._name)

    def _file(self, column: str) -> str:
        return f"{self._name}.{column}.bin"

    def _open(self) -> None:
        for column, size in self._sizes.items():
            path = self._work.folder / self._file(column)
            file = self._work.files.enter_context(opened(path, "r+b" if path.exists() else "w+b"))
            # Only where there is something to cut: after a file was emptied, closing it waits for
            # the disk.
            if file.seek(0, os.SEEK_END) > size:
                file.truncate(size)
            file.seek(size)
            self._files[column] = file

    def _pieces(self, arrays: Mapping[str, _Array]) -> dict[str, list[Any]]:
        """What a part with these arrays would add, as the journal says it."""
        found = {}
        for column, array in arrays.items():
            start, raw = self._sizes[column], raw_bytes(array)
            if len(raw):
                found[self._file(column)] = [start, start + len(raw), digest(raw)]
        return found

    def matches(self, part: Mapping[str, Any], arrays: Mapping[str, _Array]) -> bool:
        """Did this part add these arrays?"""
        added = {name: piece[2] for name, piece in part["files"].items()}
        return added == {name: piece[2] for name, piece in self._pieces(arrays).items()}

    def add(self, note: Mapping[str, object], arrays: Mapping[str, _Array]) -> None:
        """Add a part: append each array to its column."""
        if not self._files:
            self._open()
        pieces = self._pieces(arrays)
        for column, array in arrays.items():
            if self._file(column) in pieces:
                self._files[column].write(raw_bytes(array))
                self._files[column].flush()
                self._sizes[column] += array.nbytes
        self._work.journal.note({"step": self._name, "files": pieces, **note})

    def end(self, note: Mapping[str, object]) -> None:
        """No more parts."""
        if not self._files:
            self._open()
        pieces = {}
        for column, file in self._files.items():
            file.write(ZEROS)
            file.close()
            size = self._sizes[column]
            pieces[self._file(column)] = [size, size + BEHIND, digest(ZEROS)]
        self._work.journal.note({"step": self._name, "files": pieces, "ended": dict(note)})

    def rows(self, column: str) -> int:
        """Rows of a column."""
        return self._sizes[column] // self._row(column)

    def _row(self, column: str) -> int:
        """Bytes of a row."""
        dtype, *tail = self._kinds[column]
        return np.dtype(dtype).itemsize * int(np.prod(tail, dtype=int))

    def array(self, column: str) -> _Array:
        """A finished column."""
        dtype, *tail = self._kinds[column]
        shape = (self.rows(column), *tail)
        return mapped(self._work.folder / self._file(column), dtype, shape)


def mapped(path: Path, dtype: DTypeLike, shape: tuple[int, ...]) -> _Array:
    """An array in a file; its pages are the file's, not the process's memory."""
    if 0 in shape:
        return np.empty(shape, dtype)
    # Not as read-only, for which kernels would be compiled once more; what is written to it is
    # seen by this process alone. With what is behind: the next page may be nobody's.
    whole = np.asarray(np.memmap(path, np.uint8, "c"))
    used = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    return whole[:used].view(dtype).reshape(shape)


def _end(parts: list[dict[str, Any]], name: str) -> int:
    """Where the last piece in a file ends."""
    return max((part["files"][name][1] for part in parts if name in part["files"]), default=0)
