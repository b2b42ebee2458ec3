"""Boxes of retold text, kernel by kernel, against their plain twins."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive_passages import (
    naive_chance,
    prepared,
    two_texts,
)

from pipeline.kernels.boxes import box_sums, longest_bare, see
from pipeline.kernels.choice import choose_boxes
from pipeline.kernels.matches import (
    CONTENT,
)
from pipeline.kernels.scores import segment
from pipeline.kernels.summaries import best_window, told_hull
from pipeline.kernels.trees import LEAF, tree_sums

_STEMS = st.lists(st.sampled_from([0, 1, 38, -1]), min_size=1, max_size=40)
_GAPS = st.text(" \n.!?,;)\"'“”。\u200d-😀", max_size=5)
_WORDS = st.sampled_from(["a", "Lorvik", "é", "e\u0301a", "7", "س", "½", "中", "ß"])


@settings(max_examples=200)
@given(st.integers(0, 1 << 20))
def test_the_best_stretch(seed):
    """By trying all of them."""
    draw = np.random.default_rng(seed)
    a = np.where(draw.random(draw.integers(1, 25)) < 0.05, -1, 0).tolist()
    pair, _, _ = prepared(a, [0])
    text, sight = pair.texts[0], pair.sights[0]
    text.edges[:] = draw.integers(0, 3, len(a) + 1)
    sight.kinds[:], sight.buckets[:] = draw.integers(0, 2, (2, len(a)))
    scores = draw.integers(-3, 4, (2, 2))
    starts, stops = draw.integers(-4, 5, (2, 3))
    low, first, last, high = np.sort(draw.integers(0, len(a) + 1, 4)).tolist()
    assume(first < last)
    values = {
        (e, s): starts[text.edges[s]]
        + sum(scores[sight.buckets[i], sight.kinds[i]] for i in range(s, e))
        + stops[text.edges[e]]
        for s in range(low, last)
        for e in range(max(s, first) + 1, high + 1)
        if all(a[i] >= 0 for i in range(s, e))
    }
    found = segment(text, sight, scores, starts, stops, low, high, first, last)
    if values:
        best = max(values.values())
        e, s = min(place for place, value in values.items() if value == best)
        assert found == (s, e, best)
    else:
        assert found[:2] == (first, last)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_sums_of_nine_cells(n, m, seed):
    cells = np.random.default_rng(seed).integers(0, 9, (n, m))
    sums = np.zeros_like(cells)
    box_sums(cells, sums, -1, n + 3, 0, m)
    padded = np.pad(cells, 1)
    expected = sum(padded[x : x + n, y : y + m] for x in range(3) for y in range(3))
    assert np.array_equal(sums, expected)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(1, 8))
def test_the_best_window(kinds, size):
    pair, _, _ = prepared([0] * len(kinds), [0])
    sight = pair.sights[0]
    sight.kinds[:], sight.buckets[:] = kinds, 0
    scores = np.array([[-2, 0, 1, 4]])
    sums = [sum(scores[0, kinds[i : i + size]]) for i in range(len(kinds) - size + 1)]
    expected = int(np.argmax(sums)) if sums else 0
    assert best_window(sight, scores, size) == expected


@given(_STEMS, st.data())
def test_the_longest_stretch_without_a_masked_token(a, data):
    pair, _, _ = prepared(a, [0])
    first = data.draw(st.integers(0, len(a) - 1))
    last = data.draw(st.integers(first, len(a)))
    spans = [
        (s, e)
        for s in range(first, last)
        for e in range(s + 1, last + 1)
        if all(stem >= 0 for stem in a[s:e])
    ]
    expected = min(spans, key=lambda span: (span[0] - span[1], span[0]), default=(first, first))
    assert longest_bare(pair.texts[0], first, last) == expected


@given(st.integers(0, 1 << 20))
def test_the_hull_of_what_is_told(seed):
    a, b = two_texts(seed)
    pair, _, _ = prepared(a, b)
    see(pair, np.int64(0), np.int64(0), np.int64(len(a)), np.int64(0), np.int64(len(b)))
    chance = naive_chance(a, b)
    stretches, own = [], []
    for i, stem in enumerate([*a, -1]):
        if stem < 0:
            stretches.append(own)
            own = []
        elif stem in b and chance[stem] < CONTENT:
            own.append(i)
    best = max(stretches, key=len)
    expected = (best[0], best[-1] + 1) if best else (0, 0)
    assert told_hull(pair.texts[0], pair.chance, pair.sights[0]) == expected


_BOX = st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(1, 4)] * 2)
_ROW = st.tuples(_BOX, st.integers(0, 2), st.integers(0, 3), st.booleans())


@given(st.lists(st.lists(_ROW, max_size=5), min_size=1, max_size=3))
def test_a_summary_takes_the_place_of_boxes_that_it_meets(pairs):
    rows = [row for own in pairs for row in own]
    boxes = np.array([(x, x + n, y, y + m) for (x, y, n, m), *_ in rows], np.int64).reshape(-1, 4)
    columns = [np.array([row[at] for row in rows]) for at in (1, 2, 3)]
    kept = choose_boxes(
        np.array([len(own) for own in pairs]), boxes, columns[0].astype(np.int64),
        columns[1].astype(np.float64), columns[2].astype(np.bool_),
    )  # fmt: skip
    at = 0
    for own in pairs:
        some = [k for k in range(len(own)) if own[k][3]]
        best = max((k for k in some if own[k][1]), key=lambda k: (own[k][2], -k), default=None)
        for k in range(len(own)):
            expected = k in some and not own[k][1]
            if best is not None and expected:
                sides = [
                    set(range(*boxes[at + k, s : s + 2])) & set(range(*boxes[at + best, s : s + 2]))
                    for s in (0, 2)
                ]
                expected = not all(sides)
            assert kept[at + k] == (expected or k == best)
        at += len(own)


@given(st.lists(st.lists(st.floats(-2, 2), min_size=3, max_size=3), max_size=5), st.integers(0, 99))
def test_trees(rows, seed):
    chance = np.random.default_rng(seed)
    nodes = []

    def grow(depth):
        at = len(nodes)
        nodes.append(None)
        if depth == 0 or chance.random() < 0.3:
            nodes[at] = (LEAF, 0.0, 0, 0, float(chance.integers(-4, 5)))
        else:
            feature, threshold = int(chance.integers(3)), float(chance.normal())
            nodes[at] = (feature, threshold, grow(depth - 1), grow(depth - 1), 0.0)
        return at

    roots = [grow(3) for _ in range(3)]

    def answer(row, at):
        feature, threshold, low, high, value = nodes[at]
        if feature == LEAF:
            return value
        return answer(row, low if row[feature] <= threshold else high)

    types = (np.int32, np.float64, np.int32, np.int32, np.float64)
    columns = [np.array(c, t) for c, t in zip(zip(*nodes, strict=True), types, strict=True)]
    table = np.array(rows, np.float64).reshape(-1, 3)
    found = tree_sums(table, np.array(roots, np.int32), *columns)
    assert found.tolist() == [sum(answer(row, root) for root in roots) for row in rows]
