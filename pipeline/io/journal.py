"""What a run has finished, line by line, so that the next one can go on from there.

Each line begins with its own hash and names the pieces of files that a step has added, with theirs.
On resuming, the lines are followed up to the first that isn't whole or whose pieces aren't on the
disk as they were; everything behind is cut off. So neither a kill nor a loss of power needs the
disk to be waited for.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from pipeline.errors import OutputError
from pipeline.io.written import opened

_NAME = "journal"
_FILE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)?\.(bin|arrow)")
_BLOCK = 1 << 26


class Journal:
    """The journal of a folder.

    Attributes:
        parts: of each step, the lines of its parts.
        ended: of each finished step, what was noted at its end.
        pieces: of each finished step, the pieces of files that its end names.
    """

    def __init__(self, folder: Path, header: Mapping[str, object]) -> None:
        """Take up what the folder holds, or begin.

        Raises:
            OutputError: what it holds was begun with another header.
        """
        self.parts: dict[str, list[dict[str, Any]]] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        self.pieces: dict[str, dict[str, list[Any]]] = {}
        self._begins: dict[str, int] = {}
        path = folder / _NAME
        good = 0
        if path.exists():
            for line, size in _reliable(path, folder, header):
                self._take(line, good)
                good += size
        self._file = opened(path, "r+b" if good else "wb")
        self._file.seek(good)
        self._file.truncate()
        if not good:
            self._write({"run": dict(header)})

    def _take(self, line: dict[str, Any], at: int) -> None:
        step = line.get("step")
        if step is None:
            return
        self._begins.setdefault(step, at)
        if "ended" in line:
            self.ended[step], self.pieces[step] = line["ended"], line["files"]
        else:
            self.parts.setdefault(step, []).append(line)

    def note(self, line: dict[str, Any]) -> None:
        """Add a line: a part, or with the key "ended" the end, of the step it names."""
        at = self._file.tell()
        self._write(line)
        self._take(line, at)

    def forget(self, step: str) -> None:
        """Cut off a step that can't be used after all, and all that came after it began."""
        cut = self._begins.get(step)
        if cut is None:
            return
        for name in [name for name, at in self._begins.items() if at >= cut]:
            for told in (self.parts, self.ended, self.pieces, self._begins):
                told.pop(name, None)
        self._file.seek(cut)
        self._file.truncate()

    def _write(self, line: Mapping[str, object]) -> None:
        told = json.dumps(line).encode()
        self._file.write(b"%s %s\n" % (digest(told).encode(), told))
        self._file.flush()

    def close(self) -> None:
        """No more lines."""
        self._file.close()


def _reliable(
    path: Path, folder: Path, header: Mapping[str, object]
) -> Iterator[tuple[dict[str, Any], int]]:
    """The lines that can be relied on, with their bytes."""
    ends: dict[tuple[str, str], int] = {}
    with path.open("rb") as lines:
        for at, raw in enumerate(lines):
            line = _parsed(raw)
            if line is None or (at == 0) != ("run" in line):
                return
            if at == 0:
                _compare(line["run"], header)
            elif not _follows(line, ends) or not _holds(folder, line["files"]):
                return
            yield line, len(raw)


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """A line as it was noted, or None; anybody may have written it."""
    own, _, told = raw.removesuffix(b"\n").partition(b" ")
    if not raw.endswith(b"\n") or own != digest(told).encode():
        return None
    try:
        line = json.loads(told)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) and _is_sound(line) else None


def _is_sound(line: dict[str, Any]) -> bool:
    if "run" in line:
        return isinstance(line["run"], dict)
    files = line.get("files")
    return (
        isinstance(line.get("step"), str)
        and isinstance(line.get("ended", {}), dict)
        and isinstance(files, dict)
        and all(map(_is_piece, files, files.values()))
    )


def _is_piece(name: str, piece: object) -> bool:
    if not _FILE.fullmatch(name) or not isinstance(piece, list) or len(piece) != 3:
        return False
    start, stop, told = piece
    whole = type(start) is int and type(stop) is int
    return whole and 0 <= start <= stop and isinstance(told, str)


def _follows(line: dict[str, Any], ends: dict[tuple[str, str], int]) -> bool:
    """Does each piece begin where the step's last one in its file ended?"""
    for name, (start, stop, _) in line["files"].items():
        if start != ends.get((line["step"], name), 0):
            return False
        ends[line["step"], name] = stop
    return True


def _compare(begun: Mapping[str, object], header: Mapping[str, object]) -> None:
    for key, value in header.items():
        if begun.get(key) != value:
            raise OutputError(
                f"can't resume: the run was begun with other {key}; give what it was begun with, "
                "or leave out --resume to begin afresh"
            )


def _holds(folder: Path, pieces: Mapping[str, list[Any]]) -> bool:
    """Are the pieces of files on the disk as they were written?"""
    for name, (start, stop, digest) in pieces.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size < stop:
            return False
        with path.open("rb") as file:
            file.seek(start)
            if digest_of(file, stop - start) != digest:
                return False
    return True


def raw_bytes(array: NDArray[Any]) -> memoryview:
    """An array as the bytes that a file holds of it."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def digest(raw: bytes | memoryview) -> str:
    """Hash of a piece."""
    return str(xxhash.xxh3_64_hexdigest(raw))


def digest_of(file: IO[bytes], size: int) -> str:
    """Hash of the next `size` bytes of a file."""
    running = xxhash.xxh3_64()
    while size and (block := file.read(min(size, _BLOCK))):
        running.update(block)
        size -= len(block)
    return str(running.hexdigest())
