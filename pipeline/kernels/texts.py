"""Texts as UTF-8: what their characters are, where lines and code points stand."""

import numpy as np

from pipeline.documents import I32, I64, U8
from pipeline.kernels.jit import inlined, kernel, load64, subroutine, trailing_zeros
from pipeline.kernels.utf8 import decode

# Bits of what a text's characters may be.
JOINER, UNSPACED, COPYRIGHT, OTHER = (np.uint8(1 << i) for i in range(4))

_HIGH = np.uint64(0x8080808080808080)
_ONES = np.uint64(0x0101010101010101)
_BREAKS = np.uint64(0x0A) * _ONES


@kernel
def find_signs(data: U8, bounds: I64, kinds: U8) -> tuple[U8, I32]:
    """What each text's characters beyond ASCII may be, and its code points.

    Args:
        data, bounds: text i is data[bounds[i]:bounds[i + 1]], valid UTF-8; 8 more bytes are read.
        kinds: [0x110000] bits of each code point.

    Returns:
        [n] bits of all its characters together, [n] code points.
    """
    n = len(bounds) - 1
    signs, points = np.zeros(n, np.uint8), np.zeros(n, np.int32)
    for i in range(n):
        at, stop = bounds[i], bounds[i + 1]
        sign, further = np.uint8(0), 0
        while at < stop:
            high = load64(data, at) & _HIGH
            if high == 0:
                at += 8
                continue
            at += trailing_zeros(high) >> 3
            if at >= stop:
                break
            point, width = decode(data, at)
            sign |= kinds[point]
            at += width
            further += width - 1
        signs[i], points[i] = sign, bounds[i + 1] - bounds[i] - further
    return signs, points


@inlined
def characters_in(word):
    """How many of a word's eight bytes start a character."""
    further = (word & ~(word << np.uint64(1))) & _HIGH
    return 8 - np.int64(((further >> np.uint64(7)) * _ONES) >> np.uint64(56))


@inlined
def points_in(data, at, stop):
    """Code points in data[at:stop]."""
    count = 0
    while at + 8 <= stop:
        count += characters_in(load64(data, at))
        at += 8
    while at < stop:
        count += (data[at] & 0xC0) != 0x80
        at += 1
    return count


@subroutine
def forward(data, at, stop, points):
    """The byte that stands `points` code points behind the byte `at`."""
    while points > 8 and at + 8 <= stop:
        points -= characters_in(load64(data, at))
        at += 8
    while at < stop:
        if data[at] & 0xC0 != 0x80:
            if points == 0:
                break
            points -= 1
        at += 1
    return at


@subroutine
def backward(data, start, at, points):
    """The byte that stands `points` code points before the byte `at`."""
    while points > 8 and at - 8 >= start:
        at -= 8
        points -= characters_in(load64(data, at))
    while at > start and points > 0:
        at -= 1
        points -= (data[at] & 0xC0) != 0x80
    return at


@inlined
def line_end(data, at, stop):
    """The first line break from `at`, or `stop`."""
    while at < stop:
        odd = load64(data, at) ^ _BREAKS
        zero = (odd - _ONES) & ~odd & _HIGH
        if zero:
            return min(at + (trailing_zeros(zero) >> 3), stop)
        at += 8
    return stop


@inlined
def _is_space(point):
    return (
        point == 0x20
        or 0x09 <= point <= 0x0D
        or (
            point > 0x7F
            and (
                point in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
                or 0x2000 <= point <= 0x200A
            )
        )
    )


@subroutine
def is_blank(data, at, stop):
    """Does data[at:stop] hold white space only?"""
    while at < stop:
        point, width = decode(data, at)
        if not _is_space(point):
            return False
        at += width
    return True


@inlined
def any_byte(word, byte):
    """Bits that are set if one of a word's eight bytes is `byte`."""
    odd = word ^ (np.uint64(byte) * _ONES)
    return (odd - _ONES) & ~odd & _HIGH
