"""Strings end to end in, chosen ones end to end out."""

import numpy as np

from pipeline.documents import I64, U8, U64
from pipeline.kernels.hashing import hash_bytes
from pipeline.kernels.jit import kernel


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
        out[at : at + size] = data[bounds[row] : bounds[row + 1]]
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
        out[at : at + size] = data[starts[i] : stops[i]]
        at += size


@kernel
def string_hashes(data: U8, bounds: I64, rows: I64) -> U64:
    """[m] XXH64 of each chosen string."""
    hashes = np.empty(len(rows), np.uint64)
    for i in range(len(rows)):
        hashes[i] = hash_bytes(data, bounds[rows[i]], bounds[rows[i] + 1] - bounds[rows[i]])
    return hashes
