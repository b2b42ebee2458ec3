"""The stems and stem pairs that two documents share, by weight."""

import numpy as np

from pipeline.documents import I32, I64, U8, U64
from pipeline.kernels.jit import inlined, kernel
from pipeline.kernels.sorting import sort_hashes
from pipeline.kernels.tokens import SENTENCE_FLAG

# An odd number, so that it can be undone: spreads features evenly, which makes them quick to sort.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_BACK = np.uint64(pow(int(_STEP), -1, 1 << 64))
_LOW = np.uint64(0xFFFFFFFF)


@kernel
def feature_sets(ids: I32, flags: U8, offsets: I64, rows: I64) -> tuple[I64, U64]:
    """The distinct stems of chosen documents, and pairs of stems in a row inside a sentence.

    Args:
        ids, flags, offsets: stems of the tokens, −1 where masked; `Documents`.
        rows: [m] which documents.

    Returns:
        [m] features of each, and all of them, ascending in each: a stem, or the first of a pair
        plus 1 in the upper half and the second in the lower, times `_STEP`.
    """
    longest = total = np.int64(0)
    for row in rows:
        size = 2 * (offsets[row + 1] - offsets[row])
        longest, total = max(longest, size), total + size
    sizes = np.zeros(len(rows), np.int64)
    values, other = np.empty(total, np.uint64), np.empty(longest, np.uint64)
    at = np.int64(0)
    for m in range(len(rows)):
        count = at
        before = np.int64(-1)
        for t in range(offsets[rows[m]], offsets[rows[m] + 1]):
            stem = np.int64(ids[t])
            if stem >= 0:
                values[count] = np.uint64(stem) * _STEP
                count += 1
                if before >= 0 and not flags[t] & SENTENCE_FLAG:
                    values[count] = np.uint64(((before + 1) << 32) | stem) * _STEP
                    count += 1
            before = stem
        sizes[m] = sort_hashes(values, at, count, other)
        at += sizes[m]
    return sizes, values[:at].copy()


@inlined
def _weight(weights, value):
    """Twice the weight of a feature, and is it a pair?"""
    feature = value * _BACK
    second = np.int64(weights[np.int64(feature & _LOW)])
    first = np.int64(feature >> np.uint64(32))
    if first:
        return np.int64(weights[first - 1]) + second, 1
    return 2 * second, 0


@kernel
def set_weights(values: U64, bounds: I64, weights: I32) -> I64:
    """[m, 2] twice the weight of all stems, and of all pairs, of each set.

    Args:
        values, bounds: set i has values[bounds[i]:bounds[i + 1]], as `feature_sets` gives them.
        weights: of each stem; a pair weighs the mean of its two.
    """
    sums = np.zeros((len(bounds) - 1, 2), np.int64)
    for i in range(len(sums)):
        for k in range(bounds[i], bounds[i + 1]):
            weight, kind = _weight(weights, values[k])
            sums[i, kind] += weight
    return sums


@kernel
def shared_weights(values: U64, bounds: I64, weights: I32, a: I64, b: I64) -> I64:
    """[m, 2] twice the weight of the stems, and of the pairs, that two sets share.

    Args:
        values, bounds, weights: as for `set_weights`.
        a, b: [m] which sets.
    """
    sums = np.zeros((len(a), 2), np.int64)
    for m in range(len(a)):
        i, i_stop = bounds[a[m]], bounds[a[m] + 1]
        j, j_stop = bounds[b[m]], bounds[b[m] + 1]
        while i < i_stop and j < j_stop:
            x, y = values[i], values[j]
            if x == y:
                weight, kind = _weight(weights, x)
                sums[m, kind] += weight
            i += x <= y
            j += y <= x
    return sums
