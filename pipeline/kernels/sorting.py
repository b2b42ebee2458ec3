"""Hashes put in order: they are spread evenly, so that each one's value tells its place."""

import numpy as np

from pipeline.kernels.jit import subroutine

_FEW = 8  # up to here, insertion alone is faster
_MOST_BITS = 15
_MOVES = 16  # per value; more of them means that the values aren't spread evenly


@subroutine
def _spread(values, start, stop, other):
    """Values into `other`, in the order of their highest bits: two places for each value."""
    count = stop - start
    bits = 1
    while bits < _MOST_BITS and 1 << bits < 2 * count:
        bits += 1
    shift = np.uint64(64 - bits)
    places = np.zeros((1 << bits) + 1, np.int32)
    for i in range(start, stop):
        places[np.int64(values[i] >> shift) + 1] += 1
    place = np.int32(0)
    for i in range(1 << bits):
        place += places[i]
        places[i] = place
    for i in range(start, stop):
        slot = np.int64(values[i] >> shift)
        other[places[slot]] = values[i]
        places[slot] += 1


@subroutine
def _insert(values, start, stop, stride, moves):
    """Sort values that stand `stride` apart, with so many moves at most; were they enough?"""
    for i in range(start + stride, stop):
        value = values[i]
        at = i
        while at - stride >= start and values[at - stride] > value:
            values[at] = values[at - stride]
            at -= stride
            moves -= 1
        values[at] = value
        if moves < 0:
            return False
    return True


@subroutine
def sort_hashes(values, start, stop, other):
    """Sort values[start:stop] in place and drop repeats; returns how many are left.

    `other` has stop − start elements and is overwritten. Values that are chosen to stand near each
    other are sorted by Shell's method.
    """
    count = stop - start
    if count > _FEW:
        _spread(values, start, stop, other)
        for i in range(count):
            values[start + i] = other[i]
    one = np.int64(1)  # as a literal it would be a type of its own
    if not _insert(values, start, stop, one, _MOVES * count):
        stride = count
        while stride > 1:
            stride = max(one, stride * 4 // 9)
            _insert(values, start, stop, stride, count * count)
    total = start
    for i in range(start, stop):
        value = values[i]
        if i == start or value != values[total - 1]:
            values[total] = value
            total += 1
    return total - start
