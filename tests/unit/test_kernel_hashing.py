"""XXH64 as compiled here against the library."""

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import hashing
from pipeline.kernels.hashing import P2, SHORT
from pipeline.kernels.jit import subroutine
from pipeline.kernels.vectors import LANES

_CHANCE = np.random.default_rng(3)


@subroutine
def hash_bytes(data, start, length):
    return hashing.hash_bytes(data, start, length)


@subroutine
def hash_words(words, start, count):
    return hashing.hash_words(words, start, count)


@subroutine
def _fives(products, out, count):
    hashing.hash_fives((products,), out, count)


@subroutine
def _eights(products, out, count):
    hashing.hash_eights((products,), out, count)


@subroutine
def _short(first, second, lengths, out, count):
    hashing.hash_short((first, second, lengths), out, count)


def test_bytes_of_every_length_and_place():
    data = _CHANCE.integers(0, 256, 220, np.uint8)
    for length in range(201):
        for start in (0, 3):
            expected = xxhash.xxh64_intdigest(data[start : start + length].tobytes())
            assert int(hash_bytes(data, start, length)) == expected, (start, length)


def test_words_of_every_count_and_place():
    values = _CHANCE.integers(0, 1 << 63, 60, np.uint64) * np.uint64(2)
    for start in (0, 3):
        for count in range(50):
            expected = xxhash.xxh64_intdigest(values[start : start + count].tobytes())
            assert int(hash_words(values, start, count)) == expected, (start, count)


@given(st.binary(max_size=300))
def test_what_the_buffer_held_before_does_not_matter(data):
    held = np.full(len(data) + 8, 0xFF, np.uint8)
    held[: len(data)] = np.frombuffer(data, np.uint8)
    assert int(hash_bytes(held, 0, len(data))) == xxhash.xxh64_intdigest(data)


@pytest.mark.parametrize(("size", "kernel"), [(5, _fives), (8, _eights)])
@pytest.mark.parametrize("count", [0, 1, LANES - 1, LANES, LANES + 1, 3 * LANES + 5])
def test_windows_side_by_side(size, kernel, count):
    words = _CHANCE.integers(0, 1 << 63, count + size + LANES, np.uint64) * np.uint64(2)
    out = np.empty(count + LANES, np.uint64)
    kernel(words * P2, out, count)
    expected = [xxhash.xxh64_intdigest(words[i : i + size].tobytes()) for i in range(count)]
    assert out[:count].tolist() == expected


def test_short_strings_side_by_side():
    count = 2000
    data = _CHANCE.integers(0, 256, (count + LANES, 16), np.uint8)
    lengths = _CHANCE.integers(0, SHORT + 1, count + LANES).astype(np.uint64)
    first, second = data.view(np.uint64).T.copy()
    out = np.empty(count + LANES, np.uint64)
    _short(first, second, lengths, out, count)
    expected = [
        xxhash.xxh64_intdigest(row[: int(length)].tobytes())
        for row, length in zip(data[:count], lengths, strict=False)
    ]
    assert out[:count].tolist() == expected
