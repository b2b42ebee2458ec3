"""Which boxes of a pair stay, and how much of each is quoted."""

import numpy as np

from pipeline.documents import F64, I64, U8, Flags
from pipeline.kernels.jit import kernel
from pipeline.kernels.tokens import QUOTED_FLAG


@kernel
def choose_boxes(counts: I64, boxes: I64, summary: I64, sure: F64, accepted: Flags) -> Flags:
    """[r] the accepted boxes, without those that a summary tells already.

    Of a pair's accepted summaries the surest stays, the first of equals, and takes the place of
    boxes that it meets in both texts.

    Args:
        counts: [m] boxes of each pair.
        boxes: [r, 4] first and last + 1 in A, in B.
        summary: [r] 0 for a plain box.
        sure: [r] probabilities.
        accepted: [r] which may stay.
    """
    kept = np.zeros(len(boxes), np.bool_)
    first = 0
    for m in range(len(counts)):
        last = first + counts[m]
        best = -1
        for r in range(first, last):
            if accepted[r] and summary[r] and (best < 0 or sure[r] > sure[best]):
                best = r
        for r in range(first, last):
            if r == best or not accepted[r] or summary[r]:
                kept[r] = r == best
                continue
            kept[r] = best < 0 or not (
                boxes[r, 0] < boxes[best, 1]
                and boxes[best, 0] < boxes[r, 1]
                and boxes[r, 2] < boxes[best, 3]
                and boxes[best, 2] < boxes[r, 3]
            )
        first = last
    return kept


@kernel
def quoted_counts(flags: U8, first: I64, last: I64) -> I64:
    """[r] tokens inside quotation marks among first … last − 1."""
    counts = np.zeros(len(first), np.int64)
    for r in range(len(first)):
        for i in range(first[r], last[r]):
            counts[r] += flags[i] & QUOTED_FLAG
    return counts
