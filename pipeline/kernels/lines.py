"""Lines of texts that may hold a credit, told from their bytes alone."""

import numpy as np

from pipeline.documents import I32, I64, U8
from pipeline.kernels.jit import inlined, kernel, load64, subroutine, trailing_zeros
from pipeline.kernels.utf8 import decode

# Bits of what a text's characters may be (`find_signs`).
JOINER, UNSPACED, COPYRIGHT, OTHER = (np.uint8(1 << i) for i in range(4))
# Bits of what a line may be (`find_lines`).
HEAD, TAIL, EDGE, NAMED, HINTED = (np.uint8(1 << i) for i in range(5))
LAST = np.uint8(32)

_HIGH = np.uint64(0x8080808080808080)
_ONES = np.uint64(0x0101010101010101)
_BREAKS = np.uint64(0x0A) * _ONES
SHORT, _LEAD, _END = 160, 66, 66
_EDGES = 3


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
def _characters(word):
    """How many of a word's eight bytes start a character."""
    further = (word & ~(word << np.uint64(1))) & _HIGH
    return 8 - np.int64(((further >> np.uint64(7)) * _ONES) >> np.uint64(56))


@inlined
def _points(data, at, stop):
    """Code points in data[at:stop]."""
    count = 0
    while at + 8 <= stop:
        count += _characters(load64(data, at))
        at += 8
    while at < stop:
        count += (data[at] & 0xC0) != 0x80
        at += 1
    return count


@subroutine
def _forward(data, at, stop, points):
    """The byte that stands `points` code points behind the byte `at`."""
    while points > 8 and at + 8 <= stop:
        points -= _characters(load64(data, at))
        at += 8
    while at < stop:
        if data[at] & 0xC0 != 0x80:
            if points == 0:
                break
            points -= 1
        at += 1
    return at


@subroutine
def _backward(data, start, at, points):
    """The byte that stands `points` code points before the byte `at`."""
    while points > 8 and at - 8 >= start:
        at -= 8
        points -= _characters(load64(data, at))
    while at > start and points > 0:
        at -= 1
        points -= (data[at] & 0xC0) != 0x80
    return at


@inlined
def _line_end(data, at, stop):
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


@inlined
def _is_blank(data, at, stop):
    while at < stop:
        point, width = decode(data, at)
        if not _is_space(point):
            return False
        at += width
    return True


@inlined
def _is_dash(data, at):
    """An ASCII hyphen, or the first byte of U+2010 to U+2017."""
    return data[at] == 0x2D or (
        data[at] == 0xE2 and data[at + 1] == 0x80 and 0x90 <= data[at + 2] <= 0x97
    )


@inlined
def _is_bracket(data, at):
    """An opening bracket, or the first byte of a wide one."""
    return data[at] == 0x28 or data[at] == 0x5B or (data[at] == 0xEF and data[at + 1] == 0xBC)


@inlined
def _any(word, byte):
    """Bits that are set if one of a word's eight bytes is `byte`."""
    odd = word ^ (np.uint64(byte) * _ONES)
    return (odd - _ONES) & ~odd & _HIGH


@inlined
def _is_plain(data, at, stop):
    """Do no brackets, slashes or dashes stand near a line's start?"""
    left, seen = _LEAD, np.uint64(0)
    while at < stop and left > 0:
        word = load64(data, at)
        seen |= _any(word, 0x28) | _any(word, 0x5B) | _any(word, 0x2F) | _any(word, 0x2D)
        seen |= _any(word, 0xE2) | _any(word, 0xEF)
        left -= _characters(word)
        at += 8
    return seen == 0


@inlined
def _opens_dateline(data, at, stop, named):
    """Do brackets stand near a line's start, or if it names somebody, slashes or dashes?"""
    left = _LEAD
    while at < stop and left > 0:
        if _is_bracket(data, at) or (named and data[at] == 0x2F):
            return True
        if named and data[at] == 0x20 and at + 1 < stop and _is_dash(data, at + 1):
            return True
        left -= (data[at] & 0xC0) != 0x80
        at += 1
    return False


