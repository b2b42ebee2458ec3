"""Boxes of pairs of documents in which one retells the other, with what a verifier needs."""

import numpy as np

from pipeline.documents import F64, I32, I64, U8
from pipeline.kernels.boxes import Box, Pair, boxes_from_seeds, strongest
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.matches import (
    Text,
    by_token,
    chances,
    find_matches,
    numbered,
    room_for,
)
from pipeline.kernels.measures import BESIDE, FEATURES, measure_box, measure_rivals
from pipeline.kernels.scores import Sight, Weights
from pipeline.kernels.summaries import summary_box

N_FEATURES = len(FEATURES)
# Columns of a box.
A_FIRST, A_LAST, B_FIRST, B_LAST, KIND, SUMMARY = range(6)


@subroutine
def pair_of(stems, share, edges_a, edges_b, a, a_stop, b, b_stop, scratch):
    """Two documents made ready for refinement, their grid, and how many matches caps cut."""
    known, numbers, rows = scratch
    both = (stems[a:a_stop], stems[b:b_stop])
    new_a, new_b, counts, shares = numbered(both, share, known, numbers)
    tokens = len(new_a) + len(new_b)
    chance = chances(counts, shares, tokens)
    filled, grid, cut = find_matches(
        new_a, new_b, counts, chance, rows[: room_for(tokens)]
    )
    firsts_a, places_a, kinds_a = by_token(rows[:filled], 0, len(new_a))
    firsts_b, places_b, kinds_b = by_token(rows[:filled], 1, len(new_b))
    size = len(chance)
    pair = Pair(
        Text(new_a, edges_a, firsts_a, places_a, kinds_a),
        Text(new_b, edges_b, firsts_b, places_b, kinds_b),
        chance,
        Sight(np.empty(len(new_a), np.uint8), np.empty(len(new_a), np.uint8)),
        Sight(np.empty(len(new_b), np.uint8), np.empty(len(new_b), np.uint8)),
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(1, np.int64),
    )
    return pair, grid, cut


@subroutine
def scratch_for(offsets, a_rows, b_rows, stems):
    """Scratch for the largest of these pairs."""
    most = np.int64(0)
    for m in range(len(a_rows)):
        a, b = a_rows[m], b_rows[m]
        most = max(most, offsets[a + 1] - offsets[a] + offsets[b + 1] - offsets[b])
    return (
        np.full(stems, -1, np.int32),
        np.empty(most, np.int32),
        np.empty((room_for(most), 3), np.int32),
    )


@kernel
def retellings(
    stems: I32,
    offsets: I64,
    share: F64,
    places: I64,
    bounds: I64,
    edges: U8,
    a_rows: I64,
    b_rows: I64,
    tokens: I64,
    starts: I64,
    stops: I64,
    summary_ratio: float,
) -> tuple[I64, I64, F64, I64]:
    """Boxes of A × B that may be retold passages.

    Args:
        stems, offsets: of all documents.
        share: [V] share of each stem in all text.
        places: [n] where a document's edges stand.
        bounds, edges: of `edge_classes`.
        a_rows, b_rows: [m] the pairs.
        tokens, starts, stops: `Weights`.
        summary_ratio: one side is tried as a summary of the other where its text is at most so
            many times as long.

    Returns:
        counts [m]; per box its tokens in A and in B (places in the document), its class, and 0, 1
        for a summary in A, 2 for one in B; its features; and [2] the matches that were cut and the
        pairs with seeds left.
    """
    weights = Weights(tokens, starts, stops)
    counts = np.zeros(len(a_rows), np.int64)
    lost = np.zeros(2, np.int64)
    rows = [(0, 0, 0, 0, 0, 0) for _ in range(0)]
    features = [np.empty(0) for _ in range(0)]
    scratch = scratch_for(offsets, a_rows, b_rows, len(share))
    for k in range(len(a_rows)):
        a, a_stop = offsets[a_rows[k]], offsets[a_rows[k] + 1]
        b, b_stop = offsets[b_rows[k]], offsets[b_rows[k] + 1]
        if a == a_stop or b == b_stop:
            continue
        at, to = places[a_rows[k]], places[b_rows[k]]
        pair, grid, cut = pair_of(
            stems, share, edges[bounds[at] : bounds[at + 1]],
            edges[bounds[to] : bounds[to + 1]], a, a_stop, b, b_stop, scratch,
        )  # fmt: skip
        boxes, left = boxes_from_seeds(pair, weights, grid)
        lost[0] += cut
        lost[1] += left
        if len(boxes) == 0:
            continue
        boxes = strongest(boxes)
        for summary in range(3):
            tried = boxes
            n, m = a_stop - a, b_stop - b
            if summary == 1:
                if n > summary_ratio * m:
                    continue
                tried = [summary_box(pair, weights, False)]
            elif summary == 2:
                if m > summary_ratio * n:
                    continue
                tried = [summary_box(pair, weights, True)]
            for box in tried:
                if box.a0 >= box.a1 or box.b0 >= box.b1:
                    continue
                out = np.empty(N_FEATURES)
                if summary:
                    measure_box(pair, weights, box, summary == 2, max(n, m), out)
                    measure_rivals(boxes, box, summary == 2, out)
                else:
                    measure_box(pair, weights, box, False, BESIDE, out)
                rows.append((box.a0, box.a1, box.b0, box.b1, box.kind, summary))
                features.append(out)
                counts[k] += 1
    table, measured = np.empty((len(rows), 6), np.int64), np.empty((len(rows), N_FEATURES))
    for r in range(len(rows)):
        table[r] = rows[r]
        measured[r] = features[r]
    return counts, table, measured, lost
