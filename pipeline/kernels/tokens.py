"""UTF-8 in, tokens with code-point offsets and flags out."""

import numpy as np

from pipeline.documents import I32, I64, U8, U64
from pipeline.kernels.characters import (
    DROPPED,
    EXPANDED,
    IGNORED,
    KIND,
    LOWER,
    NUMBER,
    SEPARATOR,
    UNSPACED,
    WORD,
)  # fmt: skip
from pipeline.kernels.hashing import hash_bytes
from pipeline.kernels.jit import inlined, kernel, load64, trailing_zeros

# Bits of a token's flags.
QUOTED_FLAG = np.uint8(1)
SENTENCE_FLAG = np.uint8(2)
LINE_FLAG = np.uint8(4)
NUMBER_FLAG = np.uint8(8)
UNSPACED_FLAG = np.uint8(16)
MASKED_FLAG = np.uint8(32)
# One code point can expand to this many tokens per byte of its UTF-8 (U+33xx squared words).
TOKENS_PER_BYTE = 2
# … and to this many bytes per byte (U+FDFA: 3 bytes become 33).
BYTES_PER_BYTE = 12

_NONE, _RUN, _SINGLE = range(3)
_BYTES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_CASE = np.uint64(0x2020202020202020)
_FROM_A, _PAST_Z, _FROM_0, _PAST_9 = (
    _HIGH - _BYTES * np.uint64(ord(first)) for first in ("a", "{", "0", ":")
)
PADDING = 8  # bytes behind the last text that may be read