@subroutine
def _has_form(data, at, stop):
    """May a line have a word of an agency's form, or a letter that folds into one of ASCII?

    No branches, so that many bytes are compared at once.
    """
    seen, high = False, np.uint8(0)
    line = data[at : stop + 3]
    for i in range(stop - at):
        a, b = line[i] | np.uint8(0x20), line[i + 1] | np.uint8(0x20)
        c, d = line[i + 2] | np.uint8(0x20), line[i + 3] | np.uint8(0x20)
        seen |= (a == 0x61) & (b == 0x67) & (c == 0x65) & (d == 0x6E)  # agen
        seen |= (a == 0x6E) & (b == 0x63) & (c == 0x69) & (d == 0x61)  # ncia
        seen |= (a == 0x70) & (b == 0x72) & (c == 0x65) & (d == 0x73)  # pres
        seen |= (a == 0x77) & (b == 0x69) & (c == 0x72) & (d == 0x65)  # wire
        seen |= (a == 0x73) & (b == 0x65) & (c == 0x72) & (d == 0x76)  # serv
        high |= line[i]
    if seen or high < 0x80:
        return seen
    for i in range(at, stop):
        if data[i] in (0xC3, 0xC5, 0xE1, 0xEF) or (data[i] == 0xE2 and data[i + 1] == 0x84):
            return True
    return False


@inlined
def _telegram(data, at, stop):
    """May one of the two characters that stand for a telegram be in the line's opening?"""
    for i in range(at, min(stop, at + 4 * 180)):
        if data[i] in (0xE7, 0xE9) and data[i + 1] in (0x94, 0x9B):
            return True
    return False


@inlined
def _opens_byline(data, at, stop):
    """May a word such as "by" open the line, behind three other characters at most?"""
    for _ in range(4):
        if at >= stop:
            return False
        first, second = data[at] | 0x20, data[at + 1] | 0x20
        if first >= 0x80:
            if data[at] != 0xC2 and data[at] != 0xE2:
                return True
        elif 0x61 <= first <= 0x7A:
            return (
                (first == 0x62 and second == 0x79)
                or (first == 0x66 and second in (0x72, 0x6F, 0x75))
                or (first == 0x76 and second in (0x69, 0x6F))
                or (first == 0x73 and second == 0x6F)
                or (first == 0x70 and second in (0x6F, 0x61))
                or (first == 0x64 and second == 0x61)
                or (first == 0x71 and second == 0x75)
            ) or second >= 0x80
        at += 1
        while at < stop and data[at] & 0xC0 == 0x80:
            at += 1
    return False


@inlined
def _ends_apart(data, start, stop):
    """Does a dash or an opening bracket stand near the line's end?"""
    left = _END + 4
    at = stop
    while at > start and left > 0:
        at -= 1
        if _is_dash(data, at) or _is_bracket(data, at):
            return True
        left -= (data[at] & 0xC0) != 0x80
    return False


@inlined
def _inside(byte):
    return byte >= 0x80 or 0x61 <= byte | 0x20 <= 0x7A or 0x30 <= byte <= 0x39


@inlined
def _cut(data, at, opens):
    """What a line may be because the window cuts a word in two, which no token tells."""
    if not (_inside(data[at - 1]) and _inside(data[at])):
        return np.uint8(0)
    # First letters of the words that hint at a credit.
    return NAMED | HINTED if opens and data[at] | 0x20 in (0x63, 0x66, 0x69, 0x6D, 0x72) else NAMED


