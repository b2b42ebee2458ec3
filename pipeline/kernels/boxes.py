"""Boxes of reused text: from seeds, refined on both texts in turn, and merged."""

from typing import NamedTuple

import numpy as np

from pipeline.documents import F64, I64
from pipeline.kernels.jit import inlined, subroutine
from pipeline.kernels.matches import UNIT, Text
from pipeline.kernels.scores import Sight, class_of, look, segment

_SEED = 8 * UNIT  # the least sum of 3 × 3 cells that is a seed
_SEEDS = 40
_GROWTH, _REST = 8, 3  # rounds with the other side widened, and without
_WIDER = 30  # tokens by which the other side is widened, or half its length
REACH = 40  # tokens a side may move by, or its length
_JOINS = 8  # times a new box joins another


_Number = int | np.int64


class Box(NamedTuple):
    """Tokens a0 … a1 − 1 of A retold in tokens b0 … b1 − 1 of B.

    Attributes:
        kind: class of `scores`.
        score_a, score_b: sums that the last refinement reached, in thousandths of a nat.
        seed: sum of the seed's cells; 0 for a summary.
    """

    a0: _Number
    a1: _Number
    b0: _Number
    b1: _Number
    kind: _Number
    score_a: _Number
    score_b: _Number
    seed: _Number


class Pair(NamedTuple):
    """What refinement reads and writes; of A, then of B.

    Attributes:
        texts: `Text`.
        chance: [k] probability that a token is this stem by chance.
        sights: `Sight`, of each from the other.
        seen: [k] each; stems of the text, by the mark under which they were last seen.
        marks: [1] the mark used last.
    """

    texts: tuple[Text, Text]
    chance: F64
    sights: tuple[Sight, Sight]
    seen: tuple[I64, I64]
    marks: I64


@subroutine
def see(pair, side, low, high, first, last):
    """Fill the sight of one text's tokens low … high − 1 from the other's first … last − 1."""
    other = 1 - side
    pair.marks[0] += 1
    look(
        pair.texts[side], pair.chance, low, high,
        pair.texts[other], first, last, pair.seen[other], pair.marks[0], pair.sights[side],
    )  # fmt: skip


@inlined
def widened(first, last, size, by):
    """A stretch with so many tokens more on either side, within its text."""
    return max(first - by, 0), min(last + by, size)


@subroutine
def longest_bare(text, first, last):
    """The longest stretch within first … last without a masked token, the first of equals."""
    best_first, best_last, since = first, first, first
    for i in range(first, last + 1):
        if i == last or text.stems[i] < 0:
            if i - since > best_last - best_first:
                best_first, best_last = since, i
            since = i + 1
    return best_first, best_last


@subroutine
def _widened_bare(text, first, last, by):
    """A stretch with so many tokens more on either side, up to a masked one."""
    low, high = first, last
    while low > 0 and first - low < by and text.stems[low - 1] >= 0:
        low -= 1
    while high < len(text.stems) and high - last < by and text.stems[high] >= 0:
        high += 1
    return low, high


@subroutine
def best_stretch(pair, side, weights, kind, first, last):
    """The best stretch near first … last by the side's sight, and its sum."""
    text = pair.texts[side]
    low, high = widened(first, last, len(text.stems), max(REACH, last - first))
    return segment(
        text, pair.sights[side], weights.tokens[kind], weights.starts, weights.stops,
        low, high, first, last,
    )  # fmt: skip


