"""Retold passages, kernel by kernel, against their plain twins."""

import math
import re
import unicodedata

import numpy as np
import pytest
from conftest import documents
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.kernels import edges
from pipeline.kernels.boxes import box_sums, longest_bare, see
from pipeline.kernels.characters import characters
from pipeline.kernels.choice import choose_boxes
from pipeline.kernels.edges import edge_classes
from pipeline.kernels.matches import (
    ALONE,
    CONTENT,
    NEAR,
    NONE,
    RUN,
    SHORT_RUN,
    chances,
    find_matches,
    frequent,
    numbered,
    room_for,
)
from pipeline.kernels.retold import pair_of, scratch_for
from pipeline.kernels.scores import BUCKETS, LIMITS, segment
from pipeline.kernels.sentence_links import sentence_links
from pipeline.kernels.summaries import best_window, told_hull
from pipeline.kernels.tokens import SENTENCE_FLAG
from pipeline.kernels.trees import LEAF, tree_sums
from pipeline.stages.strings import strings_of

# Five content stems and three that are in every text.
SHARE = np.array([1e-6, 1e-5, 1e-5, 1e-4, 5e-4, 0.01, 0.03, 0.06])
_STEMS = st.lists(st.sampled_from([*range(8), 6, 7, -1]), min_size=1, max_size=40)
_GAPS = st.text(" \n.!?,;)\"'“”。\u200d-😀", max_size=5)
_WORDS = st.sampled_from(["a", "Lorvik", "é", "e\u0301a", "7", "س", "½", "中", "ß"])


def stems_of(values):
    return np.array(values, np.int32)


def prepared(a, b):
    """A pair of `pair_of`, its grid, and what was cut."""
    offsets = np.array([0, len(a), len(a) + len(b)])
    scratch = scratch_for(offsets, np.array([0]), np.array([1]), len(SHARE))
    edge = [np.zeros(len(side) + 1, np.uint8) for side in (a, b)]
    return pair_of(stems_of(a), stems_of(b), SHARE, *edge, scratch)


def naive_chance(a, b):
    together = [stem for stem in (*a, *b) if stem >= 0]
    tokens = len(a) + len(b) + 300
    return {s: max(SHARE[s], (together.count(s) - 2) / tokens) for s in set(together)}


def naive_matches(a, b):
    """(i, j) → category of each pair of equal stems."""
    chance = naive_chance(a, b)
    equal = {(i, j) for i, s in enumerate(a) for j, t in enumerate(b) if s == t and s >= 0}
    content = {(i, j) for i, j in equal if chance[a[i]] < CONTENT}
    kinds = {}
    for i, j in equal:
        run = {(i, j)}
        for step in (1, -1):
            x, y = i + step, j + step
            while (x, y) in equal:
                run.add((x, y))
                x, y = x + step, y + step
        near = any(
            (x, y) in content and x != i and y != j
            for x in range(i - 4, i + 5)
            for y in range(j - 4, j + 5)
        )
        if len(run) >= 4:
            kinds[i, j] = RUN
        elif run & content and len(run) > 1:
            kinds[i, j] = SHORT_RUN
        elif (i, j) in content and near:
            kinds[i, j] = NEAR
        else:
            kinds[i, j] = ALONE
    return kinds


@given(_STEMS, _STEMS)
@example([0, 6, 1, 7, 2, 6], [0, 6, 1, 7, 2, 6])
def test_matches_and_their_cells(a, b):
    known = np.full(len(SHARE), -1, np.int32)
    names = np.empty(len(a) + len(b), np.int32)
    new_a, new_b, counts, shares = numbered((stems_of(a), stems_of(b)), SHARE, known, names)
    assert np.all(known == -1)
    chance = chances(counts, shares, len(a) + len(b))
    plain = naive_chance(a, b)
    assert {int(names[k]): chance[k] for k in range(len(chance))} == pytest.approx(plain)
    rows = np.empty((room_for(len(a) + len(b)), 3), np.int32)
    filled, grid, cut = find_matches(new_a, new_b, counts, chance, rows)
    expected = naive_matches(a, b)
    strong = sorted((i, j, kind) for (i, j), kind in expected.items() if kind > ALONE)
    assert sorted(map(tuple, rows[:filled].tolist())) == strong
    assert cut == 0
    cells = np.zeros_like(grid.cells)
    for (i, j), kind in expected.items():
        if plain[a[i]] < CONTENT:
            told = max(0.0, -math.log(plain[a[i]]) - 5) / max(a.count(a[i]), b.count(a[i]))
            cells[i >> 4, j >> 4] += int(1000 * (0, 0.3, 1, 1.3, 1.5)[kind] * told)
    assert np.abs(grid.cells - cells).max() <= 1


def test_stems_beyond_the_budget_are_passed_over_and_counted():
    counts = np.array([[900, 2, 3], [800, 2, 1]])
    skipped, cut = frequent(counts, 1700)
    assert skipped.tolist() == [True, False, False]
    assert cut == 720_000


@given(_STEMS, _STEMS, st.data())
def test_the_sight_of_one_text_from_a_stretch_of_the_other(a, b, data):
    pair, _, _ = prepared(a, b)
    side = data.draw(st.integers(0, 1))
    own, other = ((a, b), (b, a))[side]
    first = data.draw(st.integers(0, len(other) - 1))
    last = data.draw(st.integers(first + 1, len(other)))
    see(pair, np.int64(side), np.int64(0), np.int64(len(own)), np.int64(first), np.int64(last))
    kinds, chance = naive_matches(a, b), naive_chance(a, b)
    for i, stem in enumerate(own):
        at = [(i, j) if side == 0 else (j, i) for j in range(first, last)]
        assert pair.sights[side].kinds[i] == max((kinds.get(place, NONE) for place in at))
        if stem >= 0:
            q = 1 - math.exp(-(last - first) * chance[stem])
            bounds = (0.003, 0.01, 0.03, 0.1, 0.3, 0.7)
            assert pair.sights[side].buckets[i] == sum(q >= bound - 1e-12 for bound in bounds)
    assert len(LIMITS) == BUCKETS - 1


