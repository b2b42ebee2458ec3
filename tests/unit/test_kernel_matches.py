"""Edges, matches and sentence links against their plain twins."""

import math

import numpy as np
import polars as pl
import pytest
from conftest import documents
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive_passages import (
    SHARE,
    naive_chance,
    naive_edge,
    naive_matches,
    naive_sentences,
    prepared,
    stems_of,
    two_texts,
)

from pipeline.kernels import edges
from pipeline.kernels.boxes import see
from pipeline.kernels.chances import chances, frequent, numbered
from pipeline.kernels.characters import characters
from pipeline.kernels.edges import edge_classes
from pipeline.kernels.matches import (
    ALONE,
    CONTENT,
    NONE,
    find_matches,
    room_for,
)
from pipeline.kernels.scores import BUCKETS, LIMITS
from pipeline.kernels.sentence_links import sentence_links
from pipeline.kernels.tokens import SENTENCE_FLAG
from pipeline.stages.strings import strings_of

_SEEDS = st.integers(0, 1 << 20)
_GAPS = st.text(" \n.!?,;)\"'“”。\u200d-😀", max_size=5)
_WORDS = st.sampled_from(["a", "Lorvik", "é", "e\u0301a", "7", "س", "½", "中", "ß"])


@settings(max_examples=200)
@given(_SEEDS)
def test_matches_and_their_cells(seed):
    a, b = two_texts(seed)
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


@given(_SEEDS, st.data())
def test_the_sight_of_one_text_from_a_stretch_of_the_other(seed, data):
    a, b = two_texts(seed)
    pair, _, _ = prepared(a, b)
    side = data.draw(st.integers(0, 1))
    own, other = ((a, b), (b, a))[side]
    first = data.draw(st.integers(0, len(other) - 1))
    last = data.draw(st.integers(first + 1, len(other)))
    see(pair, np.int64(side), np.int64(0), np.int64(len(own)), np.int64(first), np.int64(last))
    kinds, chance = naive_matches(a, b), naive_chance(a, b)
    for i, stem in enumerate(own):
        at = [(i, j) if side == 0 else (j, i) for j in range(first, last)]
        assert pair.sights[side].kinds[i] == max(kinds.get(place, NONE) for place in at)
        if stem >= 0:
            q = 1 - math.exp(-(last - first) * chance[stem])
            bounds = (0.003, 0.01, 0.03, 0.1, 0.3, 0.7)
            assert pair.sights[side].buckets[i] == sum(q >= bound - 1e-12 for bound in bounds)
    assert len(LIMITS) == BUCKETS - 1


@given(st.lists(st.lists(st.tuples(_GAPS, _WORDS), max_size=8), min_size=1, max_size=3), _GAPS)
@example([[("", "a"), (".) ", "a"), ("\u200d", "½"), ("", "Lorvik")]], "")
def test_edges(texts, tail):
    texts = ["".join(gap + word for gap, word in parts) + tail for parts in texts]
    made, strings = documents(texts), strings_of(pl.Series(texts))
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


@settings(max_examples=200)
@given(_SEEDS)
def test_sentence_links(seed):
    a, b = two_texts(seed)
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
