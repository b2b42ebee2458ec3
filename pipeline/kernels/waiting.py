"""Tokens that have been read and wait for their hashes, which are made many at a time.

They wait in one array of rows, [6, ROOM + LANES] uint64, since a kernel pays for each array that
it hands on. Of each token that was read as it stands, the rows FIRST, SECOND and LENGTHS have bytes
0-7, bytes 8-15 and their number, if it has no more. Each other token is held: of the i-th of them,
PLACES has its number among those that wait, and FROMS and SIZES where its bytes stand in a buffer.
"""

import numpy as np

from pipeline.kernels.hashing import SHORT, hash_bytes, hash_short
from pipeline.kernels.jit import inlined, load64, subroutine
from pipeline.kernels.vectors import LANES

ROOM = 1024  # so many can wait
HELD = 1 << 16  # bytes of theirs, from which on nothing more should be held
FIRST, SECOND, LENGTHS, PLACES, FROMS, SIZES = range(6)


@inlined
def room_to_wait():
    """The rows."""
    return np.zeros((6, ROOM + LANES), np.uint64)


@subroutine
def hash_waiting(waiting, held, count, others, out, at):
    """Hashes of the `count` tokens that wait, `others` of them held, into `out` from `at`.

    `LANES` more elements may be overwritten.
    """
    for i in range(others):
        place, start = np.int64(waiting[PLACES, i]), np.int64(waiting[FROMS, i])
        waiting[FIRST, place] = load64(held, start)
        waiting[SECOND, place] = load64(held, start + 8)
        waiting[LENGTHS, place] = min(waiting[SIZES, i], np.uint64(SHORT))
    hash_short((waiting[FIRST], waiting[SECOND], waiting[LENGTHS]), out[at:], count)
    for i in range(others):
        size = np.int64(waiting[SIZES, i])
        if size > SHORT:
            start = np.int64(waiting[FROMS, i])
            out[at + np.int64(waiting[PLACES, i])] = hash_bytes(held, start, size)
