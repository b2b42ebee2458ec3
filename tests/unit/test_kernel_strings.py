"""Kernels on strings, against slices and xxhash."""

import numpy as np
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.strings import string_hashes, take_pieces
from pipeline.kernels.visits import likeliest

BYTES = st.lists(st.binary(max_size=50), min_size=1, max_size=6)


@given(BYTES)
def test_hashes(strings):
    data = np.frombuffer(b"".join(strings), np.uint8)
    bounds = np.cumsum([0, *map(len, strings)])
    rows = np.arange(len(strings))[::-1].copy()
    expected = [xxhash.xxh64_intdigest(strings[i]) for i in rows]
    assert string_hashes(data, bounds, rows).tolist() == expected


@given(st.binary(min_size=1), st.data())
def test_pieces(data, draw):
    places = st.integers(0, len(data))
    pairs = draw.draw(st.lists(st.tuples(places, places).map(sorted), max_size=5))
    spans = np.array(pairs, np.int64).reshape(-1, 2)
    out = np.empty(int((spans[:, 1] - spans[:, 0]).sum()), np.uint8)
    starts, stops = spans[:, 0].copy(), spans[:, 1].copy()
    take_pieces(np.frombuffer(data, np.uint8), starts, stops, out)
    assert out.tobytes() == b"".join(data[low:high] for low, high in pairs)


@given(st.lists(st.binary(max_size=100), max_size=4), st.integers(0, 2**32))
def test_likeliest(texts, seed):
    random = np.random.default_rng(seed)
    moves = random.integers(0, 5, 5 * 256).astype(np.uint32)
    rows = np.arange(0, 5 * 256, 256, dtype=np.int32)
    outputs = random.integers(-1, 3, 5).astype(np.int32)
    weights, priors = random.random((3, 4)).astype(np.float32), random.random(4).astype(np.float32)
    expected = []
    for text in texts:
        state, counts = 0, np.zeros(3)
        for byte in text:
            state = int(moves[rows[state] + byte])
            if outputs[state] >= 0:
                counts[outputs[state]] += 1
        scores = priors + np.log1p(counts) @ weights
        expected.append(int(scores.argmax()) if counts.any() else 0)
    bounds = np.cumsum([0, *map(len, texts)])
    data = np.frombuffer(b"".join(texts), np.uint8)
    found = likeliest(data, bounds, moves, rows, outputs, weights, priors)
    assert found.tolist() == expected
