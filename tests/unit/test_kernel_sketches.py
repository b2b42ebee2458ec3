"""Signatures and fingerprints made at once against those made from the sets."""

import itertools

import naive
import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.sketches import sketch
from pipeline.kernels.tokens import MASKED_FLAG, UNSPACED_FLAG

_TOKEN = st.tuples(
    st.integers(0, 3), st.sampled_from([False, False, False, True]), st.integers(0, 7)
)


def _permutations(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return MinHash(num_perm=count, seed=seed, scheme="affine32").permutations


def _signature(values: list[int], count: int, seed: int) -> list[int]:
    made = MinHash(count, seed, hashfunc=lambda value: value & 0xFFFFFFFF, scheme="affine32")
    made.update_batch(values)
    return made.hashvalues.tolist()


def _check(texts, spaced, unspaced, count, sample):
    """Texts are lists of (token, is of a script without spaces, is masked)."""
    flat = [token for text in texts for token in text]
    flags = [UNSPACED_FLAG * wide | MASKED_FLAG * hidden for _, wide, hidden in flat]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    signatures, counts, prints, owned = sketch(
        np.array([token for token, *_ in flat], np.uint64), np.array(flags, np.uint8), offsets,
        spaced, unspaced, *_permutations(count, 1), sample,
    )  # fmt: skip
    assert signatures.dtype == np.uint32
    ends = np.cumsum([0, *owned])
    assert len(prints) == ends[-1]
    for i, text in enumerate(texts):
        values = naive.shingles(*zip(*text, strict=True), spaced, unspaced) if text else set()
        assert signatures[i].tolist() == _signature(sorted(values), count, 1)
        kept = [v for v in sorted(values) if (v >> 40) % sample == 0] if sample else []
        assert prints[ends[i] : ends[i + 1]].tolist() == kept
        windows = naive.windows(*zip(*text, strict=True), spaced, unspaced) if text else []
        assert counts[i] == (len(windows) or len(values))


@settings(max_examples=200)
@given(
    st.lists(st.lists(_TOKEN.map(lambda t: (t[0], t[1], t[2] == 0)), max_size=40), max_size=4),
    st.sampled_from([5, 1, 4]), st.sampled_from([8, 2]), st.sampled_from([1, 64, 70, 128]),
    st.sampled_from([0, 1, 2, 3, 4, 7, 1000, 1 << 23, 1 << 24, 1 << 40]),
)  # fmt: skip
def test_sketches(texts, spaced, unspaced, count, sample):
    _check(texts, spaced, unspaced, count, sample)


@pytest.mark.parametrize("size", [1023, 1024, 1029, 3000])
def test_sketches_of_long_texts(size):
    chance = np.random.default_rng(size)
    tokens = chance.integers(0, 1 << 63, size).tolist()
    for hidden, dense in itertools.product((0, 0.01), (0, 0.5, 1)):
        masked, wide = chance.random(size) < hidden, chance.random(size) < dense
        _check([list(zip(tokens, wide.tolist(), masked.tolist(), strict=True))], 5, 8, 128, 4)
