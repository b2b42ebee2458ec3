"""XXH64 as compiled here against the library."""

import numpy as np
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.hashing import hash_bytes, hash_words


def _hashed(data: bytes) -> int:
    words = np.zeros(len(data) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    return int(hash_bytes(words, len(data)))


def test_bytes_of_every_length():
    data = np.random.default_rng(1).bytes(200)
    for length in range(201):
        assert _hashed(data[:length]) == xxhash.xxh64_intdigest(data[:length]), length


def test_words_of_every_count_and_place():
    values = np.random.default_rng(2).integers(0, 1 << 63, 60, np.uint64) * np.uint64(2)
    for start in (0, 3):
        for count in range(50):
            expected = xxhash.xxh64_intdigest(values[start : start + count].tobytes())
            assert int(hash_words(values, start, count)) == expected, (start, count)


@given(st.binary(max_size=300))
def test_what_the_buffer_held_before_does_not_matter(data):
    words = np.full(len(data) // 8 + 2, 0xFFFFFFFFFFFFFFFF, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    found = hash_bytes(words, len(data))
    assert int(found) == xxhash.xxh64_intdigest(data)
