"""How a passage fits with what stands around it, on either side of a pair."""

import numpy as np

from pipeline.documents import I64, U8, U64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import MASKED_FLAG

ROOM = 200  # tokens around a passage that are looked at
_LEAST = 30  # with fewer on either side nothing is told
_LETTERS = 4  # of a word that is more than grammar, mostly
_MOST_TOKENS = 5_000  # of a longer passage nothing is told


@subroutine
def _around(first, last, start, stop, room):
    """The `room` tokens nearest to first … last − 1 inside start … stop − 1: first and last."""
    before = min(first - start, max(room // 2, room - (stop - last)))
    return first - before, last + room - before


@subroutine
def _recurring(tokens, flags, widths, first, last, around):
    """Distinct longer words of a passage that recur around it."""
    spare = np.empty(around[1] - around[0] - (last - first), np.uint64)
    size = 0
    for t in range(around[0], around[1]):
        if not first <= t < last and not flags[t] & MASKED_FLAG:
            spare[size] = tokens[t]
            size += 1
    near = np.sort(spare[:size])
    count = 0
    before = np.uint64(0)
    for token in np.sort(tokens[first:last][widths[first:last] >= _LETTERS]):
        at = np.searchsorted(near, token)
        count += token != before and at < size and near[at] == token
        before = token
    return count


@kernel
def recurring_words(
    tokens: U64, flags: U8, widths: U8, offsets: I64, a: I64, b: I64, firsts: I64, places: I64
) -> I64:
    """[p, 2] words of each pair's passages that recur in equally much text around them.

    Args:
        tokens, flags, widths, offsets: `Documents`.
        a, b: [p] documents.
        firsts: [p + 1] passages firsts[k] … of pair k.
        places: [q, 4] first token of a passage and one past its last in a, and in b.
    """
    counts = np.zeros((len(a), 2), np.int64)
    for p in range(len(a)):
        for q in range(firsts[p], firsts[p + 1]):
            room = np.int64(ROOM)
            for side in range(2):
                row = a[p] if side == 0 else b[p]
                size = places[q, 2 * side + 1] - places[q, 2 * side]
                room = min(room, offsets[row + 1] - offsets[row] - size)
                if size > _MOST_TOKENS:
                    room = np.int64(0)
            if room < _LEAST:
                continue
            for side in range(2):
                row = a[p] if side == 0 else b[p]
                first, last = places[q, 2 * side], places[q, 2 * side + 1]
                around = _around(first, last, offsets[row], offsets[row + 1], room)
                counts[p, side] += _recurring(tokens, flags, widths, first, last, around)
    return counts
