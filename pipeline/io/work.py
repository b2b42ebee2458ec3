"""A run's intermediate results in files: mapped instead of held, and found again by `--resume`.

A journal says which steps are done. Each of its lines names the pieces of files that the step has
added and their hashes; on resuming, the journal is followed up to the first line that isn't whole
or whose pieces aren't on the disk as they were, and everything behind is cut off. So neither a kill
nor a loss of power needs the disk to be waited for.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import xxhash
from numpy.typing import DTypeLike, NDArray

from pipeline.errors import OutputError
from pipeline.stages.spread import Gather, Kinds, Spread, remaining

_JOURNAL = "journal.jsonl"
_BLOCK = 1 << 26
BEHIND = 128  # zero bytes at the end of a column's file: kernels may read a little beyond an array
_Array = NDArray[Any]
_T = TypeVar("_T")


class Work:
    """The files of one run's steps.

    Attributes:
        resumed: names of the steps that were found done.
    """

    def __init__(self, folder: Path, header: Mapping[str, object]) -> None:
        """Take up what the folder holds, or begin.

        Raises:
            OutputError: what it holds was begun with other inputs or another config.
        """
        self.folder = folder
        self.resumed: list[str] = []
        self._ended: dict[str, dict[str, Any]] = {}
        self._parts: dict[str, list[dict[str, Any]]] = {}
        folder.mkdir(exist_ok=True)
        self._rooms: dict[int, Path] = {}
        self._journal = folder / _JOURNAL
        good = self._replayed(header) if self._journal.exists() else 0
        self._lines = self._journal.open("r+b" if good else "wb")
        self._lines.seek(good)
        self._lines.truncate()
        if not good:
            self._note({"run": dict(header)})

    def close(self) -> None:
        """Let go of the journal."""
        self._lines.close()

    def _replayed(self, header: Mapping[str, object]) -> int:
        """Take up the lines that can be relied on; returns their bytes."""
        raws = self._journal.read_bytes().splitlines(keepends=True)
        lines = [line for raw in raws if (line := _parsed(raw))]
        if len(lines) < len(raws):
            lines = lines[: next(at for at, raw in enumerate(raws) if not _parsed(raw))]
        if not lines or "run" not in lines[0]:
            return 0
        _compare(lines[0]["run"], header)
        kept = self._reliable(lines[1:])
        for line in kept:
            if "ended" in line:
                self._ended[line["step"]] = line["ended"]
            elif "dropped" not in line:
                self._parts.setdefault(line["step"], []).append(line)
        self.resumed = list(self._ended)
        return sum(map(len, raws[: 1 + len(kept)]))

    def _reliable(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines up to the first whose pieces are gone, though no kept line dropped them."""
        while True:
            dropped = {line["step"] for line in lines if "dropped" in line}
            lost = (
                at
                for at, line in enumerate(lines)
                if line["step"] not in dropped and not self._holds(line.get("files", {}))
            )
            good = next(lost, len(lines))
            if good == len(lines):
                return lines
            lines = lines[:good]

    def _note(self, line: Mapping[str, object]) -> None:
        self._lines.write(json.dumps(line).encode() + b"\n")
        self._lines.flush()

    def step(self, name: str, kinds: Kinds) -> "Step":
        """A step that is done in parts."""
        return Step(self, name, kinds)

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
            done = step.parts[-1]["done"] if step.parts else 0
            left = list(remaining(batches, done))
            for rows, arrays in zip(left, spread(work, left), strict=True):
                step.add({"done": rows.stop}, dict(zip(kinds, arrays, strict=True)))
            step.end({})
        return tuple(step.array(column) for column in kinds)

    def room(self, name: str, size: int, dtype: DTypeLike) -> _Array:
        """An array in a file, to be filled and then kept."""
        if size == 0:
            return np.empty(0, dtype)
        path = self.folder / f"{name}.bin"
        array = np.asarray(np.memmap(path, dtype, "w+", shape=(size,)))
        self._rooms[_address(array)] = path
        return array

    def keep(self, name: str, kind: type[_T], compute: Callable[[], _T]) -> _T:
        """What `compute` gives, from the disk if it was computed before.

        Args:
            name: of the step.
            kind: a dataclass whose fields are arrays, frames, or what JSON can hold.
            compute: called where nothing is found.
        """
        if name not in self._ended:
            self._store(name, compute())
        return kind(**dict(self._loaded(name)))

    def _store(self, name: str, value: object) -> None:
        files: dict[str, list[Any]] = {}
        ended: dict[str, Any] = {}
        for field in fields(value):  # type: ignore[arg-type]
            ended[field.name] = self._saved(name, field.name, getattr(value, field.name), files)
        self._note({"step": name, "files": files, "ended": ended})
        self._ended[name] = ended

    def _saved(self, step: str, field: str, leaf: object, files: dict[str, list[Any]]) -> Any:
        if isinstance(leaf, np.ndarray):
            path = self._filed(f"{step}.{field}.bin", leaf)
            told = {"array": path.name, "kind": leaf.dtype.str, "shape": list(leaf.shape)}
        elif isinstance(leaf, pl.DataFrame):
            path = self.folder / f"{step}.{field}.arrow"
            leaf.rechunk().write_ipc(path, compression="uncompressed")
            told = {"frame": path.name}
        else:
            return {"value": leaf}
        size = path.stat().st_size
        with path.open("rb") as file:
            files[path.name] = [0, size, _digest_of(file, size)]
        return told

    def _filed(self, name: str, array: _Array) -> Path:
        """The file that holds an array: its own, where it has one here."""
        own = self._rooms.get(_address(array))
        if own and array.nbytes == own.stat().st_size:
            return own
        path = self.folder / name
        with path.open("wb") as file:
            file.write(_raw(array))
        return path

    def _loaded(self, name: str) -> Iterator[tuple[str, Any]]:
        for field, told in self._ended[name].items():
            if "array" in told:
                path = self.folder / told["array"]
                yield field, mapped(path, told["kind"], tuple(told["shape"]))
            elif "frame" in told:
                yield field, pl.read_ipc(self.folder / told["frame"])
            else:
                yield field, told["value"]

    def drop(self, step: str) -> None:
        """Forget the files of a step that nothing needs any more; mapped ones live on."""
        self._note({"step": step, "dropped": True})
        for path in self.folder.glob(f"{step}.*.bin"):
            path.unlink()


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
        ended: what was noted at the end, or None.
    """

    def __init__(self, work: Work, name: str, kinds: Kinds) -> None:
        self._work, self._name, self._kinds = work, name, kinds
        self.parts = work._parts.setdefault(name, [])
        self.ended = work._ended.get(name)
        self._sizes = dict.fromkeys(kinds, 0)
        for part in self.parts:
            self._sizes |= {key: part["files"][self._file(key)][1] for key in kinds
                            if self._file(key) in part["files"]}  # fmt: skip
        self._files = {} if self.ended is not None else {key: self._opened(key) for key in kinds}

    def _file(self, column: str) -> str:
        return f"{self._name}.{column}.bin"

    def _opened(self, column: str) -> Any:
        path = self._work.folder / self._file(column)
        file = path.open("r+b" if path.exists() else "w+b")
        file.truncate(self._sizes[column])
        file.seek(self._sizes[column])
        return file

    def pieces(self, arrays: Mapping[str, _Array]) -> dict[str, list[Any]]:
        """What a part with these arrays would add, as the journal says it."""
        found = {}
        for column, array in arrays.items():
            start, raw = self._sizes[column], _raw(array)
            if len(raw):
                found[self._file(column)] = [start, start + len(raw), _digest(raw)]
        return found

    def matches(self, part: Mapping[str, Any], arrays: Mapping[str, _Array]) -> bool:
        """Did this part add these arrays?"""
        added = {name: digest for name, (_, _, digest) in part["files"].items()}
        return added == {name: digest for name, (_, _, digest) in self.pieces(arrays).items()}

    def add(self, note: Mapping[str, object], arrays: Mapping[str, _Array]) -> None:
        """Add a part: append each array to its column."""
        pieces = self.pieces(arrays)
        for column, array in arrays.items():
            if self._file(column) in pieces:
                self._files[column].write(_raw(array))
                self._files[column].flush()
                self._sizes[column] += array.nbytes
        line = {"step": self._name, "files": pieces, **note}
        self._work._note(line)
        self.parts.append(line)

    def end(self, note: Mapping[str, object]) -> None:
        """No more parts."""
        for file in self._files.values():
            file.write(bytes(BEHIND))
            file.close()
        self.ended = dict(note)
        self._work._ended[self._name] = self.ended
        self._work._note({"step": self._name, "ended": self.ended})

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
    # seen by this process alone.
    return np.asarray(np.memmap(path, dtype, "c", shape=shape))


def _address(array: _Array) -> int:
    return int(array.__array_interface__["data"][0])


def _raw(array: _Array) -> memoryview:
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def _digest(raw: memoryview) -> str:
    return str(xxhash.xxh3_64_hexdigest(raw))


def _digest_of(file: Any, size: int) -> str:
    digest = xxhash.xxh3_64()
    while size and (block := file.read(min(size, _BLOCK))):
        digest.update(block)
        size -= len(block)
    return str(digest.hexdigest())


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(raw) if raw.endswith(b"\n") else None
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _compare(begun: Mapping[str, object], header: Mapping[str, object]) -> None:
    for key, value in header.items():
        if begun.get(key) != value:
            raise OutputError(
                f"can't resume: the run was begun with another {key} "
                f"({begun.get(key)}, now {value}); leave out --resume to begin afresh"
            )
