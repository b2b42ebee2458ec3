"""Boxes of reused text: from seeds, refined on both texts in turn, and merged."""

from typing import NamedTuple

import numpy as np

from pipeline.documents import I64
from pipeline.kernels.jit import inlined, subroutine
from pipeline.kernels.matches import UNIT
from pipeline.kernels.scores import CLASSES, class_of, look, segment

_SEED = 8 * UNIT  # the least sum of 3 × 3 cells that is a seed
_SEEDS = 40
_GROWTH, _REST = 8, 3  # rounds with the other side widened, and without
_WIDER = 30  # tokens by which the other side is widened, or half its length
_REACH = 120  # tokens a side may move by, or its length
WINDOW = 100  # tokens of a summary to begin with
_SUMMARY_CLASS = 2
_JOINS = 8  # times a new box joins another


class Box(NamedTuple):
    """Tokens a0 … a1 − 1 of A retold in tokens b0 … b1 − 1 of B.

    Attributes:
        kind: class of `scores`.
        score_a, score_b: sums that the last refinement reached, in thousandths of a nat.
        seed: sum of the seed's cells; 0 for a summary.
    """

    a0: int
    a1: int
    b0: int
    b1: int
    kind: int
    score_a: int
    score_b: int
    seed: int


class Pair(NamedTuple):
    """What refinement reads and writes: both texts, chances, sights and scratch."""

    a: object
    b: object
    chance: object
    sight_a: object
    sight_b: object
    seen_a: I64
    seen_b: I64
    marks: I64


@inlined
def _next(pair):
    pair.marks[0] += 1
    return pair.marks[0]


@subroutine
def see_a(pair, low, high, first, last):
    """Fill A's sight of low … high from B's first … last."""
    mark = _next(pair)
    look(pair.a, pair.chance, low, high, pair.b, first, last, pair.seen_b, mark, pair.sight_a)


@subroutine
def see_b(pair, low, high, first, last):
    """Fill B's sight of low … high from A's first … last."""
    mark = _next(pair)
    look(pair.b, pair.chance, low, high, pair.a, first, last, pair.seen_a, mark, pair.sight_b)


@inlined
def _widened(first, last, size, by):
    return max(first - by, 0), min(last + by, size)


@subroutine
def _on_a(pair, weights, a0, a1, first, last):
    """The best stretch of A near a0 … a1, given B's; its class and its sum."""
    low, high = _widened(a0, a1, len(pair.a.stems), max(_REACH, a1 - a0))
    see_a(pair, low, high, first, last)
    kind = class_of(pair.a, pair.chance, a0, a1, pair.sight_a)
    a0, a1, score = segment(
        pair.a, pair.sight_a, weights.tokens[0, kind], weights.starts[0], weights.stops[0],
        low, high, a0, a1,
    )  # fmt: skip
    return a0, a1, class_of(pair.a, pair.chance, a0, a1, pair.sight_a), score


@subroutine
def _on_b(pair, weights, kind, b0, b1, first, last):
    low, high = _widened(b0, b1, len(pair.b.stems), max(_REACH, b1 - b0))
    see_b(pair, low, high, first, last)
    return segment(
        pair.b, pair.sight_b, weights.tokens[1, kind], weights.starts[1], weights.stops[1],
        low, high, b0, b1,
    )  # fmt: skip


@subroutine
def refine(pair, weights, a0, a1, b0, b1, growth, seed):
    """The box that both texts agree on: the best of A given B, of B given A, and so on."""
    kind, score_a, score_b = np.int64(CLASSES - 1), np.int64(0), np.int64(0)
    n, m = len(pair.a.stems), len(pair.b.stems)
    for widen in range(2):
        for _ in range(_REST if widen else growth):
            by = 0 if widen else max(_WIDER, (b1 - b0) // 2)
            first, last = _widened(b0, b1, m, by)
            x0, x1, kind, score_a = _on_a(pair, weights, a0, a1, first, last)
            by = 0 if widen else max(_WIDER, (x1 - x0) // 2)
            first, last = _widened(x0, x1, n, by)
            y0, y1, score_b = _on_b(pair, weights, kind, b0, b1, first, last)
            same = x0 == a0 and x1 == a1 and y0 == b0 and y1 == b1
            a0, a1, b0, b1 = x0, x1, y0, y1
            if same:
                break
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
def _sums(cells, sums, x0, x1, y0, y1):
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
    _sums(cells, sums, x0 - 1, x1 + 1, y0 - 1, y1 + 1)


@subroutine
def boxes_from_seeds(pair, weights, grid):
    """Boxes around the cells that tell most, one by one, merged; and whether seeds were left."""
    cells, bits = grid.cells, grid.bits
    sums = np.zeros_like(cells)
    _sums(cells, sums, 0, cells.shape[0], 0, cells.shape[1])
    boxes = [Box(0, 0, 0, 0, np.int64(0), np.int64(0), np.int64(0), np.int64(0)) for _ in range(0)]
    n, m = len(pair.a.stems), len(pair.b.stems)
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
