"""Recurring blocks: units, who testifies, what is masked."""

import naive
import numpy as np
import pytest
from conftest import documents, words
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.blocks import count_distinct, frequent_units
from pipeline.kernels.masking import mask_blocks, masked_runs, unmasked_counts
from pipeline.kernels.tokens import MASKED_FLAG

_RUN = 8


def units(text: str, run: int = _RUN) -> list[int]:
    made = documents([text])
    one = np.array([0])
    owners, hashes = frequent_units(made.tokens, made.flags, made.offsets, one, run, 1)
    assert owners.tolist() == [0] * len(hashes)
    return hashes.tolist()


@st.composite
def holdings(draw):
    articles = draw(st.integers(1, 8))
    rests = draw(
        st.lists(st.sets(st.integers(0, 12), max_size=10), min_size=articles, max_size=articles)
    )
    witness = draw(st.lists(st.booleans(), min_size=articles, max_size=articles))
    holders = draw(st.lists(st.sets(st.integers(0, articles - 1), min_size=1), max_size=6))
    return [sorted(one) for one in holders], rests, witness


@settings(max_examples=200)
@given(holdings(), st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.integers(2, 5))
def test_count_distinct(holding, shared, enough):
    holders, rests, witness = holding
    found = count_distinct(
        np.cumsum([0, *map(len, holders)]).astype(np.int64),
        np.array([row for one in holders for row in one], np.int64),
        np.array([value for one in rests for value in sorted(one)], np.uint64),
        np.cumsum([0, *map(len, rests)]).astype(np.int64),
        np.array(witness), shared, enough,
    )  # fmt: skip
    assert found.tolist() == naive.count_distinct(holders, rests, witness, shared, enough)


def test_units_are_runs_lines_and_sentences():
    first, second = " ".join(words(1, 10)).capitalize(), " ".join(words(2, 6)).capitalize()
    one_line = units(f"{first}. {second}.")
    # 9 runs, two sentences, one line.
    assert len(one_line) == 9 + 2 + 1
    two_lines = units(f"{first}.\n{second}.")
    assert len(two_lines) == 9 + 2 + 2
    assert set(units(f"{first}."[:-1])) <= set(two_lines)


def test_a_wrapped_line_is_one_line():
    stream = words(3, 30)
    flowing = units(" ".join(stream))
    wrapped = units("\n".join(" ".join(stream[at : at + 6]) for at in range(0, 30, 6)))
    assert flowing == wrapped


def test_numbers_are_alike_and_words_are_not():
    one = units("Page 3 of the printed edition of 7 May", 12)
    assert one == units("page 12 of the printed edition of 400 May", 12)
    assert one != units("Leaf 3 of the printed edition of 7 May", 12)


def test_numbers_count_in_blocks_that_are_full_of_them():
    assert units("Lorvik 3 Tamsa 1", 12) != units("Lorvik 2 Tamsa 2", 12)


def test_short_sentences_are_no_units():
    assert len(units("Yes. No. Maybe so.", 20)) == 1


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_at_most_the_share_is_masked_and_the_most_widespread_goes_first(head, tail, share):
    """A text of three parts: a head known from 9 articles, a body, a tail known from 5."""
    made = documents([" ".join(words("head", head) + words("body", 30) + words("tail", tail))])
    heads, tails = units(" ".join(words("head", head))), units(" ".join(words("tail", tail)))
    learned = dict.fromkeys(heads[: max(0, head - 7)], 9) | dict.fromkeys(
        tails[: max(0, tail - 7)], 5
    )
    flags = made.flags.copy()
    mask_blocks(
        made.tokens, flags, made.offsets, np.array([0]), _RUN,
        np.array(list(learned), np.uint64), np.array(list(learned.values()), np.int64), share,
    )  # fmt: skip
    hidden = (flags & MASKED_FLAG) != 0
    size = len(flags)
    assert hidden.sum() <= share * size
    assert not hidden[head : head + 30].any()
    in_head, in_tail = hidden[:head], hidden[head + 30 :]
    for part, name in ((in_head, head), (in_tail, tail)):
        masked = int(part.sum())
        assert part[:masked].all(), "what doesn't fit is at the end"
        if name < _RUN:
            assert not part.any()
    if head >= _RUN and head <= share * size:
        assert in_head.all()
    known = (head if head >= _RUN else 0) + (tail if tail >= _RUN else 0)
    assert hidden.sum() == min(known, int(share * size))
    if tail >= _RUN and (head if head >= _RUN else 0) + tail <= share * size:
        assert in_tail.all()


@pytest.mark.parametrize(
    ("hidden", "runs"),
    [
        ([], []),
        ([0], [(0, 1)]),
        ([0, 1, 5, 6, 9], [(0, 2), (5, 7), (9, 10)]),
        (range(10), [(0, 10)]),
    ],
)
def test_masked_runs(hidden, runs):
    made = documents([" ".join(words(1, 4)), " ".join(words(2, 10))], [[], list(hidden)])
    rows, first, last, _ = masked_runs(made.tokens, made.flags, made.offsets, np.arange(2))
    assert rows.tolist() == [1] * len(runs)
    assert list(zip((first - 4).tolist(), (last - 4).tolist(), strict=True)) == runs


def test_masked_runs_of_the_same_words_have_one_hash():
    texts = ["Page 3 of the paper", "page 4 of the paper mill", "Leaf 3 of the paper"]
    made = documents(texts, [range(5)] * 3)
    *_, hashes = masked_runs(made.tokens, made.flags, made.offsets, np.arange(3))
    assert hashes[0] == hashes[1] != hashes[2]


@given(st.lists(st.lists(st.booleans(), max_size=9)))
def test_unmasked_tokens_are_counted(hidden):
    flags = np.array([MASKED_FLAG * it | 1 for row in hidden for it in row], np.uint8)
    offsets = np.cumsum([0, *(len(row) for row in hidden)], dtype=np.int64)
    assert unmasked_counts(flags, offsets).tolist() == [row.count(False) for row in hidden]
