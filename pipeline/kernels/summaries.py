"""A stretch of one text that tells all of the other in short."""

import numpy as np

from pipeline.kernels.boxes import WINDOW, Box
from pipeline.kernels.jit import subroutine
from pipeline.kernels.matches import CONTENT
from pipeline.kernels.scores import class_of, look, segment

_CLASS = 2
_ROUNDS = 3
_REACH = 120


@subroutine
def _window(text, sight, scores):
    """First token of the `WINDOW` tokens of the largest sum."""
    total = best = np.int64(0)
    best_at = np.int64(0)
    for i in range(len(text.stems)):
        total += scores[sight.buckets[i], sight.kinds[i]]
        if i >= WINDOW:
            total -= scores[sight.buckets[i - WINDOW], sight.kinds[i - WINDOW]]
        if i == WINDOW - 1 or (i >= WINDOW and total > best):
            best, best_at = total, i + 1 - WINDOW
    return best_at


@subroutine
def _hull(text, chance, sight, first, last):
    """First and last + 1 of the content stems within that the other side has."""
    while first < last and not _rare(text, chance, sight, first):
        first += 1
    while last > first and not _rare(text, chance, sight, last - 1):
        last -= 1
    return first, last


@subroutine
def _rare(text, chance, sight, i):
    return text.stems[i] >= 0 and chance[text.stems[i]] < CONTENT and sight.kinds[i] > 0


@subroutine
def summary(part, whole, chance, sight_part, sight_whole, seen_part, seen_whole, marks, weights):
    """The best stretch of `part` as a summary of `whole`.

    Args:
        weights: of the side that `part` is.

    Returns:
        its first token and last + 1, the hull of what it tells of `whole`, its class and its sum.
    """
    n, m = len(part.stems), len(whole.stems)
    marks[0] += 1
    look(part, chance, 0, n, whole, 0, m, seen_whole, marks[0], sight_part)
    tokens, starts, stops = weights
    first = _window(part, sight_part, tokens[_CLASS])
    last = min(first + WINDOW, n)
    kind, score = np.int64(_CLASS), np.int64(0)
    for _ in range(_ROUNDS):
        kind = class_of(part, chance, first, last, sight_part)
        reach = max(_REACH, last - first)
        old_first, old_last = first, last
        first, last, score = segment(
            part, sight_part, tokens[kind], starts, stops,
            max(first - reach, 0), min(last + reach, n), first, last,
        )  # fmt: skip
        if first == old_first and last == old_last:
            break
    marks[0] += 1
    look(whole, chance, 0, m, part, first, last, seen_part, marks[0], sight_whole)
    whole_first, whole_last = _hull(whole, chance, sight_whole, 0, m)
    return first, last, whole_first, whole_last, kind, score


@subroutine
def summary_box(pair, weights, swapped):
    """The summary in A of B as a box; where `swapped`, that in B of A."""
    zero = np.int64(0)
    side = 1 if swapped else 0
    tables = (weights.tokens[side], weights.starts[side], weights.stops[side])
    if swapped:
        first, last, low, high, kind, score = summary(
            pair.b, pair.a, pair.chance, pair.sight_b, pair.sight_a, pair.seen_b, pair.seen_a,
            pair.marks, tables,
        )  # fmt: skip
        return Box(low, high, first, last, kind, zero, score, zero)
    first, last, low, high, kind, score = summary(
        pair.a, pair.b, pair.chance, pair.sight_a, pair.sight_b, pair.seen_a, pair.seen_b,
        pair.marks, tables,
    )  # fmt: skip
    return Box(first, last, low, high, kind, score, zero, zero)
