"""What stands before each token: where a passage is likely to begin or end."""

import numpy as np

from pipeline.documents import I64, U8, WIDE
from pipeline.kernels.characters import KIND, LOWER, MARK_BITS, SEPARATOR
from pipeline.kernels.gaps import BLANK, BREAK, END, NEUTRAL, STOP, STRAIGHT
from pipeline.kernels.jit import inlined, kernel, subroutine
from pipeline.kernels.utf8 import decode

# Classes of a gap; behind LINE and SENTENCE, one more where the next token isn't in lower case.
SPACE, OTHER, LINE, SENTENCE, PARAGRAPH, TEXT = 0, 1, 2, 4, 6, 7
CLASSES = 8


@inlined
def _class(lower, breaks, sentence, marks):
    if breaks > 1:
        return PARAGRAPH
    if breaks == 1:
        return LINE if lower else LINE + 1
    if sentence:
        return SENTENCE if lower else SENTENCE + 1
    return OTHER if marks else SPACE


@subroutine
def _gap(data, at, points, kinds):
    """The class of a gap of so many code points from byte `at`, and the byte behind it."""
    breaks, ended, sentence, marks = 0, False, False, False
    for _ in range(points):
        point, width = decode(data, at)
        at += width
        kind = kinds[point]
        mark = kind >> MARK_BITS if kind & KIND == SEPARATOR else NEUTRAL
        if mark == BREAK or mark == BLANK:
            breaks += mark == BREAK
            sentence |= ended
        else:
            marks = True
            sentence |= mark == END
            if mark == STOP:
                ended = True
            elif mark != NEUTRAL and mark < STRAIGHT:
                ended = False
    point, _ = decode(data, at)
    return _class(kinds[point] & LOWER != 0, breaks, sentence, marks), at


@kernel
def edge_classes(
    data: U8,
    bounds: I64,
    kinds: U8,
    rows: I64,
    offsets: I64,
    gaps: U8,
    widths: U8,
    wide: I64,
) -> tuple[I64, U8]:
    """Classes of the gaps between tokens, and of both ends of the texts.

    Args:
        data, bounds: UTF-8 of the texts of `rows`, end to end, and some bytes more.
        kinds: of `characters`.
        rows: [m] which documents.
        offsets, gaps, widths, wide: of all documents.

    Returns:
        [m + 1] bounds, and the classes: one before each token and one behind the last.
    """
    firsts = np.zeros(len(rows) + 1, np.int64)
    for m in range(len(rows)):
        firsts[m + 1] = firsts[m] + offsets[rows[m] + 1] - offsets[rows[m]] + 1
    classes = np.full(firsts[-1], TEXT, np.uint8)
    for m in range(len(rows)):
        at = bounds[m]
        first, last = offsets[rows[m]], offsets[rows[m] + 1]
        w = np.searchsorted(wide[:, 0], rows[m])
        place = end = np.int64(0)  # code points: how far the bytes are read; the token's end
        for token in range(first, last):
            gap, width = np.int64(gaps[token]), np.int64(widths[token])
            if gap == WIDE:
                gap, width = wide[w, 2], wide[w, 3]
                w += 1
            start = end + gap
            end = start + width
            # Two tokens of one code point (½) overlap: the second has nothing before it.
            found, at = _gap(data, at, max(start - place, 0), kinds)
            place = max(start, place)
            if token > first:
                classes[firsts[m] + token - first] = found
            while place < end:
                lead = data[at]
                at += 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
                place += 1
    return firsts, classes
