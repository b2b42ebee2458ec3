"""Shingle sets, signatures and text hashes against their definitions."""

import itertools

import naive
import numpy as np
import pytest
from conftest import documents, words
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Config, Near, Normalise
from pipeline.documents import Shingles
from pipeline.kernels.shingles import shingle_sets
from pipeline.kernels.tokens import MASKED_FLAG, UNSPACED_FLAG
from pipeline.stages.normalise import shingles_of
from pipeline.stages.signatures import sketches_of

_TOKEN = st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from([False, False, False, True]))
_SCRIPTS = [
    (0x61, 0x7A), (0xE0, 0xFF), (0x3B1, 0x3C9), (0x430, 0x44F), (0x5D0, 0x5EA), (0x627, 0x64A),
    (0x905, 0x939), (0xE01, 0xE2E), (0x3041, 0x3093), (0x4E00, 0x4FFF), (0xAC00, 0xAD00),
    (0x10A0, 0x10C5), (0x1D400, 0x1D433), (0x20000, 0x20100), (0x30, 0x39),
]  # fmt: skip


def random_text(seed: int) -> str:
    """0 to 120 words in one to three random scripts."""
    chance = np.random.default_rng(seed)
    scripts = chance.choice(len(_SCRIPTS), chance.integers(1, 4))
    made = []
    for _ in range(chance.integers(0, 121)):
        low, high = _SCRIPTS[chance.choice(scripts)]
        made.append("".join(map(chr, chance.integers(low, high + 1, chance.integers(1, 9)))))
    return " ".join(made)


def as_sets(shingles: Shingles) -> list[list[int]]:
    bounds = shingles.offsets.tolist()
    values = shingles.values.tolist()
    return [values[a:b] for a, b in itertools.pairwise(bounds)]


@settings(max_examples=300)
@given(
    st.lists(st.lists(_TOKEN, max_size=40), max_size=4),
    st.integers(1, 6),
    st.integers(1, 9),
)
def test_shingle_sets(texts, spaced, unspaced):
    flat = [token for text in texts for token in text]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    flags = [UNSPACED_FLAG * wide | MASKED_FLAG * hidden for _, wide, hidden in flat]
    sizes, values = shingle_sets(
        np.array([token for token, *_ in flat], np.uint64), np.array(flags, np.uint8), offsets,
        np.arange(len(texts)), spaced, unspaced,
    )  # fmt: skip
    found = as_sets(Shingles(np.arange(len(sizes)), np.cumsum([0, *sizes]), values))
    expected = [
        sorted(naive.shingles(*zip(*text, strict=True), spaced, unspaced)) if text else []
        for text in texts
    ]
    assert found == expected


@settings(max_examples=100)
@given(
    st.integers(0, 2**32), st.sampled_from([5, 3]), st.sampled_from([8, 4]),
    st.sampled_from([0, 0.002, 0.05]), st.sampled_from([0, 0.01, 0.5, 1]),
)  # fmt: skip
def test_shingles_of_long_texts(seed, spaced, unspaced, hidden, dense):
    """Longer than what is worked on at once."""
    chance = np.random.default_rng(seed)
    size = int(chance.integers(0, 2600))
    tokens = chance.integers(0, 1 << 63, size, np.uint64)
    masked, wide = chance.random(size) < hidden, chance.random(size) < dense
    flags = (MASKED_FLAG * masked + UNSPACED_FLAG * wide).astype(np.uint8)
    offsets = np.array([0, size], np.int64)
    sizes, values = shingle_sets(tokens, flags, offsets, np.array([0]), spaced, unspaced)
    expected = naive.shingles(tokens.tolist(), wide, masked, spaced, unspaced)
    assert values.tolist() == sorted(expected)
    assert sizes.tolist() == [len(expected)]


@given(st.lists(st.integers(0, 9), max_size=12))
def test_sets_of_chosen_documents(rows):
    made = documents([random_text(seed) for seed in range(10)])
    whole = as_sets(shingles_of(made, Normalise()))
    chosen = np.array(rows, np.int64)
    sizes, values = shingle_sets(made.tokens, made.flags, made.offsets, chosen, 5, 8)
    assert as_sets(Shingles(np.arange(len(sizes)), np.cumsum([0, *sizes]), values)) == [
        whole[row] for row in rows
    ]


def test_no_shingle_crosses_what_is_masked():
    text = " ".join(words("x", 12))
    whole = set(as_sets(shingles_of(documents([text]), Normalise()))[0])
    cut = set(as_sets(shingles_of(documents([text], [[6]]), Normalise()))[0])
    assert len(whole) == 8
    assert len(cut) == 3
    assert cut < whole


@pytest.mark.parametrize("text", ["one", "one two three four", "東京都庁"])
def test_a_short_text_has_one_shingle_of_all_its_tokens(text):
    made = documents([text])
    found = as_sets(shingles_of(made, Normalise()))
    assert found == [[naive.hash_of(made.tokens.tolist())]]


def test_shingles_are_longer_in_scripts_without_spaces():
    text = "氷河期の終わりに村は"
    made = documents([text])
    tokens = made.tokens.tolist()
    expected = {naive.hash_of(tokens[at : at + 8]) for at in range(len(text) - 7)}
    assert set(as_sets(shingles_of(made, Normalise()))[0]) == expected


def test_batches_change_nothing():
    made = documents([random_text(seed) for seed in range(30)])
    whole = shingles_of(made, Normalise(), batch=1000)
    for batch in (1, 7):
        parts = shingles_of(made, Normalise(), batch=batch)
        assert np.array_equal(parts.offsets, whole.offsets)
        assert np.array_equal(parts.values, whole.values)


def _datasketch(values: list[int], permutations: int, seed: int) -> list[int]:
    sketch = MinHash(
        permutations, seed, hashfunc=lambda value: value & 0xFFFFFFFF, scheme="affine32"
    )
    sketch.update_batch(values)
    return sketch.hashvalues.tolist()


def test_acceptance_signatures_equal_datasketch_on_1000_random_texts():
    made = documents([random_text(seed) for seed in range(1000)])
    shingles = shingles_of(made, Normalise())
    signatures = sketches_of(made, Config(), batch=300).signatures
    assert signatures.dtype == np.uint32
    different = [
        i
        for i, values in enumerate(as_sets(shingles))
        if signatures[i].tolist() != _datasketch(values, 128, 1)
    ]
    assert different == []
    assert len({tuple(row) for row in signatures.tolist()}) > 950


@pytest.mark.parametrize(("permutations", "seed"), [(1, 1), (64, 1), (128, 42), (200, 0), (257, 7)])
def test_signatures_equal_datasketch_for_other_settings(permutations, seed):
    made = documents([random_text(s) for s in range(40)])
    shingles = shingles_of(made, Normalise())
    config = Config(near=Near(permutations=permutations, seed=seed))
    signatures = sketches_of(made, config).signatures
    expected = [_datasketch(values, permutations, seed) for values in as_sets(shingles)]
    assert signatures.tolist() == expected


def test_text_hashes_tell_normalised_texts_apart():
    texts = ["Ice closes the pass.", "ICE — closes the pass", "Ice closes the", "Thaw", "", " "]
    hashes = documents(texts).text_hash.tolist()
    assert hashes[0] == hashes[1]
    assert hashes[4] == hashes[5]
    assert len(set(hashes)) == 4
    assert hashes[0] == naive.hash_of(documents(texts[:1]).tokens.tolist())


def test_text_hashes_ignore_what_is_masked():
    text = " ".join(words("x", 20))
    assert np.array_equal(documents([text]).text_hash, documents([text], [[1, 2]]).text_hash)