@given(_STEMS, st.data())
def test_the_best_stretch(a, data):
    """By trying all of them."""
    pair, _, _ = prepared(a, [0])
    text, sight = pair.texts[0], pair.sights[0]
    draw = np.random.default_rng(data.draw(st.integers(0, 999)))
    text.edges[:] = draw.integers(0, 3, len(a) + 1)
    sight.kinds[:], sight.buckets[:] = draw.integers(0, 2, (2, len(a)))
    scores = draw.integers(-3, 4, (2, 2))
    starts, stops = draw.integers(-4, 5, (2, 3))
    low = data.draw(st.integers(0, len(a) - 1))
    high = data.draw(st.integers(low + 1, len(a)))
    first = data.draw(st.integers(low, high - 1))
    last = data.draw(st.integers(first + 1, high))
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


@given(_STEMS, _STEMS)
def test_the_hull_of_what_is_told(a, b):
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


def naive_edge(gap, following):
    lower = unicodedata.category(following) == "Ll"
    breaks = gap.count("\n")
    if breaks > 1:
        return edges.PARAGRAPH
    if breaks == 1:
        return edges.LINE + (not lower)
    if re.search("[.!?][)'\"“”\u200d]*[ ]", gap) or "。" in gap:
        return edges.SENTENCE + (not lower)
    return edges.OTHER if gap.strip(" ") else edges.SPACE


@given(st.lists(st.lists(st.tuples(_GAPS, _WORDS), max_size=8), min_size=1, max_size=3), _GAPS)
@example([[("", "a"), (".) ", "a"), ("\u200d", "½"), ("", "Lorvik")]], "")
def test_edges(texts, tail):
    texts = ["".join(gap + word for gap, word in parts) + tail for parts in texts]
    made, strings = documents(texts), strings_of_texts(texts)
    bounds, classes = edge_classes(
        strings.data, strings.bounds, characters().kinds, np.arange(len(texts)),
        made.offsets, made.gaps, made.widths, made.wide,
    )  # fmt: skip
    for row, text in enumerate(texts):
        own = slice(made.offsets[row], made.offsets[row + 1])
        starts, ends = made.starts[own], made.ends[own]
        expected = [
            naive_edge(text[end:start], text[start])
            for end, start in zip(ends, starts[1:], strict=False)
        ]
        if len(starts):
            expected = [edges.TEXT, *expected]
        assert classes[bounds[row] : bounds[row + 1]].tolist() == [*expected, edges.TEXT]


def strings_of_texts(texts):
    import polars as pl

    return strings_of(pl.Series(texts, dtype=pl.String()))


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
    nodes, roots = [], []

    def grow(depth):
        at = len(nodes)
        nodes.append(None)
        if depth == 0 or chance.random() < 0.3:
            nodes[at] = (LEAF, 0.0, 0, 0, float(chance.integers(-4, 5)))
        else:
            feature, threshold = int(chance.integers(3)), float(chance.normal())
            nodes[at] = (feature, threshold, grow(depth - 1), grow(depth - 1), 0.0)
        return at

    for _ in range(3):
        roots.append(grow(3))

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


def naive_sentences(stems, flags):
    found, own = [], []
    for i, (stem, flag) in enumerate(zip(stems, flags, strict=True)):
        if flag or stem < 0:
            found.append(own)
            own = []
        if stem >= 0:
            own.append(i)
    return [(own[0], own[-1] + 1) for own in [*found, own] if len(own) >= 2]


@given(_STEMS, _STEMS, st.integers(0, 99))
def test_sentence_links(a, b, seed):
    marks = np.random.default_rng(seed).random(len(a) + len(b)) < 0.2
    flags = marks * SENTENCE_FLAG
    offsets = np.array([0, len(a), len(a) + len(b)])
    counts, rows, alike, lost = sentence_links(
        stems_of(a + b), flags, offsets, SHARE, np.array([0]), np.array([1]), 2, 0.2
    )
    told = {s: int(1000 * max(0, -math.log(p) - 5)) for s, p in naive_chance(a, b).items()}
    sides = naive_sentences(a, marks[: len(a)]), naive_sentences(b, marks[len(a) :])
    sets = [
        [{s for s in own[first:last] if told[s]} for first, last in side]
        for own, side in zip((a, b), sides, strict=True)
    ]
    sums = [[sum(told[s] for s in one) for one in side] for side in sets]
    cells = np.zeros((len(sides[0]), len(sides[1])))
    for s, t in np.ndindex(cells.shape):
        shared = sum(told[x] for x in sets[0][s] & sets[1][t])
        if shared:
            cells[s, t] = shared / math.sqrt(sums[0][s] * sums[1][t])
    expected = {
        (s, t): cells[s, t]
        for s, t in np.ndindex(cells.shape)
        if cells[s, t] >= 0.2 and (t == np.argmax(cells[s]) or s == np.argmax(cells[:, t]))
    }
    assert counts.tolist() == [len(expected)]
    assert rows.tolist() == [[*sides[0][s], *sides[1][t]] for s, t in sorted(expected)]
    assert alike == pytest.approx([expected[place] for place in sorted(expected)])
    assert lost == 0
