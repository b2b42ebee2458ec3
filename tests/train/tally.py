"""What tokens and edges of planted passages look like, beside those around them."""

import numpy as np

from pipeline.documents import F64, I32, I64, U8
from pipeline.kernels.boxes import see_a, see_b
from pipeline.kernels.edges import CLASSES as EDGES
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.matches import CATEGORIES
from pipeline.kernels.retellings import pair_of, scratch_for
from pipeline.kernels.scores import BUCKETS, CLASSES, class_of

_AROUND = 200


@subroutine
def _count(text, sight, low, high, first, last, held, table, starts, stops):
    for i in range(low, high):
        if text.stems[i] < 0:
            continue
        if first <= i < last:
            table[0, sight.buckets[i], sight.kinds[i]] += 1
        elif not held[i]:
            table[1, sight.buckets[i], sight.kinds[i]] += 1
    starts[text.edges[first]] += 1
    stops[text.edges[last]] += 1


@kernel
def tally(
    stems: I32,
    offsets: I64,
    share: F64,
    places: I64,
    bounds: I64,
    edges: U8,
    a_rows: I64,
    b_rows: I64,
    firsts: I64,
    cases: I64,
) -> tuple[I64, I64, I64, I64]:
    """Counts over cases.

    Args:
        firsts: [m + 1] pair k has the cases firsts[k]:firsts[k + 1].
        cases: [c, 4] first token and last + 1 in A, in B.

    Returns:
        [side, class, inside or outside, bucket, category] tokens; [side, class of edge] starts,
        stops, and edges of all of the texts.
    """
    table = np.zeros((2, CLASSES, 2, BUCKETS, CATEGORIES), np.int64)
    starts, stops = np.zeros((2, EDGES), np.int64), np.zeros((2, EDGES), np.int64)
    every = np.zeros((2, EDGES), np.int64)
    scratch = scratch_for(offsets, a_rows, b_rows, len(share))
    for k in range(len(a_rows)):
        a, a_stop = offsets[a_rows[k]], offsets[a_rows[k] + 1]
        b, b_stop = offsets[b_rows[k]], offsets[b_rows[k] + 1]
        at, to = places[a_rows[k]], places[b_rows[k]]
        edges_a, edges_b = edges[bounds[at] : bounds[at + 1]], edges[bounds[to] : bounds[to + 1]]
        pair, _, _ = pair_of(
            stems, share, edges_a, edges_b, a, a_stop, b, b_stop, scratch
        )
        held_a, held_b = np.zeros(a_stop - a, np.bool_), np.zeros(b_stop - b, np.bool_)
        for c in range(firsts[k], firsts[k + 1]):
            held_a[cases[c, 0] : cases[c, 1]] = True
            held_b[cases[c, 2] : cases[c, 3]] = True
        for c in range(firsts[k], firsts[k + 1]):
            a0, a1, b0, b1 = cases[c]
            low, high = max(a0 - _AROUND, 0), min(a1 + _AROUND, a_stop - a)
            see_a(pair, low, high, b0, b1)
            kind = class_of(pair.a, pair.chance, a0, a1, pair.sight_a)
            _count(
                pair.a, pair.sight_a, low, high, a0, a1, held_a, table[0, kind], starts[0], stops[0]
            )
            low, high = max(b0 - _AROUND, 0), min(b1 + _AROUND, b_stop - b)
            see_b(pair, low, high, a0, a1)
            _count(
                pair.b, pair.sight_b, low, high, b0, b1, held_b, table[1, kind], starts[1], stops[1]
            )
        for edge in edges_a:
            every[0, edge] += 1
        for edge in edges_b:
            every[1, edge] += 1
    return table, starts, stops, every
