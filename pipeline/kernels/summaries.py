"""A stretch of one text that tells all of the other in short."""

import numpy as np

from pipeline.kernels.boxes import Box, best_stretch, see
from pipeline.kernels.jit import subroutine
from pipeline.kernels.matches import ALONE, CONTENT
from pipeline.kernels.scores import class_of

_WINDOW = 100  # tokens of a summary to begin with
_CLASS = 2
_ROUNDS = 3


@subroutine
def best_window(sight, scores, size):
    """First token of the `size` tokens with the largest sum, the first of equals."""
    total = best = np.int64(0)
    best_at = np.int64(0)
    for i in range(len(sight.kinds)):
        total += scores[sight.buckets[i], sight.kinds[i]]
        if i >= size:
            total -= scores[sight.buckets[i - size], sight.kinds[i - size]]
        if i == size - 1 or (i >= size and total > best):
            best, best_at = total, np.int64(i + 1 - size)
    return best_at


@subroutine
def told(text, chance, sight, i):
    """Is it a content stem that the other side has?"""
    stem = text.stems[i]
    return stem >= 0 and chance[stem] < CONTENT and sight.kinds[i] >= ALONE


@subroutine
def told_hull(text, chance, sight):
    """First and last + 1 of what the other side has, where most of it stands between masked tokens.

    Of stretches with equally much the first.
    """
    best_first = best_last = best = np.int64(0)
    first, last, count = np.int64(-1), np.int64(0), np.int64(0)
    for i in range(len(text.stems) + 1):
        if i == len(text.stems) or text.stems[i] < 0:
            if count > best:
                best_first, best_last, best = first, last, count
            first, count = np.int64(-1), np.int64(0)
        elif told(text, chance, sight, i):
            first = np.int64(i) if first < 0 else first
            last = np.int64(i + 1)
            count += 1
    return best_first, best_last


@subroutine
def summary_box(pair, weights, side):
    """The best stretch of one side as a summary of the other, and the hull of what it tells.

    Args:
        side: 0 for a stretch of A, 1 for one of B.
    """
    text, other = pair.texts[side], pair.texts[1 - side]
    zero, n, m = np.int64(0), len(text.stems), len(other.stems)
    see(pair, side, zero, n, zero, m)
    first = best_window(pair.sights[side], weights.tokens[_CLASS], _WINDOW)
    last = min(first + _WINDOW, n)
    kind, score = np.int64(_CLASS), zero
    for _ in range(_ROUNDS):
        kind = class_of(text, pair.chance, first, last, pair.sights[side])
        old_first, old_last = first, last
        first, last, score = best_stretch(pair, side, weights, kind, first, last)
        if first == old_first and last == old_last:
            break
    see(pair, 1 - side, zero, m, first, last)
    low, high = told_hull(other, pair.chance, pair.sights[1 - side])
    if side == 0:
        return Box(first, last, low, high, kind, score, zero, zero)
    return Box(low, high, first, last, kind, zero, score, zero)