@inlined
def decode(data, at):
    """The code point at byte `at`, and its length in bytes; the text is valid UTF-8."""
    lead = np.int32(data[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return ((lead & 0x1F) << 6) | (np.int32(data[at + 1]) & 0x3F), 2
    if lead < 0xF0:
        tail = ((np.int32(data[at + 1]) & 0x3F) << 6) | (np.int32(data[at + 2]) & 0x3F)
        return ((lead & 0x0F) << 12) | tail, 3
    tail = ((np.int32(data[at + 2]) & 0x3F) << 6) | (np.int32(data[at + 3]) & 0x3F)
    return ((lead & 0x07) << 18) | ((np.int32(data[at + 1]) & 0x3F) << 12) | tail, 4


@inlined
def _encode(point, buffer, at):
    """Write a code point's UTF-8 into `buffer` from `at`; returns the next free place."""
    if point < 0x80:
        buffer[at] = point
        return at + 1
    if point < 0x800:
        buffer[at] = 0xC0 | (point >> 6)
        buffer[at + 1] = 0x80 | (point & 0x3F)
        return at + 2
    if point < 0x10000:
        buffer[at] = 0xE0 | (point >> 12)
        buffer[at + 1] = 0x80 | ((point >> 6) & 0x3F)
        buffer[at + 2] = 0x80 | (point & 0x3F)
        return at + 3
    buffer[at] = 0xF0 | (point >> 18)
    buffer[at + 1] = 0x80 | ((point >> 12) & 0x3F)
    buffer[at + 2] = 0x80 | ((point >> 6) & 0x3F)
    buffer[at + 3] = 0x80 | (point & 0x3F)
    return at + 4


@inlined
def _quoting(point, quoted, low):
    """Is text quoted after this character? `low`: the quotation was opened by a low mark."""
    if point == 0x22:
        return not quoted, False
    if point == 0x201C:  # opens in English, closes what „ opened
        return not (quoted and low), False
    if point == 0x201E:
        return True, True
    if point in (0xAB, 0x300C, 0x300E):
        return True, False
    if point in (0x201D, 0xBB, 0x300D, 0x300F):
        return False, False
    return quoted, low


@inlined
def _is_quote(point):
    return point in (0x22, 0x201C, 0x201D, 0x201E, 0xAB, 0xBB, 0x300C, 0x300D, 0x300E, 0x300F)


@inlined
def _opening(quoted, unquoted, sentence, breaks, lower):
    """Flags of a token that opens here, and whether the text is quoted from here on.

    A paragraph ends a quotation, unless a quotation mark since the break has (`unquoted`).
    """
    paragraph = breaks > 1 or (breaks == 1 and not lower)
    quoted = quoted and (unquoted or not paragraph)
    flag = np.uint8(0)
    if quoted:
        flag |= QUOTED_FLAG
    if sentence or paragraph:
        flag |= SENTENCE_FLAG
    if breaks > 0:
        flag |= LINE_FLAG
    return flag, quoted


@inlined
def _ascii_word(x):
    """Eight bytes at once: which are ASCII letters or digits, which digits, and all in lower case.

    The first two have the high bit of each such byte set. Adding to a byte below 0x80 a number
    that carries into its high bit compares without branches, and never into the next byte.
    """
    low = x & _LOW
    small = low | _CASE
    letter = (small + (_HIGH - _BYTES * np.uint64(0x61))) & ~(
        small + (_HIGH - _BYTES * np.uint64(0x7B))
    )
    digit = (low + (_HIGH - _BYTES * np.uint64(0x30))) & ~(low + (_HIGH - _BYTES * np.uint64(0x3A)))
    ascii_only = ~x & _HIGH
    letter &= ascii_only
    digit &= ascii_only
    return letter | digit, digit, x | (letter >> np.uint64(2))


@inlined
def _append(words, size, chunk, count):
    """Put `count` bytes, the lowest of `chunk`, behind the first `size` bytes of `words`."""
    at, used = size >> 3, np.uint64(8 * (size & 7))
    if used == 0:
        words[at] = chunk
    else:
        kept = words[at] & ((np.uint64(1) << used) - np.uint64(1))
        words[at] = kept | (chunk << used)
        words[at + 1] = chunk >> (np.uint64(64) - used)
    return size + count


@kernel
def tokenise(
    data: U8,
    bounds: I64,
    kinds: U8,
    slots: I32,
    expansions: I32,
    points: I32,
) -> tuple[I64, U64, I32, I32, U8]:
    """Tokens of n texts that lie end to end in one buffer.

    A token is a run of letters, marks and numbers; in scripts without spaces, one character with
    its marks. The quotation flag is toggled by quotation marks and reset at a paragraph (a blank
    line, or a line break not followed by lower case). A sentence starts after . ! ? and space, or
    at a paragraph.

    Args:
        data: [bytes + PADDING] valid UTF-8 of all texts, then anything.
        bounds: [n + 1] text i is data[bounds[i]:bounds[i + 1]].
        kinds, slots, expansions, points: `Characters`.

    Returns:
        counts [n] of tokens; then for all tokens in order: XXH64 of the normalised UTF-8, first
        code point, one past the last code point, flags.
    """
    n = len(bounds) - 1
    capacity = TOKENS_PER_BYTE * (bounds[n] - bounds[0]) + 1
    counts = np.zeros(n, np.int64)
    tokens = np.empty(capacity, np.uint64)
    starts = np.empty(capacity, np.int32)
    ends = np.empty(capacity, np.int32)
    flags = np.empty(capacity, np.uint8)
    longest = 0
    for i in range(n):
        longest = max(longest, bounds[i + 1] - bounds[i])
    words = np.empty(BYTES_PER_BYTE * longest // 8 + 8, np.uint64)
    scratch = words.view(np.uint8)
    total = 0
    for i in range(n):
        first = total
        at, stop = bounds[i], bounds[i + 1]
        place = 0  # code points read
        state = _NONE
        size = 0  # bytes of the open token in scratch
        flag = np.uint8(0)
        quoted = low = ended = unquoted = False
        breaks = 2  # line breaks since the last token; a text starts as after a blank line
        sentence = True
        while at < stop:
            word, digits, folded = _ascii_word(load64(data, at))
            if word & np.uint64(0x80) and state != _SINGLE:
                # The common case by far: a word, or the rest of one, in ASCII.
                if state == _NONE:
                    lower = kinds[data[at]] & LOWER != 0
                    flag, quoted = _opening(quoted, unquoted, sentence, breaks, lower)
                    breaks = 0
                    sentence = ended = unquoted = False
                    size = 0
                    starts[total] = place
                    state = _RUN
                count = min(trailing_zeros(~word & _HIGH) >> 3, stop - at)
                if trailing_zeros(digits) >> 3 < count:
                    flag |= NUMBER_FLAG
                size = _append(words, size, folded, count)
                at += count
                place += count
                ends[total] = place
                if count < 8 and (at == stop or data[at] < 0x80):
                    tokens[total] = hash_bytes(scratch, 0, size)
                    flags[total] = flag
                    total += 1
                    state = _NONE
                continue
            point, width = decode(data, at)
            at += width
            kind = kinds[point]
            if kind & KIND == EXPANDED:
                piece, pieces = expansions[slots[point]], expansions[slots[point] + 1]
            else:
                piece, pieces = 0, 1
            lower = kind & LOWER != 0
            while piece < pieces:
                part = point
                if kind & KIND == EXPANDED:
                    part = points[piece]
                piece += 1
                what = kinds[part] & KIND
                if what == IGNORED:
                    continue
                if what == DROPPED:
                    if state != _NONE:
                        ends[total] = place + 1
                    continue
                if state != _NONE and (
                    what == SEPARATOR or what == UNSPACED or (what == WORD and state == _SINGLE)
                ):
                    tokens[total] = hash_bytes(scratch, 0, size)
                    flags[total] = flag
                    total += 1
                    state = _NONE
                if what == SEPARATOR:
                    if part == 0x0A or part == 0x2029:
                        breaks += 1
                        unquoted = False
                        if ended:
                            sentence = True
                    elif part <= 0x20 or part == 0xA0 or part == 0x3000:
                        if ended:
                            sentence = True
                    elif part == 0x2E or part == 0x21 or part == 0x3F:
                        ended = True
                    elif part in (0x3002, 0xFF01, 0xFF1F, 0x0964, 0x061F):
                        sentence = True
                    elif _is_quote(part):
                        if breaks > 0 and not unquoted:
                            quoted = False
                            unquoted = True
                        quoted, low = _quoting(part, quoted, low)
                    elif part != 0x29 and part != 0x27 and part != 0x2019:
                        ended = False
                    continue
                if state == _NONE:
                    flag, quoted = _opening(quoted, unquoted, sentence, breaks, lower)
                    breaks = 0
                    sentence = ended = unquoted = False
                    size = 0
                    starts[total] = place
                    state = _SINGLE if what == UNSPACED else _RUN
                    if what == UNSPACED:
                        flag |= UNSPACED_FLAG
                if kinds[part] & NUMBER:
                    flag |= NUMBER_FLAG
                size = _encode(part, scratch, size)
                ends[total] = place + 1
            place += 1
        if state != _NONE:
            tokens[total] = hash_bytes(scratch, 0, size)
            flags[total] = flag
            total += 1
        counts[i] = total - first
    return (
        counts,
        tokens[:total].copy(),
        starts[:total].copy(),
        ends[:total].copy(),
        flags[:total].copy(),
    )
