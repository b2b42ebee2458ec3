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
def sort_hashes(values, start, stop, other):
    """Sort values[start:stop] in place and drop repeats; returns how many are left.

    `other` has stop − start elements and is overwritten. Values chosen to be near each other cost
    no more than an ordinary sort.
    """
    count = stop - start
    if count > _FEW:
        _spread(values, start, stop, other)
        source = other
        ahead = 0
    else:
        source = values
        ahead = start
    moves = _MOVES * count
    for i in range(count):
        value = source[ahead + i]
        at = start + i
        while at > start and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
            moves -= 1
        values[at] = value
        if moves < 0:
            for k in range(i + 1, count):
                values[start + k] = source[ahead + k]
            values[start:stop].sort()
            break
    total = start
    for i in range(start, stop):
        value = values[i]
        if i == start or value != values[total - 1]:
            values[total] = value
            total += 1
    return total - start
