"""Sources and what each covers in; those that together cover an article out."""

import numpy as np

from pipeline.documents import I64
from pipeline.kernels.jit import kernel, subroutine


@subroutine
def _gain(starts, stops, first, last, origin, marks, mark):
    """Places in the spans first … last − 1 whose mark is neither 0 nor `mark`, which they get."""
    total = 0
    for span in range(first, last):
        for place in range(starts[span] - origin, stops[span] - origin):
            if marks[place] != 0 and marks[place] != mark:
                marks[place] = mark
                total += 1
    return total


@kernel
def choose_sources(takers: I64, spans: I64, starts: I64, stops: I64, main: I64, least: int) -> I64:
    """Per taker, the source that adds most places first, while it adds at least `least`.

    What a source adds can only shrink, so one whose count of an earlier round doesn't reach the
    best of this round needn't be counted again (Minoux 1978).

    Args:
        takers: [t + 1] taker k has the sources takers[k]:takers[k + 1].
        spans: [s + 1] source i covers starts[j]:stops[j] for j in spans[i]:spans[i + 1]; they may
            overlap and come in any order.
        starts, stops: places in the taker.
        main: [s] 1 where what the source covers counts as covered before; else 0.
        least: 1 or more.

    Returns:
        [s] 1 for the source that is chosen first, and so on; 0 for those that aren't.
    """
    chosen = np.zeros(len(spans) - 1, np.int64)
    for k in range(len(takers) - 1):
        begin, end = spans[takers[k]], spans[takers[k + 1]]
        if begin == end:
            continue
        origin = starts[begin:end].min()
        # 0: covered; else the number of the last source that was counted there.
        marks = np.full(stops[begin:end].max() - origin, -1, np.int64)
        bound = np.empty(takers[k + 1] - takers[k], np.int64)
        for at in range(len(bound)):
            source = takers[k] + at
            bound[at] = 0
            for span in range(spans[source], spans[source + 1]):
                bound[at] += stops[span] - starts[span]
                if main[source]:
                    marks[starts[span] - origin : stops[span] - origin] = 0
        mark, rank = 0, 0
        while True:
            best, gain = -1, least - 1
            for at in range(len(bound)):
                if bound[at] > gain:
                    source, mark = takers[k] + at, mark + 1
                    bound[at] = _gain(
                        starts, stops, spans[source], spans[source + 1], origin, marks, mark
                    )
                    if bound[at] > gain:
                        best, gain = at, bound[at]
            if best < 0:
                break
            rank += 1
            source = takers[k] + best
            chosen[source] = rank
            for span in range(spans[source], spans[source + 1]):
                marks[starts[span] - origin : stops[span] - origin] = 0
    return chosen
