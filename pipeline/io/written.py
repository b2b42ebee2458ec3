"""A file being written: hashed as it passes, on the disk when it is closed (unless told not to)."""

import io
import os
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def opened(path: Path, mode: str) -> IO[Any]:
    """Open a file of our own; never what a link at its place points to."""
    return open(path, mode, opener=_no_link)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


class Written(io.RawIOBase):
    """What a table's writer writes to.

    A writer in a compiled library puts the system's error into words of its own; here it is kept
    and raised as it was.

    Attributes:
        size: bytes that have passed.
    """

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        super().__init__()
        self.size = 0
        self._hash = xxhash.xxh64()
        self._error: OSError | None = None
        self._sync = sync
        self._file = opened(path, "wb")

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all of it."""
        try:
            written = self._file.write(data)
        except OSError as error:
            self._error = error
            raise
        self._hash.update(data)
        self.size += written
        return written

    def digest(self) -> str:
        """XXH64 of what has passed, in hex."""
        return str(self._hash.hexdigest())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file.

        Raises:
            OSError: the system could not write it.
        """
        with self._file:
            if self._error is not None:
                raise self._error
            if error is None:
                self._file.flush()
                if self._sync:
                    os.fsync(self._file.fileno())
        super().__exit__(kind, error, trace)
