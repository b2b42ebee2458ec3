"""Lines of texts that may hold a credit, told from their bytes alone."""

import numpy as np

from pipeline.documents import I32, I64, U8
from pipeline.kernels.jit import inlined, kernel, load64, subroutine
from pipeline.kernels.texts import (
    COPYRIGHT,
    JOINER,
    UNSPACED,
    any_byte,
    backward,
    characters_in,
    forward,
    is_blank,
    line_end,
    points_in,
)  # fmt: skip

# Bits of what a line may be.
HEAD, TAIL, EDGE, NAMED, HINTED = (np.uint8(1 << i) for i in range(5))
LAST = np.uint8(32)

SHORT, _LEAD, _END = 160, 66, 66
_EDGES = 3


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


@subroutine
def _is_plain(data, at, stop):
    """Do no brackets, slashes or dashes stand near the start of data[at:stop]?"""
    left, seen = _LEAD + 4, np.uint64(0)
    while at < stop and left > 0:
        word = load64(data, at)
        seen |= (
            any_byte(word, 0x28)
            | any_byte(word, 0x5B)
            | any_byte(word, 0x2F)
            | any_byte(word, 0x2D)
        )
        seen |= any_byte(word, 0xE2) | any_byte(word, 0xEF)
        left -= characters_in(word)
        at += 8
    return seen == 0


@subroutine
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


@subroutine
def _telegram(data, at, stop):
    """May one of the two characters that stand for a telegram be in the line's opening?"""
    for i in range(at, min(stop, at + 4 * 180)):
        if data[i] in (0xE7, 0xE9) and data[i + 1] in (0x94, 0x9B):
            return True
    return False


@subroutine
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


@subroutine
def _ends_apart(data, start, stop):
    """Does a dash or an opening bracket stand near the line's end?"""
    near = backward(data, start, stop, _END + 4)
    if _is_plain(data, near, stop):
        return False
    for at in range(near, stop):
        if _is_dash(data, at) or _is_bracket(data, at):
            return True
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
        end = line_end(data, start, stop)
        points = end - start if narrow else points_in(data, start, end)
        if points and not is_blank(data, start, end):
            lines[size, 0], lines[size, 1], lines[size, 2] = start, end, base
            lines[size, 3] = base + points
            size += 1
        base += points + 1
        start = end + 1
    return size


@inlined
def _matters(data, at, stop, short, bit, sign):
    """May one of the patterns fit a line of these bits?"""
    return (
        bit & HINTED != 0
        or (
            short
            and (bit & EDGE != 0 or _opens_byline(data, at, stop))
            and (bit & NAMED != 0 or _has_form(data, at, stop))
        )
        or (
            bit & HEAD != 0
            and not _is_plain(data, at, stop)
            and _opens_dateline(data, at, stop, bit & NAMED != 0)
        )
        or (bit & HEAD != 0 and sign & UNSPACED != 0 and _telegram(data, at, stop))
        or (bit & LAST != 0 and _ends_apart(data, at, stop))
    )


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
    most = reach[0] + reach[1] + 2  # lines of one text
    found, bits = np.empty((2 * most, 4), np.int64), np.empty(2 * most, np.uint8)
    lines = np.empty((most, 4), np.int64)
    size = 0
    for i in rows:
        # Here and not further in: an array that may be replaced in a loop makes all of it slow.
        if size + most > len(bits):
            more, grown = np.empty((2 * len(bits), 4), np.int64), np.empty(2 * len(bits), np.uint8)
            more[:size], grown[:size] = found[:size], bits[:size]
            found, bits = more, grown
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
                high = start + reach[0] if narrow else forward(data, start, stop, reach[0])
            else:
                window, high = TAIL, stop
                low = stop - reach[1] if narrow else backward(data, start, stop, reach[1])
            count = _split(data, low, high, base, narrow, lines)
            hit, behind = offsets[i], offsets[i + 1]
            for k in range(count):
                first, last, point, end = lines[k, 0], lines[k, 1], lines[k, 2], lines[k, 3]
                bit = window
                if (window & HEAD and k < _EDGES) or (window & TAIL and k >= count - _EDGES):
                    bit |= EDGE
                if window & TAIL and k == count - 1:
                    bit |= LAST
                while hit < behind and places[hit] < end:
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
                if not _matters(data, first, last, end - point <= SHORT, bit, signs[i]):
                    continue
                found[size] = (i, point, first, last)
                bits[size] = bit
                size += 1
    return found[:size].copy(), bits[:size].copy()
