"""Exact comparison of shingle sets."""

import numpy as np

from pipeline.documents import I64, U64
from pipeline.kernels.jit import kernel, subroutine


@subroutine
def common_values(values, offsets, a, b):
    """Number of values that two sorted sets share."""
    i, i_stop = offsets[a], offsets[a + 1]
    j, j_stop = offsets[b], offsets[b + 1]
    common = 0
    while i < i_stop and j < j_stop:
        x, y = values[i], values[j]
        common += x == y
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
