"""A run's intermediate results in files: mapped instead of held, and found again by `--resume`."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from functools import partial
from math import prod
from pathlib import Path
from typing import IO, Any, TypeVar, cast, get_args, get_origin, get_type_hints
from weakref import ReferenceType, ref

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from pipeline.io.journal import Journal, digest_of, raw_bytes
from pipeline.io.step import BEHIND, ZEROS, Step, mapped
from pipeline.io.written import Written, opened
from pipeline.stages.spread import Gather, Kinds, Spread, remaining

__all__ = ["BEHIND", "Step", "Work", "temporary"]

_Array = NDArray[Any]
_T = TypeVar("_T")


class Work:
    """The files of one run's steps.

    Attributes:
        folder: where they are.
        journal: which steps are done.
        resumed: names of the steps that were found done.
        begun: names of those that were found done in part.
        files: open ones.
    """

    def __init__(self, folder: Path, header: Mapping[str, object]) -> None:
        """Take up what the folder holds, or begin.

        Raises:
            OutputError: what it holds was begun with another header.
        """
        folder.mkdir(0o755, exist_ok=True)
        self.folder = folder
        self.journal = Journal(folder, header)
        self.resumed = list(self.journal.ended)
        self.begun = [name for name in self.journal.parts if name not in self.journal.ended]
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
        step = Step(self, name, kinds, _tells_rows)
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
        with opened(path, "wb") as file:
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
        if name in self.journal.ended:
            try:
                return self._found(name, kind)
            except (_UnfitError, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
                self.journal.forget(name)
        self._store(name, compute())
        return self._found(name, kind)

    def _found(self, name: str, kind: type[_T]) -> _T:
        told, pieces = self.journal.ended[name], self.journal.pieces[name]
        hints = get_type_hints(kind)
        if told.keys() != hints.keys():
            raise _UnfitError
        return kind(**{field: self._loaded(told[field], hints[field], pieces) for field in hints})

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
            with Written(path, sync=False) as file:
                whole = leaf.rechunk()
                whole.write_ipc(cast("IO[bytes]", file), compression="uncompressed")
            told = {"frame": path.name}
        else:
            return {"value": leaf}
        size = path.stat().st_size
        with path.open("rb") as raw:
            pieces[path.name] = [0, size, digest_of(raw, size)]
        return told

    def _filed(self, name: str, array: _Array) -> Path:
        """The file that holds an array: its own, where it was made by `room`."""
        made, own = self._rooms.get(_address(array), (None, None))
        # Where the array that was made is gone, another may have its address.
        if own and made and made() is not None and array.nbytes + BEHIND == own.stat().st_size:
            return own
        path = self.folder / name
        with opened(path, "wb") as file:
            file.write(raw_bytes(array))
            file.write(ZEROS)
        return path

    def _loaded(self, told: object, hint: Any, pieces: Mapping[str, list[Any]]) -> Any:
        """What the journal tells of a field, as the field's type asks for it."""
        asked = get_origin(hint) or hint
        match told:
            case {"array": str(name), "kind": str(code), "shape": list(shape)} if (
                asked is np.ndarray and name in pieces
            ):
                return self._array(name, _numeric(code, hint), shape, pieces[name])
            case {"frame": str(name)} if asked is pl.DataFrame and name in pieces:
                return pl.scan_ipc(self.folder / name, glob=False).collect()
            case {"value": value} if _fits(value, asked):
                # JSON knows no tuples.
                return tuple(value) if asked is tuple else value
        raise _UnfitError

    def _array(self, name: str, kind: DTypeLike, shape: list[Any], piece: list[Any]) -> _Array:
        path = self.folder / name
        if not all(type(length) is int and length >= 0 for length in shape):
            raise _UnfitError
        size = prod(shape) * np.dtype(kind).itemsize + BEHIND
        if not piece[0] == 0 or not size == piece[1] == path.stat().st_size:
            raise _UnfitError
        return mapped(path, kind, tuple(shape))


class _UnfitError(Exception):
    """The journal tells of something that the step can't have kept."""


def _numeric(code: str, hint: Any) -> DTypeLike:
    """The type of numbers that a code names, if it is the one asked for."""
    try:
        kind = np.dtype(code)
    except (TypeError, ValueError, SyntaxError):
        raise _UnfitError from None
    asked = [part for argument in get_args(hint)[1:] for part in get_args(argument)]
    if kind.kind not in "biuf" or any(kind != one for one in asked if isinstance(one, type)):
        raise _UnfitError
    return kind


def _fits(value: object, asked: Any) -> bool:
    if asked in (np.ndarray, pl.DataFrame):
        return False
    return asked is Any or isinstance(value, list | tuple if asked is tuple else asked)


def _tells_rows(part: Mapping[str, Any]) -> bool:
    return type(part.get("done")) is int


@contextmanager
def temporary() -> Iterator[Work]:
    """A place for one process; what is mapped from it lives on."""
    with tempfile.TemporaryDirectory(prefix="stemma") as folder:
        work = Work(Path(folder), {})
        try:
            yield work
        finally:
            work.close()


def _address(array: _Array) -> int:
    return int(array.__array_interface__["data"][0])
