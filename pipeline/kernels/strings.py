"""Strings end to end in, chosen ones end to end out."""

import numpy as np

from pipeline.documents import I64, U8, U64, Flags
from pipeline.kernels.hashing import hash_bytes
from pipeline.kernels.jit import bit_count, copy_bytes, kernel, load64

_HIGH = np.uint64(0x8080808080808080)


@kernel
def take_strings(data: U8, bounds: I64, rows: I64, out: U8) -> None:
    """Copy the chosen strings, end to end, to the start of `out`.

    Args:
        data, bounds: string i is data[bounds[i]:bounds[i + 1]].
        rows: [m] which.
        out: room for all of them.
    """
    at = 0
    for row in rows:
        size = bounds[row + 1] - bounds[row]
        copy_bytes(out, at, data, bounds[row], size)
        at += size


@kernel
def string_sizes(bounds: I64, rows: I64) -> I64:
    """[m] bytes of each chosen string."""
    sizes = np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        sizes[i] = bounds[rows[i] + 1] - bounds[rows[i]]
    return sizes


@kernel
def bounds_of(sizes: I64, bounds: I64) -> bool:
    """Fill [n + 1] `bounds` from [n] sizes, of which −1 means no string; is there such a one?"""
    missing = False
    bounds[0] = 0
    for i in range(len(sizes)):
        missing |= sizes[i] < 0
        bounds[i + 1] = bounds[i] + max(sizes[i], 0)
    return missing


@kernel
def take_pieces(data: U8, starts: I64, stops: I64, out: U8) -> None:
    """Copy the pieces data[starts[i]:stops[i]], end to end, to the start of `out`."""
    at = 0
    for i in range(len(starts)):
        size = stops[i] - starts[i]
        copy_bytes(out, at, data, starts[i], size)
        at += size


@kernel
def string_hashes(data: U8, bounds: I64, rows: I64) -> U64:
    """[m] XXH64 of each chosen string."""
    hashes = np.empty(len(rows), np.uint64)
    for i in range(len(rows)):
        hashes[i] = hash_bytes(data, bounds[rows[i]], bounds[rows[i] + 1] - bounds[rows[i]])
    return hashes


@kernel
def latin_shares(data: U8, bounds: I64, rows: I64, look: int) -> tuple[I64, I64, Flags]:
    """Of the first `look` code points of chosen strings: their bytes and number, and a letter?

    Args:
        data, bounds: string i is data[bounds[i]:bounds[i + 1]], valid UTF-8; eight bytes more may
            be read.
        rows: [m] which.
        look: as above.

    Returns:
        [m] bytes, [m] code points, [m] is there a letter A–Z or a–z among them?
    """
    sizes, points = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    letter = np.zeros(len(rows), np.bool_)
    for i in range(len(rows)):
        at, stop = bounds[rows[i]], bounds[rows[i] + 1]
        count = 0
        # Eight bytes at once as long as all of them count.
        while at + 8 <= stop and count + 8 <= look:
            word = load64(data, at)
            follow = word & ~(word << np.uint64(1)) & _HIGH  # 10xxxxxx
            count += 8 - bit_count(follow)
            if not letter[i]:
                for byte in range(at, at + 8):
                    letter[i] |= np.uint8((data[byte] | 0x20) - 0x61) < 26
            at += 8
        while at < stop and (count < look or data[at] & 0xC0 == 0x80):
            count += data[at] & 0xC0 != 0x80
            letter[i] |= np.uint8((data[at] | 0x20) - 0x61) < 26
            at += 1
        sizes[i], points[i] = at - bounds[rows[i]], count
    return sizes, points, letter
