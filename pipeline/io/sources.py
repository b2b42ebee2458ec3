"""The bytes of one input file: hashed as they pass, inflated within limits, never all at once."""

import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import xxhash
import zstandard

from pipeline.config import Read

MEGABYTE = 1 << 20
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Four bytes of zstandard can stand for 128 KiB, and its decoder can't be told to stop in
# between: small portions are what bounds memory.
_ZSTD_PORTION = 1024
_BOMB = 100


class Source:
    """One file's bytes.

    Attributes:
        size: bytes of the file that have passed, compressed as they are.
        trouble: why reading stopped before the end, or None; a predicate ("ends too early").
    """

    def __init__(self, path: Path, options: Read) -> None:
        self.path = path
        self.size = 0
        self._deflated = self._inflated = 0  # bytes taken and given by decompression so far
        self.trouble: str | None = None
        self._options = options
        self._hash = xxhash.xxh64()
        self._raw: Iterator[bytes] = iter(())

    def digest(self) -> str:
        """XXH64 of the bytes that have passed, in hex."""
        return self._hash.hexdigest()

    @property
    def consumed(self) -> int:
        """Bytes of the file that what `blocks` has given so far took."""
        return self._deflated or self.size

    def raw(self) -> Iterator[bytes]:
        """The file as it is, in blocks."""
        try:
            with self.path.open("rb") as file:
                while block := file.read(MEGABYTE):
                    self.size += len(block)
                    self._hash.update(block)
                    yield block
        except OSError as error:
            self.trouble = f"can't be read: {error.strerror or 'input or output error'}"

    def blocks(self) -> Iterator[bytes]:
        """The contents in blocks, inflated if they are gzip or zstandard.

        What a file is compressed with is told by its first bytes, not its name. The last bytes
        are always reached, so that the hash is of the whole file.
        """
        raw = self._raw = self.raw()
        head = next(raw, b"")
        if head.startswith(GZIP):
            yield from self._gunzip(chain([head], raw))
        elif head.startswith(ZSTD):
            yield from self._unzstd(chain([head], raw))
        else:
            yield from chain([head], raw)
        for _ in raw:
            pass

    def is_bomb(self) -> bool:
        """Whether the file inflates as no text does; if so, `blocks` isn't to be asked for more."""
        if self._inflated <= _BOMB * self._deflated:
            return False
        self.give_up("is a decompression bomb: reading stopped there")
        return True

    def give_up(self, reason: str) -> None:
        """Ask `blocks` for no more; the rest of the file is only hashed."""
        self.trouble = self.trouble or reason
        for _ in self._raw:
            pass

    def _gunzip(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        member, inflated, begun = zlib.decompressobj(31), 0, False
        for portion in raw:
            data = portion
            # Members may be padded with zeros.
            while data := data if begun else data.lstrip(b"\0"):
                try:
                    block = member.decompress(data, MEGABYTE)
                except zlib.error:
                    self.trouble = "holds broken gzip data: reading stopped there"
                    return
                inflated += len(block)
                rest = member.unused_data if member.eof else member.unconsumed_tail
                self._deflated += len(data) - len(rest)
                yield self._within_limit(block, inflated)
                if self.trouble:
                    return
                data, begun = rest, True
                if member.eof:
                    member, inflated, begun = zlib.decompressobj(31), 0, False
        if begun:
            yield member.flush()
            self._cut_off("gzip")

    def _unzstd(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        decoder = zstandard.ZstdDecompressor(max_window_size=128 * MEGABYTE)
        frame, inflated, begun = decoder.decompressobj(), 0, False
        for portion in (part for block in raw for part in _portions(block, _ZSTD_PORTION)):
            data = portion
            while data:
                try:
                    block = frame.decompress(data)
                except zstandard.ZstdError:
                    self.trouble = "holds broken zstd data: reading stopped there"
                    return
                inflated += len(block)
                self._deflated += len(data)
                yield from _portions(self._within_limit(block, inflated), MEGABYTE)
                if self.trouble:
                    return
                data, begun = b"", True
                if frame.eof:
                    data = frame.unused_data
                    frame, inflated, begun = decoder.decompressobj(), 0, False
        if begun:
            self._cut_off("zstd")

    def _cut_off(self, kind: str) -> None:
        # An error of the disk came first, if there was one, and explains it.
        self.trouble = self.trouble or f"ends too early: its {kind} data are cut off"

    def _within_limit(self, block: bytes, inflated: int) -> bytes:
        """The block, cut where the member reaches its limit, which then is the trouble."""
        self._inflated += len(block)
        excess = inflated - int(self._options.max_member_mb * MEGABYTE)
        if excess <= 0:
            return block
        self.trouble = (
            f"inflates to more than {self._options.max_member_mb:g} MB: reading stopped there "
            "(read.max_member_mb)"
        )
        return block[:-excess]


def _portions(block: bytes, size: int) -> Iterator[bytes]:
    return (block[start : start + size] for start in range(0, len(block), size))
