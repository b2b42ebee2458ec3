"""A run's intermediate results in files: mapped instead of held, and found again by `--resume`."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar
from weakref import ReferenceType, ref

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from pipeline.io.journal import Journal, digest, digest_of, raw_bytes
from pipeline.stages.spread import Gather, Kinds, Spread, remaining

BEHIND = 128  # zero bytes at the end of an array's file: kernels may read a little beyond an array
_BEHIND = bytes(BEHIND)
_Array = NDArray[Any]
_T = TypeVar("_T")


class Work:
    """The files of one run's steps.

    Attributes:
        folder: where they are.
        journal: which steps are done.
        resumed: names of the steps that were found done.
        files: open ones.
    """

    def __init__(self, folder: Path, header: Mapping[str, object]) -> None:
        """Take up what the folder holds, or begin.

        Raises:
            OutputError: what it holds was begun with another header.
        """
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.journal = Journal(folder, header)
        self.resumed = list(self.journal.ended)
        self.files = ExitStack()
        self.files.callback(self.journal.close)
        self._rooms: dict[int, tuple[ReferenceType[_Array], Path]] = {}

    def close(self) -> None:
        """Let go of all files; what is mapped stays mapped."""
        self.files.close()

    def gather(self, name: str, spread: Spread) -> Gather:
        """What runs the batches of one step and joins their results end to end in files."""
        return partial(self._gathered, name, spread)

    def _gathered(
        self,
        name: str,
        spread: Spread,
        work: Callable[[range], tuple[_Array, ...]],
        batches: Iterable[range],
        kinds: Kinds,
    ) -> tuple[_Array, ...]:
        step = Step(self, name, kinds)
        if step.ended is None:
            left = list(remaining(batches, step.parts[-1]["done"] if step.parts else 0))
            for rows, arrays in zip(left, spread(work, left), strict=True):
                step.add({"done": rows.stop}, dict(zip(kinds, arrays, strict=True)))
            step.end({})
        return tuple(step.array(column) for column in kinds)

    def room(self, name: str, size: int, dtype: DTypeLike) -> _Array:
        """An array in a file, to be filled and then perhaps kept.

        Raises:
            OSError: the disk has no room for it.
        """
        if size == 0:
            return np.empty(0, dtype)
        path = self.folder / f"{name}.bin"
        used = size * np.dtype(dtype).itemsize
        with path.open("wb") as file:
            # A page that the disk has no room for would kill the process when it is written to.
            os.posix_fallocate(file.fileno(), 0, used + BEHIND)
        whole = np.asarray(np.memmap(path, np.uint8, "r+", shape=(used + BEHIND,)))
        array = whole[:used].view(dtype)
        self._rooms[_address(array)] = (ref(array), path)
        return array

    def keep(self, name: str, kind: type[_T], compute: Callable[[], _T]) -> _T:
        """What `compute` gives, from the disk if it was computed before.

        Args:
            name: of the step.
            kind: a dataclass whose fields are arrays, frames, or what JSON can hold.
            compute: called where nothing is found.
        """
        if name not in self.journal.ended:
            self._store(name, compute())
        told = self.journal.ended[name]
        return kind(**{field: self._loaded(leaf) for field, leaf in told.items()})

    def _store(self, name: str, value: Any) -> None:
        pieces: dict[str, list[Any]] = {}
        ended = {
            field.name: self._saved(f"{name}.{field.name}", getattr(value, field.name), pieces)
            for field in fields(value)
        }
        self.journal.note({"step": name, "files": pieces, "ended": ended})

    def _saved(self, name: str, leaf: object, pieces: dict[str, list[Any]]) -> Any:
        if isinstance(leaf, np.ndarray):
            path = self._filed(f"{name}.bin", leaf)
            told = {"array": path.name, "kind": leaf.dtype.str, "shape": list(leaf.shape)}
        elif isinstance(leaf, pl.DataFrame):
            path = self.folder / f"{name}.arrow"
            leaf.rechunk().write_ipc(path, compression="uncompressed")
            told = {"frame": path.name}
        else:
            return {"value": leaf}
        size = path.stat().st_size
        with path.open("rb") as file:
            pieces[path.name] = [0, size, digest_of(file, size)]
        return told

    def _filed(self, name: str, array: _Array) -> Path:
        """The file that holds an array: its own, where it was made by `room`."""
        made, own = self._rooms.get(_address(array), (None, None))
        # Where the array that was made is gone, another may have its address.
        if own and made and made() is not None and array.nbytes + BEHIND == own.stat().st_size:
            return own
        path = self.folder / name
        with path.open("wb") as file:
            file.write(raw_bytes(array))
            file.write(_BEHIND)
        return path

    def _loaded(self, told: Mapping[str, Any]) -> Any:
        if "array" in told:
            return mapped(self.folder / told["array"], told["kind"], tuple(told["shape"]))
        if "frame" in told:
            return pl.scan_ipc(self.folder / told["frame"], glob=False).collect()
        return told["value"]


@contextmanager
def temporary() -> Iterator[Work]:
    """A place for one process; what is mapped from it lives on."""
    with tempfile.TemporaryDirectory(prefix="stemma") as folder:
        work = Work(Path(folder), {})
        try:
            yield work
        finally:
            work.close()


class Step:
    """A step that is done in parts, each adding to some columns.

    Attributes:
        parts: the journal's lines of the parts that are done.
    """

    def __init__(self, work: Work, name: str, kinds: Kinds) -> None:
        self._work, self._name, self._kinds = work, name, kinds
        self.parts = work.journal.parts.setdefault(name, [])
        self._sizes = dict.fromkeys(kinds, 0)
        for part in self.parts:
            for column in kinds:
                piece = part["files"].get(self._file(column))
                self._sizes[column] = piece[1] if piece else self._sizes[column]
        self._files: dict[str, IO[bytes]] = {}

    @property
    def ended(self) -> dict[str, Any] | None:
        """What was noted at the end, or None."""
        return self._work.journal.ended.get(self._name)

    def _file(self, column: str) -> str:
        return f"{self._name}.{column}.bin"

    def _open(self) -> None:
        for column, size in self._sizes.items():
            path = self._work.folder / self._file(column)
            file = self._work.files.enter_context(path.open("r+b" if path.exists() else "w+b"))
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
            file.write(_BEHIND)
            file.close()
            size = self._sizes[column]
            pieces[self._file(column)] = [size, size + BEHIND, digest(_BEHIND)]
        self._work.journal.note({"step": self._name, "files": pieces, "ended": dict(note)})

    def rows(self, column: str) -> int:
        """Rows of a column."""
        dtype, *tail = self._kinds[column]
        return self._sizes[column] // (np.dtype(dtype).itemsize * int(np.prod(tail, dtype=int)))

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


def _address(array: _Array) -> int:
    return int(array.__array_interface__["data"][0])
