"""XXH64 as compiled code; `xxhash` is its twin in the tests.

Formula: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md (XXH64, seed 0).

The steps serve twice: called with one number in a kernel, and with many side by side (`vectors`).
"""

from functools import reduce

import numpy as np

from pipeline.kernels.jit import formula, inlined, load64
from pipeline.kernels.vectors import elementwise

P1 = np.uint64(0x9E3779B185EBCA87)
P2 = np.uint64(0xC2B2AE3D27D4EB4F)
P3 = np.uint64(0x165667B19E3779F9)
P4 = np.uint64(0x85EBCA77C2B2AE63)
P5 = np.uint64(0x27D4EB2F165667C5)
# What the four accumulators of a stripe start from.
V1, V2, V3, V4 = (
    np.uint64(start % (1 << 64)) for start in (int(P1) + int(P2), int(P2), 0, -int(P1))
)
SHORT = 15  # bytes that `hash_short` takes at most


@formula
def _rotate(value, bits):
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@formula
def _round(accumulator, product):
    """One lane of 64 bits, already multiplied by P2."""
    return _rotate(accumulator + product, 31) * P1


@formula
def _merge(accumulator, value):
    return (accumulator ^ (_rotate(value * P2, 31) * P1)) * P1 + P4


@formula
def _converged(v1, v2, v3, v4):
    value = _rotate(v1, 1) + _rotate(v2, 7) + _rotate(v3, 12) + _rotate(v4, 18)
    return _merge(_merge(_merge(_merge(value, v1), v2), v3), v4)


@formula
def _lane(value, product):
    """One of the lanes behind the last stripe, already multiplied by P2."""
    return _rotate(value ^ (_rotate(product, 31) * P1), 27) * P1 + P4


@formula
def _avalanche(value):
    value = (value ^ (value >> np.uint64(33))) * P2
    value = (value ^ (value >> np.uint64(29))) * P3
    return value ^ (value >> np.uint64(32))


@formula
def _chosen(bit, yes, no):
    """`yes` where `bit` is 1, `no` where it is 0, without a jump."""
    return no ^ ((yes ^ no) & (bit * np.uint64(0xFFFFFFFFFFFFFFFF)))


@formula
def _tail(value, word, length):
    """The last 0-7 bytes, the lowest of `word`.

    Every step is made and the right result is chosen: a word's length can't be predicted, and
    jumping by it costs more than the steps.
    """
    long = (length >> np.uint64(2)) & np.uint64(1)
    four = _rotate(value ^ ((word & np.uint64(0xFFFFFFFF)) * P1), 23) * P2 + P3
    value = _chosen(long, four, value)
    word = word >> (long << np.uint64(5))
    one = _rotate(value ^ ((word & np.uint64(0xFF)) * P5), 11) * P1
    two = _rotate(one ^ (((word >> np.uint64(8)) & np.uint64(0xFF)) * P5), 11) * P1
    three = _rotate(two ^ (((word >> np.uint64(16)) & np.uint64(0xFF)) * P5), 11) * P1
    low, high = length & np.uint64(1), (length >> np.uint64(1)) & np.uint64(1)
    return _chosen(high, _chosen(low, three, two), _chosen(low, one, value))


@inlined
def _words(value, words, start, stop):
    for at in range(start, stop):
        value = _lane(value, words[at] * P2)
    return value


@inlined
def hash_words(words, start, count):
    """XXH64 of `count` 64-bit words of `words` from `start`, as little-endian bytes."""
    value = P5
    stripes = count // 4
    if stripes:
        v1, v2, v3, v4 = V1, V2, V3, V4
        for at in range(start, start + 4 * stripes, 4):
            v1 = _round(v1, words[at] * P2)
            v2 = _round(v2, words[at + 1] * P2)
            v3 = _round(v3, words[at + 2] * P2)
            v4 = _round(v4, words[at + 3] * P2)
        value = _converged(v1, v2, v3, v4)
    value += np.uint64(8 * count)
    return _avalanche(_words(value, words, start + 4 * stripes, start + count))


@inlined
def hash_bytes(data, start, length):
    """XXH64 of `length` bytes of `data` from `start`; eight more may be read."""
    value = P5
    at, stop = start, start + length
    if length >= 32:
        v1, v2, v3, v4 = V1, V2, V3, V4
        while at + 32 <= stop:
            v1 = _round(v1, load64(data, at) * P2)
            v2 = _round(v2, load64(data, at + 8) * P2)
            v3 = _round(v3, load64(data, at + 16) * P2)
            v4 = _round(v4, load64(data, at + 24) * P2)
            at += 32
        value = _converged(v1, v2, v3, v4)
    value += np.uint64(length)
    while at + 8 <= stop:
        value = _lane(value, load64(data, at) * P2)
        at += 8
    return _avalanche(_tail(value, load64(data, at), np.uint64(length)))


def _window(*products):
    """XXH64 of words, each already multiplied by P2: neighbours share that product."""
    stripes = len(products) // 4
    if stripes:
        starts = (V1, V2, V3, V4)
        value = _converged(
            *(reduce(_round, products[i : 4 * stripes : 4], starts[i]) for i in range(4))
        ) + np.uint64(8 * len(products))
    else:
        value = P5 + np.uint64(8 * len(products))
    return _avalanche(reduce(_lane, products[4 * stripes :], value))


def _short(first, second, length):
    """XXH64 of up to `SHORT` bytes, the lowest of two words."""
    value = P5 + length
    long = (length >> np.uint64(3)) & np.uint64(1)
    value = _chosen(long, _lane(value, first * P2), value)
    return _avalanche(_tail(value, _chosen(long, second, first), length))


hash_fives = elementwise(_window, ahead=5)
hash_eights = elementwise(_window, ahead=8)
hash_short = elementwise(_short)
