"""XXH64 as compiled code; `xxhash` is its twin in the tests.

Formula: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md (XXH64, seed 0).
"""

import numpy as np

from pipeline.kernels.jit import inlined

P1 = np.uint64(0x9E3779B185EBCA87)
P2 = np.uint64(0xC2B2AE3D27D4EB4F)
P3 = np.uint64(0x165667B19E3779F9)
P4 = np.uint64(0x85EBCA77C2B2AE63)
P5 = np.uint64(0x27D4EB2F165667C5)


@inlined
def _rotate(value, bits):
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@inlined
def _round(accumulator, lane):
    return _rotate(accumulator + lane * P2, 31) * P1


@inlined
def _merge(accumulator, value):
    return (accumulator ^ _round(np.uint64(0), value)) * P1 + P4


@inlined
def _avalanche(value):
    value = (value ^ (value >> np.uint64(33))) * P2
    value = (value ^ (value >> np.uint64(29))) * P3
    return value ^ (value >> np.uint64(32))


@inlined
def _stripes(words, start, stripes, length):
    v1, v2, v3, v4 = P1 + P2, P2, np.uint64(0), np.uint64(0) - P1
    for stripe in range(stripes):
        at = start + 4 * stripe
        v1 = _round(v1, words[at])
        v2 = _round(v2, words[at + 1])
        v3 = _round(v3, words[at + 2])
        v4 = _round(v4, words[at + 3])
    value = _rotate(v1, 1) + _rotate(v2, 7) + _rotate(v3, 12) + _rotate(v4, 18)
    for lane in (v1, v2, v3, v4):
        value = _merge(value, lane)
    return value + length


@inlined
def _lanes(value, words, start, stop):
    for at in range(start, stop):
        value = _rotate(value ^ _round(np.uint64(0), words[at]), 27) * P1 + P4
    return value


@inlined
def hash_words(words, start, count):
    """XXH64 of `count` 64-bit words of `words` from `start`, as little-endian bytes."""
    length = np.uint64(8 * count)
    stripes = count // 4
    value = _stripes(words, start, stripes, length) if stripes else P5 + length
    return _avalanche(_lanes(value, words, start + 4 * stripes, start + count))


@inlined
def _tail(value, word, length):
    """The last 0-7 bytes, the lowest of `word`.

    Every step is made and the right result is chosen: a word's length can't be predicted, and
    jumping by it costs more than the steps.
    """
    four = _rotate(value ^ ((word & np.uint64(0xFFFFFFFF)) * P1), 23) * P2 + P3
    value = four if length & 4 else value
    word = word >> np.uint64(32) if length & 4 else word
    one = _rotate(value ^ ((word & np.uint64(0xFF)) * P5), 11) * P1
    two = _rotate(one ^ (((word >> np.uint64(8)) & np.uint64(0xFF)) * P5), 11) * P1
    three = _rotate(two ^ (((word >> np.uint64(16)) & np.uint64(0xFF)) * P5), 11) * P1
    value = one if length & 3 == 1 else value
    value = two if length & 3 == 2 else value
    return three if length & 3 == 3 else value


@inlined
def hash_bytes(words, length):
    """XXH64 of the first `length` bytes of 64-bit words; what stands behind them doesn't matter."""
    count = length >> 3
    value = P5 + np.uint64(length)
    if count:
        stripes = count >> 2
        if stripes:
            value = _stripes(words, 0, stripes, np.uint64(length))
        value = _lanes(value, words, 4 * stripes, count)
    return _avalanche(_tail(value, words[count], length))
