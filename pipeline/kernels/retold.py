"""Boxes of pairs of documents in which one may retell the other, and what a verifier reads."""

import numpy as np

from pipeline.documents import F64, I32, I64, U8
from pipeline.kernels.boxes import Pair, boxes_from_seeds, strongest
from pipeline.kernels.chances import chances, numbered
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.matches import Text, by_token, find_matches, room_for
from pipeline.kernels.measures import BESIDE, FEATURES, measure_box, measure_rivals
from pipeline.kernels.scores import Sight, Weights
from pipeline.kernels.summaries import summary_box

_FEATURES = len(FEATURES)
_BOX = 6


@subroutine
def _text(stems, edges, rows, side):
    firsts, places, kinds = by_token(rows, side, len(stems))
    return Text(stems, edges, firsts, places, kinds)


@subroutine
def _sight(tokens):
    return Sight(np.empty(tokens, np.uint8), np.empty(tokens, np.uint8))


@subroutine
def pair_of(stems_a, stems_b, share, edges_a, edges_b, scratch):
    """Two texts made ready for refinement, their grid, and how many matches caps cut."""
    known, numbers, rows = scratch
    new_a, new_b, counts, shares = numbered((stems_a, stems_b), share, known, numbers)
    tokens = len(new_a) + len(new_b)
    chance = chances(counts, shares, tokens)
    filled, grid, cut = find_matches(new_a, new_b, counts, chance, rows[: room_for(tokens)])
    rows = rows[:filled]
    pair = Pair(
        (_text(new_a, edges_a, rows, 0), _text(new_b, edges_b, rows, 1)),
        chance,
        (_sight(len(new_a)), _sight(len(new_b))),
        (np.zeros(len(chance), np.int64), np.zeros(len(chance), np.int64)),
        np.zeros(1, np.int64),
    )
    return pair, grid, cut


@subroutine
def scratch_for(offsets, a_rows, b_rows, stems):
    """Scratch for the largest of these pairs."""
    most = np.int64(0)
    for k in range(len(a_rows)):
        a, b = a_rows[k], b_rows[k]
        most = max(most, offsets[a + 1] - offsets[a] + offsets[b + 1] - offsets[b])
    rows = np.empty((room_for(most), 3), np.int32)
    return np.full(stems, -1, np.int32), np.empty(most, np.int32), rows


@subroutine
def _summaries(pair, weights, boxes, ratio, found, features, likeness):
    """Each side tried as a summary of the other, where it is short enough."""
    sizes = (len(pair.texts[0].stems), len(pair.texts[1].stems))
    for side in range(2):
        if sizes[side] > ratio * sizes[1 - side]:
            continue
        box = summary_box(pair, weights, side)
        if box.a0 < box.a1 and box.b0 < box.b1:
            out = np.empty(_FEATURES)
            beside = max(sizes[0], sizes[1])
            likeness.append(measure_box(pair, weights, box, side, beside, out))
            measure_rivals(pair, boxes, box, side, out)
            found.append((box.a0, box.a1, box.b0, box.b1, box.kind, side + 1))
            features.append(out)


@kernel
def retold_boxes(
    stems: I32,
    offsets: I64,
    share: F64,
    bounds: I64,
    edges: U8,
    a_rows: I64,
    b_rows: I64,
    a_edges: I64,
    b_edges: I64,
    tokens: I64,
    starts: I64,
    stops: I64,
    ratio: float,
) -> tuple[I64, I64, F64, F64, I64]:
    """Boxes of A × B that may be retold passages.

    Args:
        stems, offsets: of all documents; −1 where a token is masked.
        share: [V] share of each stem in all text.
        bounds, edges: of `edge_classes`.
        a_rows, b_rows: [m] the pairs.
        a_edges, b_edges: [m] where their edges stand in `bounds`.
        tokens, starts, stops: `Weights`.
        ratio: a side is tried as a summary of the other where its text is at most so many times
            as long.

    Returns:
        counts [m]; per box its tokens in A and in B (half open, by place in the document), its
        class, and 0, or 1 for a summary in A, 2 for one in B; its `FEATURES`; its similarity and
        its share of tokens in long runs; [2] matches that were cut, and pairs with seeds left.
    """
    weights = Weights(tokens, starts, stops)
    counts, lost = np.zeros(len(a_rows), np.int64), np.zeros(2, np.int64)
    found = [(0, 0, 0, 0, 0, 0) for _ in range(0)]
    features = [np.empty(0) for _ in range(0)]
    likeness = [(0.0, 0.0) for _ in range(0)]
    scratch = scratch_for(offsets, a_rows, b_rows, len(share))
    first_side = np.int64(0)
    for k in range(len(a_rows)):
        a, a_stop = offsets[a_rows[k]], offsets[a_rows[k] + 1]
        b, b_stop = offsets[b_rows[k]], offsets[b_rows[k] + 1]
        at, to = a_edges[k], b_edges[k]
        if a == a_stop or b == b_stop:
            continue
        pair, grid, cut = pair_of(
            stems[a:a_stop], stems[b:b_stop], share, edges[bounds[at] : bounds[at + 1]],
            edges[bounds[to] : bounds[to + 1]], scratch,
        )  # fmt: skip
        boxes, left = boxes_from_seeds(pair, weights, grid)
        lost[0] += cut
        lost[1] += left
        before = len(found)
        if len(boxes):
            boxes = strongest(boxes)
            for box in boxes:
                out = np.empty(_FEATURES)
                likeness.append(measure_box(pair, weights, box, first_side, BESIDE, out))
                found.append((box.a0, box.a1, box.b0, box.b1, box.kind, 0))
                features.append(out)
            _summaries(pair, weights, boxes, ratio, found, features, likeness)
        counts[k] = len(found) - before
    table, measured = np.empty((len(found), _BOX), np.int64), np.empty((len(found), _FEATURES))
    alike = np.empty((len(found), 2))
    for r in range(len(found)):
        table[r] = found[r]
        measured[r] = features[r]
        alike[r] = likeness[r]
    return counts, table, measured, alike, lost