@subroutine
def _split(data, start, stop, base, narrow, lines):
    """Lines of data[start:stop] that aren't blank: their first and last bytes and code points.

    If `narrow`, each code point is a byte.
    """
    size = 0
    while start <= stop:
        end = _line_end(data, start, stop)
        points = end - start if narrow else _points(data, start, end)
        if points and not _is_blank(data, start, end):
            lines[size, 0], lines[size, 1], lines[size, 2] = start, end, base
            lines[size, 3] = base + points
            size += 1
        base += points + 1
        start = end + 1
    return size


@kernel
def find_lines(
    data: U8,
    bounds: I64,
    signs: U8,
    points: I32,
    offsets: I64,
    places: I32,
    what: U8,
    rows: I64,
    reach: tuple[int, int],
) -> tuple[I64, U8]:
    """Lines near the texts' ends that may hold a credit; no other line does.

    Args:
        data, bounds: text i is data[bounds[i]:bounds[i + 1]], valid UTF-8; 8 more bytes are read.
        signs, points: [n] of `find_signs`.
        offsets, places, what: text i's hits, ascending: the code point, and bits of which
            NAMED and HINTED count.
        rows: texts to look at.
        reach: code points at the start and at the end of a text in which lines are looked for.

    Returns:
        [m, 4] text, first code point, first byte in `data`, one past the last byte; [m] bits of
        each line.
    """
    found, bits = np.empty((1024, 4), np.int64), np.empty(1024, np.uint8)
    lines = np.empty((reach[0] + reach[1] + 1, 4), np.int64)
    size = 0
    for i in rows:
        start, stop = bounds[i], bounds[i + 1]
        whole = points[i] <= reach[0] + reach[1]
        narrow = points[i] == stop - start
        free = signs[i] & JOINER != 0
        for part in range(1 if whole else 2):
            base = 0 if part == 0 else points[i] - reach[1]
            if whole:
                window, low, high = HEAD | TAIL, start, stop
            elif part == 0:
                window, low = HEAD, start
                high = start + reach[0] if narrow else _forward(data, start, stop, reach[0])
            else:
                window, high = TAIL, stop
                low = stop - reach[1] if narrow else _backward(data, start, stop, reach[1])
            count = _split(data, low, high, base, narrow, lines)
            hit = offsets[i] + np.searchsorted(places[offsets[i] : offsets[i + 1]], base)
            for k in range(count):
                first, last, point, end = lines[k, 0], lines[k, 1], lines[k, 2], lines[k, 3]
                bit = window
                if (window & HEAD and k < _EDGES) or (window & TAIL and k >= count - _EDGES):
                    bit |= EDGE
                if window & TAIL and k == count - 1:
                    bit |= LAST
                while hit < offsets[i + 1] and places[hit] < end:
                    if places[hit] >= point:
                        bit |= what[hit] & (NAMED | HINTED)
                    hit += 1
                if free:
                    bit |= NAMED | HINTED
                elif not whole and (last == high or first == low):
                    bit |= _cut(data, first if part else last, part == 1)
                if signs[i] & COPYRIGHT and not bit & HINTED:
                    for at in range(first, last - 1):
                        if data[at] == 0xC2 and data[at + 1] == 0xA9:
                            bit |= HINTED
                            break
                if not (
                    bit & HINTED
                    or (
                        end - point <= SHORT
                        and (bit & EDGE or _opens_byline(data, first, last))
                        and (bit & NAMED or _has_form(data, first, last))
                    )
                    or (
                        bit & HEAD
                        and not _is_plain(data, first, last)
                        and _opens_dateline(data, first, last, bit & NAMED)
                    )
                    or (bit & HEAD and signs[i] & UNSPACED and _telegram(data, first, last))
                    or (bit & LAST and _ends_apart(data, first, last))
                ):
                    continue
                if size == len(bits):
                    more, grown = np.empty((2 * size, 4), np.int64), np.empty(2 * size, np.uint8)
                    more[:size], grown[:size] = found, bits
                    found, bits = more, grown
                found[size] = (i, point, first, last)
                bits[size] = bit
                size += 1
    return found[:size].copy(), bits[:size].copy()
