"""Passages: each claim is true, long copies are found whole, hostile texts end."""

import itertools
import random
from itertools import chain

import naive
import numpy as np
import pytest
from conftest import documents, words
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.kernels.align import align
from pipeline.kernels.tokens import MASKED_FLAG, QUOTED_FLAG

_SEED, _GAP, _LEAST = 5, 8, 12


def aligned(a, b, flags_a=(), flags_b=(), size=_SEED, gap=_GAP, least=_LEAST):
    """Passages of two token lists; places on B's side count from B's start."""
    flags = [*(flags_a or [0] * len(a)), *(flags_b or [0] * len(b))]
    counts, rows = align(
        np.array([*a, *b], np.uint64), np.array(flags, np.uint8),
        np.array([0, len(a), len(a) + len(b)], np.int64),
        np.array([0]), np.array([1]), size, gap, least,
    )  # fmt: skip
    assert counts.tolist() == [len(rows)]
    back = np.array([0, 0, len(a), len(a), 0, 0])
    return [tuple(map(int, row)) for row in rows - back]


def check(a, b, flags_a, flags_b, found, size, gap, least):
    """All that a passage claims, whatever the texts."""
    taken_a, taken_b = set(), set()
    assert found == sorted(found), "passages stand in A's order"
    for i0, i1, j0, j1, equal, quoted in found:
        assert 0 <= i0 < i1 <= len(a)
        assert 0 <= j0 < j1 <= len(b)
        inside_a, inside_b = set(range(i0, i1)), set(range(j0, j1))
        assert not inside_a & taken_a
        assert not inside_b & taken_b
        taken_a |= inside_a
        taken_b |= inside_b
        assert not any(flags_a[i] & MASKED_FLAG for i in inside_a)
        assert not any(flags_b[j] & MASKED_FLAG for j in inside_b)
        assert a[i0] == b[j0]
        assert a[i1 - 1] == b[j1 - 1]
        assert size <= equal <= common_subsequence(a[i0:i1], b[j0:j1])
        assert max(i1 - i0, j1 - j0) >= min(least, len(a), len(b))
        assert quoted == max(
            sum(bool(flag & QUOTED_FLAG) for flag in flags_a[i0:i1]),
            sum(bool(flag & QUOTED_FLAG) for flag in flags_b[j0:j1]),
        )


def common_subsequence(x, y) -> int:
    """Length of the longest common subsequence: no alignment can hold more equal tokens."""
    row = [0] * (len(y) + 1)
    for token in x:
        before = 0
        for j, other in enumerate(y):
            above = row[j + 1]
            row[j + 1] = before + 1 if token == other else max(above, row[j])
            before = above
    return row[-1]


@st.composite
def edited_pairs(draw):
    """B is stitched from pieces of A, edits and foreign tokens; both may repeat themselves."""
    variety = draw(st.sampled_from([2, 5, 1000]))
    chance = random.Random(draw(st.integers(0, 10_000)))
    a = [chance.randrange(variety) for _ in range(draw(st.integers(0, 90)))]
    b = []
    for _ in range(draw(st.integers(0, 6))):
        first = chance.randrange(len(a) + 1)
        b += a[first : first + chance.choice([3, 6, 15, 40])]
        b += [chance.randrange(variety) for _ in range(chance.choice([0, 1, 2, 5, 12]))]
    hidden = draw(st.booleans())
    flags_a = [chance.choice([0] * 12 + [1, 1, 32 if hidden else 0]) for _ in a]
    flags_b = [chance.choice([0] * 12 + [1, 1, 32 if hidden else 0]) for _ in b]
    return a, b, flags_a, flags_b


@settings(max_examples=400)
@given(edited_pairs())
def test_what_a_passage_claims_is_true(pair):
    a, b, flags_a, flags_b = pair
    found = aligned(a, b, flags_a, flags_b)
    check(a, b, flags_a, flags_b, found, _SEED, _GAP, _LEAST)


@settings(max_examples=300)
@given(edited_pairs(), st.integers(2, 7), st.integers(0, 10), st.integers(1, 14))
def test_what_a_passage_claims_is_true_for_other_settings(pair, size, gap, least):
    a, b, flags_a, flags_b = pair
    found = aligned(a, b, flags_a, flags_b, size, gap, least)
    check(a, b, flags_a, flags_b, found, size, gap, least)


def test_passages_do_not_overlap_in_b():
    """A list whose lines of six tokens were put into another order: odd ones first."""
    lines = [list(range(10 * line, 10 * line + 6)) for line in range(8)]
    a = list(chain(*lines[::2], *lines[1::2]))
    b = list(chain(*lines))
    taken = set()
    for _, _, j0, j1, *_ in aligned(a, b):
        assert not taken & set(range(j0, j1))
        taken |= set(range(j0, j1))


@st.composite
def shared_passages(draw):
    """Two unrelated texts without repeats, and passages of 12 to 60 tokens that both hold."""
    lengths = draw(st.lists(st.integers(12, 60), min_size=1, max_size=4))
    order = draw(st.permutations(range(len(lengths))))
    gaps = draw(
        st.lists(st.integers(9, 40), min_size=2 * len(lengths) + 2, max_size=2 * len(lengths) + 2)
    )
    fresh = iter(range(1, 100_000))
    passages = [[next(fresh) for _ in range(length)] for length in lengths]
    spaces = [[next(fresh) for _ in range(gap)] for gap in gaps]
    a = spaces.pop()
    for passage in passages:
        a = a + passage + spaces.pop()
    b = spaces.pop()
    for i in order:
        b = b + passages[i] + spaces.pop()
    return a, b, passages


