"""Where tokens stand, in two bytes each."""

import numpy as np

from pipeline.documents import I32, I64, U8, WIDE
from pipeline.kernels.jit import kernel


@kernel
def compact_places(counts: I64, starts: I32, ends: I32) -> tuple[U8, U8, I64]:
    """Each token's distance from the one before it, and its width, both in code points.

    Args:
        counts: [n] tokens of each document.
        starts, ends: [T] first code point and one past the last.

    Returns:
        gaps [T] and widths [T], `WIDE` where one of the two doesn't fit; and of each such token a
        row of its document, its place in it, its gap and its width.
    """
    gaps, widths = np.empty(len(starts), np.uint8), np.empty(len(starts), np.uint8)
    wide = [np.zeros(4, np.int64) for _ in range(0)]
    at = 0
    for i in range(len(counts)):
        before = 0
        for k in range(counts[i]):
            gap, width = starts[at] - before, ends[at] - starts[at]
            before = ends[at]
            # Two tokens of one code point (½) overlap.
            if not 0 <= gap < WIDE or width >= WIDE:
                wide.append(np.array((i, k, np.int64(gap), np.int64(width))))
                gap = width = WIDE
            gaps[at], widths[at] = gap, width
            at += 1
    rows = np.empty((len(wide), 4), np.int64)
    for w in range(len(wide)):
        rows[w] = wide[w]
    return gaps, widths, rows


@kernel
def code_points(offsets: I64, gaps: U8, widths: U8, wide: I64, tokens: I64) -> tuple[I64, I64]:
    """[m] first code point of each wanted token, and one past its last.

    Args:
        offsets, gaps, widths, wide: `Documents`.
        tokens: [m] places of tokens; quick where those of a document ascend.
    """
    starts, ends = np.empty(len(tokens), np.int64), np.empty(len(tokens), np.int64)
    document = at = -1  # the token that was read last
    start = end = np.int64(0)
    w = np.int64(0)
    for m in range(len(tokens)):
        wanted = tokens[m]
        if document < 0 or not at <= wanted < offsets[document + 1] or at < offsets[document]:
            document = np.searchsorted(offsets, wanted, side="right") - 1
            at, start, end = offsets[document] - 1, np.int64(0), np.int64(0)
            w = np.searchsorted(wide[:, 0], document)
        while at < wanted:
            at += 1
            gap, width = np.int64(gaps[at]), np.int64(widths[at])
            if gap == WIDE:
                gap, width = wide[w, 2], wide[w, 3]
                w += 1
            start = end + gap
            end = start + width
        starts[m], ends[m] = start, end
    return starts, ends
