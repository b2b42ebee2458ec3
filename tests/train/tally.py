"""What tokens and edges of planted passages look like, beside those around them."""

import numpy as np

from pipeline.documents import F64, I32, I64, U8
from pipeline.kernels.boxes import see
from pipeline.kernels.edges import CLASSES as EDGES
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.matches import CATEGORIES
from pipeline.kernels.retold import pair_of, scratch_for
from pipeline.kernels.scores import BUCKETS, CLASSES, class_of

_AROUND = 200  # tokens on either side of a passage that are outside it


@subroutine
def _count(text, sight, low, high, first, last, held, table):
    for i in range(low, high):
        if text.stems[i] < 0:
            continue
        if first <= i < last:
            table[0, sight.buckets[i], sight.kinds[i]] += 1
        elif not held[i]:
            table[1, sight.buckets[i], sight.kinds[i]] += 1


@kernel
def tally(
    stems: I32,
    offsets: I64,
    share: F64,
    bounds: I64,
    edges: U8,
    a_rows: I64,
    b_rows: I64,
    a_edges: I64,
    b_edges: I64,
    firsts: I64,
    cases: I64,
) -> tuple[I64, I64]:
    """Counts over planted passages, of both sides together.

    Args:
        stems … b_edges: as of `retold_boxes`.
        firsts: [m + 1] pair k has the cases firsts[k]:firsts[k + 1].
        cases: [c, 4] first token and last + 1 in A, in B.

    Returns:
        [class, inside or outside, bucket, category] tokens; [3, class of edge] starts, stops, and
        all edges of these texts.
    """
    table = np.zeros((CLASSES, 2, BUCKETS, CATEGORIES), np.int64)
    ends = np.zeros((3, EDGES), np.int64)
    scratch = scratch_for(offsets, a_rows, b_rows, len(share))
    for k in range(len(a_rows)):
        a, a_stop = offsets[a_rows[k]], offsets[a_rows[k] + 1]
        b, b_stop = offsets[b_rows[k]], offsets[b_rows[k] + 1]
        at, to = a_edges[k], b_edges[k]
        edges_a, edges_b = edges[bounds[at] : bounds[at + 1]], edges[bounds[to] : bounds[to + 1]]
        pair, _, _ = pair_of(stems[a:a_stop], stems[b:b_stop], share, edges_a, edges_b, scratch)
        own = cases[firsts[k] : firsts[k + 1]]
        for side in range(2):
            text, sight = pair.texts[side], pair.sights[side]
            held = np.zeros(len(text.stems), np.bool_)
            for c in range(len(own)):
                held[own[c, 2 * side] : own[c, 2 * side + 1]] = True
            for c in range(len(own)):
                first, last = own[c, 2 * side], own[c, 2 * side + 1]
                low, high = max(first - _AROUND, 0), min(last + _AROUND, len(text.stems))
                see(pair, side, low, high, own[c, 2 - 2 * side], own[c, 3 - 2 * side])
                kind = class_of(text, pair.chance, first, last, sight)
                _count(text, sight, low, high, first, last, held, table[kind])
                ends[0, text.edges[first]] += 1
                ends[1, text.edges[last]] += 1
            for edge in text.edges:
                ends[2, edge] += 1
    return table, ends
