"""A file being written: hashed as it passes, on the disk when it is closed."""

import io
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import xxhash

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Written(io.RawIOBase):
    """What a table's writer writes to.

    A writer in a compiled library puts the system's error into words of its own; here it is kept
    and raised as it was.

    Attributes:
        size: bytes that have passed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.size = 0
        self._hash = xxhash.xxh64()
        self._error: OSError | None = None
        self._file = path.open("wb")

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
                os.fsync(self._file.fileno())
        super().__exit__(kind, error, trace)
