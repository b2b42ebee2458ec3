"""Exact comparison of shingle sets."""

import numpy as np

from pipeline.documents import I64, U64
from pipeline.kernels.jit import kernel, subroutine

_MUCH = 32  # from this ratio of sizes, searching beats merging


@subroutine
def _found(values, start, stop, first, last):
    """How many of values[first:last] stand in values[start:stop], by binary search."""
    common = 0
    for at in range(first, last):
        low, high = start, stop
        while low < high:
            middle = (low + high) >> 1
            if values[middle] < values[at]:
                low = middle + 1
            else:
                high = middle
        common += low < stop and values[low] == values[at]
        start = low
    return common


@subroutine
def common_values(values, offsets, a, b):
    """Number of values that two sorted sets share."""
    i, i_stop = offsets[a], offsets[a + 1]
    j, j_stop = offsets[b], offsets[b + 1]
    if i_stop - i > _MUCH * (j_stop - j):
        return _found(values, i, i_stop, j, j_stop)
    if j_stop - j > _MUCH * (i_stop - i):
        return _found(values, j, j_stop, i, i_stop)
    common = 0
    while i < i_stop and j < j_stop:
        x, y = values[i], values[j]
        common += x == y
        i += x <= y
        j += y <= x
    return common


@kernel
def common_tokens(tokens: U64, a_first: I64, a_last: I64, b_first: I64, b_last: I64) -> I64:
    """Tokens that two stretches have in common, repeats counted as often as in both.

    Args:
        tokens: hashes.
        a_first, a_last, b_first, b_last: [m] places of the stretches of each pair, half open.
    """
    common = np.zeros(len(a_first), np.int64)
    for m in range(len(a_first)):
        a = np.sort(tokens[a_first[m] : a_last[m]])
        b = np.sort(tokens[b_first[m] : b_last[m]])
        i = j = 0
        while i < len(a) and j < len(b):
            x, y = a[i], b[j]
            common[m] += x == y
            i += x <= y
            j += y <= x
    return common


@kernel
def shared_counts(values: U64, offsets: I64, a: I64, b: I64) -> I64:
    """Shared shingles of each pair.

    Args:
        values, offsets: sorted sets of all documents.
        a, b: [m] rows of each pair's documents.

    Returns:
        [m] sizes of the intersections.
    """
    shared = np.empty(len(a), np.int64)
    for m in range(len(a)):
        shared[m] = common_values(values, offsets, a[m], b[m])
    return shared
