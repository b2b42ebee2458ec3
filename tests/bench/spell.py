"""Kernels that turn a range of planned articles into bytes and exact similarities."""

import numpy as np

from pipeline.kernels.jit import kernel, subroutine
from tests.bench.compose import (
    BRACKET,
    CAPITAL,
    CLOSE,
    COMMA,
    DASH,
    OPEN,
    PARAGRAPH,
    STOP,
    UPPER,
    headline,
    shared,
    shingle_set,
    whole,
)

MOST_BYTES = 28  # that a word takes with all that stands around it
_AFTER = 7


@subroutine
def _put(out, at, byte):
    out[at] = byte
    return at + 1


@subroutine
def _quote(out, at, curly, last):
    """A straight quotation mark, or a curly one in UTF-8."""
    if not curly:
        return _put(out, at, 0x22)
    out[at], out[at + 1], out[at + 2] = 0xE2, 0x80, 0x9C + last
    return at + 3


@subroutine
def _follow(out, at, mark, curly):
    """What stands after a word."""
    after = mark & _AFTER
    if after == COMMA:
        at = _put(out, at, 0x2C)
    if after in (STOP, PARAGRAPH):
        at = _put(out, at, 0x2E)
    if after == DASH:
        at = _put(out, at, 0x29)
    if mark & CLOSE:
        at = _quote(out, at, curly, 1)
    if after == PARAGRAPH:
        return _put(out, _put(out, at, 0x0A), 0x0A)
    if after == DASH:
        out[at : at + 5] = np.array([0x20, 0xE2, 0x80, 0x94, 0x20], np.uint8)
        return at + 5
    at = _put(out, at, 0x20)
    return _put(out, at, 0x28) if after == BRACKET else at


@subroutine
def _spell(words, marks, lexicon, curly, out, at):
    """Words as text from out[at] on, without white space at the end; one past its last byte."""
    for i in range(len(words)):
        if marks[i] & OPEN:
            at = _quote(out, at, curly, 0)
        first, last = lexicon.spelled_bounds[words[i]], lexicon.spelled_bounds[words[i] + 1]
        for place in range(first, last):
            raised = marks[i] & UPPER or (marks[i] & CAPITAL and place == first)
            at = _put(out, at, lexicon.spelled[place] - (32 if raised else 0))
        at = _follow(out, at, marks[i], curly)
    while at and out[at - 1] <= 0x20:
        at -= 1
    return at


@kernel
def written(first, last, plan, lexicon, room, out, titles):
    """Texts and headlines of the articles first…last, and how like its base each copy is.

    Args:
        first, last: rows of the plan.
        plan, lexicon: what to write and with which words.
        room: most words of an article, furniture and all.
        out, titles: uint8, written.

    Returns:
        Ends of the texts and of the headlines [m], and [m, 3] Jaccard of the own texts, Jaccard of
        all that stands there, containment of the smaller own text in the other; NaN if fresh.
    """
    count = last - first
    ends, title_ends = np.empty(count, np.int64), np.empty(count, np.int64)
    alike = np.full((count, 3), np.nan)
    words, marks = np.empty(room, np.uint16), np.empty(room, np.uint8)
    scratch, scratch_marks = np.empty(room, np.uint16), np.empty(room, np.uint8)
    other, other_marks = np.empty(room, np.uint16), np.empty(room, np.uint8)
    a, b = np.empty(room, np.uint64), np.empty(room, np.uint64)
    at = title_at = 0
    for row in range(first, last):
        start, stop, end = whole(row, plan, lexicon, scratch, scratch_marks, words, marks)
        if at + MOST_BYTES * end > len(out):
            raise ValueError("the texts are longer than planned")
        curly = plan.source[row] % 4 == 0
        at = _spell(words[:end], marks[:end], lexicon, curly, out, at)
        ends[row - first] = at
        size = headline(row, plan, lexicon, other, other_marks)
        title_at = _spell(other[:size], other_marks[:size], lexicon, False, titles, title_at)
        title_ends[row - first] = title_at
        if plan.kind[row]:
            base = plan.base[row]
            from_, to, over = whole(base, plan, lexicon, scratch, scratch_marks, other, other_marks)
            sizes = shingle_set(words, start, stop, a), shingle_set(other, from_, to, b)
            common = shared(a[: sizes[0]], b[: sizes[1]])
            alike[row - first, 0] = common / (sizes[0] + sizes[1] - common)
            alike[row - first, 2] = common / max(1, min(sizes))
            sizes = shingle_set(words, 0, end, a), shingle_set(other, 0, over, b)
            common = shared(a[: sizes[0]], b[: sizes[1]])
            alike[row - first, 1] = common / (sizes[0] + sizes[1] - common)
    return ends, title_ends, alike
