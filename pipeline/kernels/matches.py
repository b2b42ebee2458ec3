"""Where two texts have a stem in common, and how far that is from chance."""

from typing import NamedTuple

import numpy as np

from pipeline.documents import I32, I64, U8
from pipeline.kernels.chances import budget_for, frequent
from pipeline.kernels.jit import inlined, subroutine

# Categories of a match: a stem that the other text has, a content stem with another one near by in
# both, a run of 2 or 3 with a content stem, a longer run.
NONE, ALONE, NEAR, SHORT_RUN, RUN = range(5)
CATEGORIES = 5
_LONG = 4  # tokens of a run that needs no content stem
_AROUND = 4  # tokens within which another match supports one
CONTENT = 0.002  # a stem of lower chance is a content stem
CELL_BITS = 4  # seeds are sought in cells of 16 × 16 tokens, larger ones in long texts
_CELLS = 1 << 20
_BACK = 64  # frequent stems that a run is traced back over
_ENTRIES = 2  # tokens of runs kept per match looked at
FLOOR = 5.0  # what a match must tell, in nats, before it counts for a seed
UNIT = 1000  # all sums are of integers: a nat is so many
_WEIGHTS = np.array([0.0, 0.3, 1.0, 1.3, 1.5])


class Text(NamedTuple):
    """One text of a pair.

    Attributes:
        stems: [n] of each token, numbered within the pair; −1 where masked.
        edges: [n + 1] classes of `edges`.
        firsts, places, kinds: token i stands in runs, or next to other matches, with the other
            text's tokens places[firsts[i]:firsts[i + 1]], by these categories.
    """

    stems: I32
    edges: U8
    firsts: I32
    places: I32
    kinds: U8


class Grid(NamedTuple):
    """What matches tell in each cell.

    Attributes:
        cells: [A's cells, B's cells] in units.
        bits: log2 of a cell's side in tokens.
    """

    cells: I64
    bits: int


@inlined
def _supported(a, b, i, j, chance):
    """Is another content match near (i, j) in both texts?"""
    for x in range(max(i - _AROUND, 0), min(i + _AROUND + 1, len(a))):
        stem = a[x]
        if x == i or stem < 0 or chance[stem] >= CONTENT:
            continue
        for y in range(max(j - _AROUND, 0), min(j + _AROUND + 1, len(b))):
            if y != j and b[y] == stem:
                return True
    return False


@inlined
def _heads(b, size):
    """First place of each stem in B, and of each place the next with the same stem."""
    heads, follow = np.full(size, -1, np.int32), np.empty(len(b), np.int32)
    for j in range(len(b) - 1, -1, -1):
        if b[j] >= 0:
            follow[j] = heads[b[j]]
            heads[b[j]] = j
    return heads, follow


@inlined
def _run(a, b, i, j, skipped):
    """First token of the run through (i, j) in A; −1 if another match looked at precedes."""
    x, y = i - 1, j - 1
    while x >= 0 and y >= 0 and a[x] >= 0 and a[x] == b[y] and i - x <= _BACK:
        if not skipped[a[x]]:
            return -1
        x -= 1
        y -= 1
    return x + 1


@subroutine
def _grid(n, m):
    bits = CELL_BITS
    while ((n >> bits) + 1) * ((m >> bits) + 1) > _CELLS:
        bits += 1
    return Grid(np.zeros(((n >> bits) + 1, (m >> bits) + 1), np.int64), bits)


@subroutine
def _gains(counts, chance):
    """[category, k] what a match of a content stem adds to its cell."""
    gains = np.zeros((CATEGORIES, len(chance)), np.int64)
    for k in range(len(chance)):
        if chance[k] < CONTENT:
            told = max(0.0, -np.log(chance[k]) - FLOOR) / max(counts[0, k], counts[1, k])
            for kind in range(CATEGORIES):
                gains[kind, k] = np.int64(UNIT * _WEIGHTS[kind] * told)
    return gains


@subroutine
def find_matches(a, b, counts, chance, rows):
    """Matches of two texts.

    Args:
        a, b: numbered stems.
        counts, chance: of `numbered` and `chances`.
        rows: [any, 3] scratch for at least `room_for` rows.

    Returns:
        number of rows (token of A, of B, category ≥ `NEAR`) that were filled, the grid, and how
        many matches caps cut.
    """
    skipped, cut = frequent(counts, len(a) + len(b))
    heads, follow = _heads(b, len(chance))
    grid = _grid(len(a), len(b))
    cells, bits = grid.cells, grid.bits
    gains = _gains(counts, chance)
    filled = 0
    for i in range(len(a)):
        if a[i] < 0 or skipped[a[i]]:
            continue
        j = heads[a[i]]
        while j >= 0:
            x = _run(a, b, i, j, skipped)
            if x >= 0:
                y = j - (i - x)
                size, content = 0, False
                while x + size < len(a) and y + size < len(b):
                    stem = a[x + size]
                    if stem < 0 or stem != b[y + size]:
                        break
                    content |= chance[stem] < CONTENT
                    size += 1
                kind = ALONE
                if size >= _LONG:
                    kind = RUN
                elif content:
                    kind = SHORT_RUN if size > 1 else ALONE
                    if kind == ALONE and _supported(a, b, i, j, chance):
                        kind = NEAR
                for step in range(size):
                    cells[(x + step) >> bits, (y + step) >> bits] += gains[kind, a[x + step]]
                if kind > ALONE and filled + size <= len(rows):
                    for step in range(size):
                        rows[filled, 0], rows[filled, 1] = x + step, y + step
                        rows[filled, 2] = kind
                        filled += 1
                elif kind > ALONE:
                    cut += size
            j = follow[j]
    return filled, grid, cut


@inlined
def room_for(tokens):
    """Rows that the matches of a pair with so many tokens may fill."""
    return _ENTRIES * budget_for(tokens)


@subroutine
def by_token(rows, side, tokens):
    """The rows of one side's tokens, end to end: bounds, places in the other text, categories."""
    firsts = np.zeros(tokens + 1, np.int32)
    for r in range(len(rows)):
        firsts[rows[r, side] + 1] += 1
    for i in range(tokens):
        firsts[i + 1] += firsts[i]
    free = firsts[:-1].copy()
    places, kinds = np.empty(len(rows), np.int32), np.empty(len(rows), np.uint8)
    for r in range(len(rows)):
        at = free[rows[r, side]]
        free[rows[r, side]] += 1
        places[at], kinds[at] = rows[r, 1 - side], rows[r, 2]
    return firsts, places, kinds
