"""How two texts differ: what only one has, and where, when they are laid beside each other.

They are laid together at runs of tokens that stand once in each, as many of them as go in one order
in both, and from there on as far as they are equal (patience diff, Cohen 2006).
"""

import numpy as np

from pipeline.documents import F64, I64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.outlines import LONG, NAME, NUMBER, OPENS, QUOTED, RUN, Outlines
from pipeline.kernels.runs import MOST_TOKENS

# Of each side: distinct names, numbers, quoted words and longer words that the other lacks; all its
# longer words, its tokens; places where it alone has something, tokens there at its head, sentences
# that begin where the two differ.
SIDES = (
    "names", "numbers", "quoted", "words", "all_words", "tokens", "blocks", "head", "sentences",
)  # fmt: skip
# Of both: tokens laid together, places where they differ, tokens there, those of one behind the
# other's end; how much more the first has there, place by place in logarithms, and the same without
# its sign.
BOTH = ("matched", "places", "unmatched", "tail", "growth", "change")


@subroutine
def _own_words(made, a, b, side):
    """Count what `a` has and `b` lacks."""
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 1]
    for i in range(made.starts[a], made.starts[a] + made.counts[a, 1]):
        kind = made.kinds[i]
        while j < j_stop and made.words[j] < made.words[i]:
            j += 1
        side[4] += kind & LONG != 0
        if j < j_stop and made.words[j] == made.words[i]:
            continue
        side[0] += kind & NAME != 0
        side[1] += kind & NUMBER != 0
        side[2] += kind & QUOTED != 0
        side[3] += kind & LONG != 0


@subroutine
def _anchors(made, a, b, here, there):
    """Places of the runs that stand once in each, by those in `a`; returns how many."""
    count = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 2]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 2]
    while i < i_stop and j < j_stop:
        x, y = made.runs[i], made.runs[j]
        if x == y:
            here[count], there[count] = made.places[i], made.places[j]
            count += 1
        i += x <= y
        j += y <= x
    order = np.argsort(here[:count])
    here[:count], there[:count] = here[order], there[order]
    return count


@subroutine
def _rising(values, count, chosen):
    """Places of a longest rising subsequence (Fredman 1975); returns its length."""
    tails, before = np.empty(count, np.int64), np.empty(count, np.int64)
    size = 0
    for t in range(count):
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            if values[tails[middle]] < values[t]:
                low = middle + 1
            else:
                high = middle
        before[t] = tails[low - 1] if low > 0 else -1
        tails[low] = t
        size = max(size, low + 1)
    at = tails[size - 1] if size > 0 else -1
    for k in range(size - 1, -1, -1):
        chosen[k] = at
        at = before[at]
    return size


@subroutine
def _together(here, there, chosen, size, partner):
    """The other's token that each is laid beside by the chosen runs, −1 for none; ascending."""
    partner[:] = -1
    reach = 0  # of y, one past the last that is taken
    for k in range(size):
        i, j = here[chosen[k]], there[chosen[k]]
        for step in range(RUN):
            if partner[i + step] < 0 and j + step >= reach:
                partner[i + step] = j + step
                reach = j + step + 1


@subroutine
def _extended(x, y, partner):
    """Lay together what is equal at both ends of each place where the two differ."""
    i = j = 0
    while i < len(x):
        if partner[i] >= 0:
            j = partner[i] + 1
            i += 1
            continue
        stop = i
        while stop < len(x) and partner[stop] < 0:
            stop += 1
        last, j_last = stop, partner[stop] if stop < len(x) else len(y)
        while i < last and j < j_last and x[i] == y[j]:
            partner[i] = j
            i += 1
            j += 1
        while last > i and j_last > j and x[last - 1] == y[j_last - 1]:
            last -= 1
            j_last -= 1
            partner[last] = j_last
        i = stop


@subroutine
def _place(bits, other_bits, i, i_stop, j, j_stop, ends, sides, both):
    """Count one place where the two differ: tokens i … of the one, j … of the other."""
    here, there = i_stop - i, j_stop - j
    both[1] += 1
    both[2] += here + there
    if ends and min(here, there) == 0:
        both[3] += here + there
    size = np.log(1.0 + abs(here - there))
    both[4] += size if here > there else -size
    both[5] += size
    sides[0, 6] += there == 0
    sides[1, 6] += here == 0
    if i == 0 and j == 0:
        sides[0, 7] += here if there == 0 else 0
        sides[1, 7] += there if here == 0 else 0
    for t in range(i, i_stop):
        sides[0, 8] += bits[t] & OPENS != 0
    for t in range(j, j_stop):
        sides[1, 8] += other_bits[t] & OPENS != 0


@subroutine
def _places(partner, bits, other_bits, sides, both):
    """Count all places where the two differ."""
    n, m = len(bits), len(other_bits)
    i = j = 0
    while i < n or j < m:
        if i < n and partner[i] == j:
            both[0] += 1
            i += 1
            j += 1
            continue
        start = i
        while i < n and partner[i] < 0:
            i += 1
        stop = partner[i] if i < n else m
        _place(bits, other_bits, start, i, j, stop, i == n, sides, both)
        j = stop


@kernel
def edits(made: Outlines, a: I64, b: I64) -> tuple[F64, F64]:
    """What tells pairs of texts apart.

    Of several ways to lay them together the one that is taken hangs on which is `a`.

    Args:
        made: outlines.
        a, b: [p] places in them.

    Returns:
        [p, 2, `SIDES`] counts of either side, and [p, `BOTH`] of both.
    """
    sides, both = np.zeros((len(a), 2, len(SIDES))), np.zeros((len(a), len(BOTH)))
    here, there = np.empty(MOST_TOKENS, np.int64), np.empty(MOST_TOKENS, np.int64)
    chosen, partner = np.empty(MOST_TOKENS, np.int64), np.empty(MOST_TOKENS, np.int64)
    for p in range(len(a)):
        x, x_stop = made.starts[a[p]], made.starts[a[p]] + made.counts[a[p], 0]
        y, y_stop = made.starts[b[p]], made.starts[b[p]] + made.counts[b[p], 0]
        sides[p, 0, 5], sides[p, 1, 5] = x_stop - x, y_stop - y
        _own_words(made, a[p], b[p], sides[p, 0])
        _own_words(made, b[p], a[p], sides[p, 1])
        count = _anchors(made, a[p], b[p], here, there)
        size = _rising(there, count, chosen)
        own = partner[: x_stop - x]
        _together(here, there, chosen, size, own)
        _extended(made.tokens[x:x_stop], made.tokens[y:y_stop], own)
        _places(own, made.bits[x:x_stop], made.bits[y:y_stop], sides[p], both[p])
    return sides, both