@settings(max_examples=200)
@given(shared_passages())
def test_long_shared_passages_are_found_whole(pair):
    a, b, passages = pair
    found = aligned(a, b)
    assert [a[i0:i1] for i0, i1, *_ in found] == passages
    assert [b[j0:j1] for _, _, j0, j1, *_ in found] == passages
    runs = {(i0, j0, i1 - i0) for i0, i1, j0, *_ in found}
    assert runs == naive.longest_common_runs(a, b, _LEAST)
    assert [equal for *_, equal, _ in found] == [len(passage) for passage in passages]


@st.composite
def edited_copies(draw):
    """A text without repeats and a copy with tokens replaced, left out and put in."""
    a = list(range(draw(st.integers(12, 200))))
    b, fresh = [], iter(range(1000, 100_000))
    for token in a:
        edit = draw(st.sampled_from(["keep"] * 12 + ["replace", "drop", "insert"]))
        b += {
            "keep": [token],
            "replace": [next(fresh)],
            "drop": [],
            "insert": [next(fresh), token],
        }[edit]
    return a, b


@settings(max_examples=200)
@given(edited_copies())
def test_the_two_sides_are_alike(pair):
    """Without repeats, B beside A covers the same tokens as A beside B."""
    a, b = pair
    there = aligned(a, b)
    back = aligned(b, a)
    assert there == sorted((j0, j1, i0, i1, *rest) for i0, i1, j0, j1, *rest in back)


@given(st.lists(st.integers(0, 3) | st.integers(0, 1000), min_size=5, max_size=80))
def test_identical_texts_are_one_passage(text):
    assert aligned(text, text) == [(0, len(text), 0, len(text), len(text), 0)]


def test_small_edits_lie_inside_one_passage():
    a = list(range(60))
    b = [*range(20), 900, 901, *range(22, 40), *range(41, 60)]
    assert aligned(a, b) == [(0, 60, 0, 59, 57, 0)]


def test_large_edits_part_passages():
    a = list(range(60))
    b = [*range(25), *range(900, 910), *range(25, 60)]
    assert [row[:4] for row in aligned(a, b)] == [(0, 25, 0, 25), (25, 60, 35, 70)]


def test_passages_grow_over_edits_that_are_too_dense_for_seeds():
    a = list(range(40))
    b = [*range(20), 900, 21, 22, 23, 901, 25, 26, 27, 902, 903, 31, 32, 33]
    assert aligned(a, b)[0][:4] == (0, 34, 0, 33)


def test_chance_runs_are_no_passages():
    a, b = list(range(100)), list(range(200, 300))
    b[40:51] = a[10:21]
    assert aligned(a, b) == []
    b[40:52] = a[10:22]
    assert [row[:4] for row in aligned(a, b)] == [(10, 22, 40, 52)]


def test_short_texts_may_be_passages_whole():
    assert aligned(list(range(7)), list(range(60))) == [(0, 7, 0, 7, 7, 0)]
    assert aligned(list(range(4)), list(range(4))) == []


@pytest.mark.parametrize("side", ["a", "b"])
def test_nothing_crosses_masked_tokens(side):
    text = list(range(40))
    hidden = [int(MASKED_FLAG) if i == 20 else 0 for i in text]
    plain = [0] * 40
    flags = (hidden, plain) if side == "a" else (plain, hidden)
    assert [row[:2] for row in aligned(text, text, *flags)] == [(0, 20), (21, 40)]


def test_quoted_tokens_are_those_of_the_side_with_more():
    text = list(range(20))
    assert aligned(text, text, [1] * 6 + [0] * 14, [0] * 20) == [(0, 20, 0, 20, 20, 6)]
    assert aligned(text, text, [1] * 6 + [0] * 14, [1] * 9 + [0] * 11) == [(0, 20, 0, 20, 20, 9)]


@settings(max_examples=10)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(0, 40))
@example([1], 0)
@example([1, 2], 0)
def test_texts_that_repeat_themselves(period, odd):
    """20,000 tokens of one refrain, with or without other tokens strewn in."""
    chance = random.Random(odd)
    a = (period * 20_000)[:20_000]
    b = list(a)
    for _ in range(odd):
        b[chance.randrange(len(b))] = 9
    found = aligned(a, b)
    taken_a = sorted((i0, i1) for i0, i1, *_ in found)
    taken_b = sorted((j0, j1) for _, _, j0, j1, *_ in found)
    for spans in (taken_a, taken_b):
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    for i0, i1, j0, j1, equal, _ in found:
        assert equal <= min(i1 - i0, j1 - j0)
    assert found
    if odd == 0:
        assert found == [(0, 20_000, 0, 20_000, 20_000, 0)]


def test_pairs_in_any_order_give_what_each_gives_alone():
    """A's index is kept from pair to pair."""
    pieces = [words(i, 30) for i in range(4)]
    texts = [" ".join(pieces[i] + pieces[(i + 1) % 4]) for i in range(4)]
    made = documents(texts)
    arguments = (made.tokens, made.flags, made.offsets)
    a, b = np.array([0, 0, 0, 1, 0, 2]), np.array([1, 2, 3, 2, 1, 3])
    counts, rows = align(*arguments, a, b, _SEED, _GAP, _LEAST)
    alone = [align(*arguments, a[[m]], b[[m]], _SEED, _GAP, _LEAST) for m in range(len(a))]
    assert counts.tolist() == [int(count[0]) for count, _ in alone] == [1, 0, 1, 1, 1, 1]
    assert np.array_equal(rows, np.concatenate([part for _, part in alone]))
