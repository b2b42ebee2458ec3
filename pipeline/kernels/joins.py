"""An exact join of a few sets with many: every shared value is counted, no cap, no sketch."""

import numpy as np

from pipeline.documents import I64, U64
from pipeline.kernels.jit import kernel

_ROOM = 1024


@kernel
def join_sets(
    known: U64,
    owners: I64,
    directory: I64,
    sizes: I64,
    values: U64,
    offsets: I64,
    jaccard: float,
    containment: float,
    least: int,
) -> I64:
    """Pairs of a known set and another that share much.

    Args:
        known: [k] values of the known sets, ascending.
        owners: [k] which known set each belongs to.
        directory: [2^d + 1], d < 64: known[directory[x]:directory[x + 1]] begin with the bits x.
        sizes: of the known sets.
        values, offsets: the other sets.
        jaccard: from which a pair counts, or
        containment: of the smaller set, together with `least` shared values.

    Returns:
        [m, 4] number of the known set, row of the other, shared values, size of the other; in the
        order of rows.
    """
    shift, room = np.uint64(64), len(directory) - 1
    while room > 1:
        room >>= 1
        shift -= np.uint64(1)
    shared = np.zeros(len(sizes), np.int64)
    met = np.empty(len(sizes), np.int64)
    found = np.empty((_ROOM, 4), np.int64)
    count = 0
    for row in range(len(offsets) - 1):
        size = offsets[row + 1] - offsets[row]
        number = 0
        for at in range(offsets[row], offsets[row + 1]):
            # In two steps: a shift by 64 is undefined.
            bucket = (values[at] >> np.uint64(1)) >> (shift - np.uint64(1))
            for place in range(directory[bucket], directory[bucket + 1]):
                if known[place] == values[at]:
                    owner = owners[place]
                    if shared[owner] == 0:
                        met[number] = owner
                        number += 1
                    shared[owner] += 1
        if count + number > len(found):
            grown = np.empty((2 * (count + number), 4), np.int64)
            grown[:count] = found[:count]
            found = grown
        for owner in met[:number]:
            both = shared[owner]
            shared[owner] = 0
            inside = both >= containment * min(size, sizes[owner])
            alike = both >= jaccard * (size + sizes[owner] - both)
            if alike or (inside and both >= least):
                found[count, 0], found[count, 1] = owner, row
                found[count, 2], found[count, 3] = both, size
                count += 1
    return found[:count].copy()