@subroutine
def _settled(pair, side, weights, kind, first, last, other_first, other_last, widen):
    """The best stretch of one side, given the other's.

    Args:
        kind: class of the box; −1 to find it, from this side.
        widen: is the other's stretch to be widened first?

    Returns:
        the stretch, its sum and the class.
    """
    text, other = pair.texts[side], pair.texts[1 - side]
    by = max(_WIDER, (other_last - other_first) // 2) if widen else 0
    from_first, from_last = _widened_bare(other, other_first, other_last, by)
    low, high = widened(first, last, len(text.stems), max(REACH, last - first))
    see(pair, side, low, high, from_first, from_last)
    found = kind
    if kind < 0:
        found = class_of(text, pair.chance, first, last, pair.sights[side])
    first, last, score = best_stretch(pair, side, weights, found, first, last)
    if kind < 0:
        found = class_of(text, pair.chance, first, last, pair.sights[side])
    return first, last, score, found


@subroutine
def refine(pair, weights, a0, a1, b0, b1, growth, seed):
    """The box that both texts agree on: the best of A given B, of B given A, and so on.

    Args:
        growth: rounds in which the other side is widened.
    """
    kind, score_a, score_b = np.int64(-1), np.int64(0), np.int64(0)
    a0, a1 = longest_bare(pair.texts[0], a0, a1)
    b0, b1 = longest_bare(pair.texts[1], b0, b1)
    a, b, unknown = np.int64(0), np.int64(1), np.int64(-1)
    growing, resting = growth, _REST
    while resting > 0:
        widen = growing > 0
        x0, x1, score_a, kind = _settled(pair, a, weights, unknown, a0, a1, b0, b1, widen)
        y0, y1, score_b, kind = _settled(pair, b, weights, kind, b0, b1, x0, x1, widen)
        same = x0 == a0 and x1 == a1 and y0 == b0 and y1 == b1
        a0, a1, b0, b1 = x0, x1, y0, y1
        if not widen:
            resting = 0 if same else resting - 1
        growing = 0 if same else growing - 1
    return Box(a0, a1, b0, b1, kind, score_a, score_b, seed)


@inlined
def _meet(one, two):
    return one.a0 < two.a1 and two.a0 < one.a1 and one.b0 < two.b1 and two.b0 < one.b1


@subroutine
def _add(pair, weights, boxes, box):
    """Put a box among those found; it joins each that it overlaps in both texts."""
    for _ in range(_JOINS):
        at = 0
        while at < len(boxes) and not _meet(boxes[at], box):
            at += 1
        if at == len(boxes):
            break
        old = boxes.pop(at)
        box = refine(
            pair, weights,
            min(old.a0, box.a0), max(old.a1, box.a1), min(old.b0, box.b0), max(old.b1, box.b1),
            0, max(old.seed, box.seed),
        )  # fmt: skip
    boxes.append(box)
    return box


@subroutine
def box_sums(cells, sums, x0, x1, y0, y1):
    """Sums of 3 × 3 cells, at x0 … x1 − 1, y0 … y1 − 1."""
    for x in range(max(x0, 0), min(x1, cells.shape[0])):
        for y in range(max(y0, 0), min(y1, cells.shape[1])):
            total = np.int64(0)
            for u in range(max(x - 1, 0), min(x + 2, cells.shape[0])):
                for v in range(max(y - 1, 0), min(y + 2, cells.shape[1])):
                    total += cells[u, v]
            sums[x, y] = total


@inlined
def _clear(cells, sums, x0, x1, y0, y1):
    cells[max(x0, 0) : x1, max(y0, 0) : y1] = 0
    box_sums(cells, sums, x0 - 1, x1 + 1, y0 - 1, y1 + 1)


@subroutine
def boxes_from_seeds(pair, weights, grid):
    """Boxes around the cells that tell most, one by one, merged; and whether seeds were left."""
    cells, bits = grid.cells, grid.bits
    sums = np.zeros_like(cells)
    box_sums(cells, sums, 0, cells.shape[0], 0, cells.shape[1])
    boxes = [Box(0, 0, 0, 0, np.int64(0), np.int64(0), np.int64(0), np.int64(0)) for _ in range(0)]
    n, m = len(pair.texts[0].stems), len(pair.texts[1].stems)
    for _ in range(_SEEDS):
        top = sums.argmax()
        x, y = top // cells.shape[1], top % cells.shape[1]
        if sums[x, y] < _SEED:
            return boxes, False
        box = refine(
            pair, weights,
            max(x - 1, 0) << bits, min((x + 2) << bits, n),
            max(y - 1, 0) << bits, min((y + 2) << bits, m),
            _GROWTH, sums[x, y],
        )  # fmt: skip
        low, high = box.a0 >> bits, (box.a1 - 1) >> bits
        if not (low <= x <= high and box.b0 >> bits <= y <= (box.b1 - 1) >> bits):
            _clear(cells, sums, x - 1, x + 2, y - 1, y + 2)
        box = _add(pair, weights, boxes, box)
        _clear(
            cells, sums, box.a0 >> bits, ((box.a1 - 1) >> bits) + 1,
            box.b0 >> bits, ((box.b1 - 1) >> bits) + 1,
        )  # fmt: skip
    return boxes, sums.max() >= _SEED


@subroutine
def strongest(boxes):
    """Of boxes that overlap in both texts, those with the larger sums."""
    order = [(-(box.score_a + box.score_b), box.a0, box.b0, k) for k, box in enumerate(boxes)]
    order.sort()
    kept = [boxes[0] for _ in range(0)]
    for _, _, _, k in order:
        free = True
        for box in kept:
            free &= not _meet(box, boxes[k])
        if free:
            kept.append(boxes[k])
    return kept
