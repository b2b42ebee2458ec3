"""UTF-8 in, tokens with code-point offsets and flags out."""

import numpy as np

from pipeline.documents import I32, I64, U8, U32, U64
from pipeline.kernels import gaps
from pipeline.kernels.characters import (
    DROPPED,
    EXPANDED,
    IGNORED,
    KIND,
    LOWER,
    MARK_BITS,
    NUMBER,
    PARTING,
    SEPARATOR,
    UNSPACED,
    WORD,
)  # fmt: skip
from pipeline.kernels.gaps import AFTER, BEHIND, FLAGS, START
from pipeline.kernels.hashing import SHORT
from pipeline.kernels.jit import (
    bit_count,
    inlined,
    kernel,
    load64,
    store,
    subroutine,
    trailing_zeros,
)
from pipeline.kernels.utf8 import decode, encode
from pipeline.kernels.vectors import LANES, byte_masks
from pipeline.kernels.waiting import (
    FIRST,
    FROMS,
    HELD,
    LENGTHS,
    PLACES,
    ROOM,
    SECOND,
    SIZES,
    hash_waiting,
    room_to_wait,
)  # fmt: skip

# Bits of a token's flags.
QUOTED_FLAG = gaps.QUOTED
SENTENCE_FLAG = gaps.SENTENCE
LINE_FLAG = gaps.LINE
NUMBER_FLAG = np.uint8(8)
UNSPACED_FLAG = np.uint8(16)
MASKED_FLAG = np.uint8(32)
PADDING = 64  # bytes behind the last text that may be read

# A byte that isn't ASCII yields at most this many tokens (U+33xx squared words) …
_TOKENS_PER_BYTE = 2
# … and this many bytes (U+FDFA: 3 bytes become 33).
_BYTES_PER_BYTE = 12
_BLOCK = 64
_FULL = ROOM - _BLOCK  # no block and no code point yields more tokens than that leaves room for

_NONE, _RUN, _SINGLE = range(3)
_ONE = np.uint64(1)
_CASE = np.uint64(0x2020202020202020)  # set in lower-case letters, and in digits anyway


@subroutine
def _most_tokens(data, start, stop, texts):
    """Tokens that so many texts in data[start:stop] can have at most."""
    most = texts
    carry = np.uint64(0)
    for at in range(start, stop, _BLOCK):
        word, _, _, high = byte_masks(data, at)
        most += bit_count(word & ~(word << _ONE | carry)) + _TOKENS_PER_BYTE * bit_count(high)
        carry = word >> np.uint64(_BLOCK - 1)
    return most


@inlined
def _lowest(mask):
    return mask & (~mask + _ONE)


@inlined
def _below(mask):
    """All bits below the lowest one."""
    return _lowest(mask) - _ONE


@inlined
def _parts(kind):
    return kind & KIND == SEPARATOR or (kind & KIND == EXPANDED and kind & PARTING != 0)


@kernel
def tokenise(
    data: U8,
    bounds: I64,
    kinds: U8,
    letters: U32,
    slots: I32,
    expansions: I32,
    points: I32,
) -> tuple[I64, U64, I32, I32, U8]:
    """Tokens of n texts that lie end to end in one buffer.

    A token is a run of letters, marks and numbers; in scripts without spaces, one character with
    its marks. What stands between tokens sets flags: see `gaps`.

    Plain words are read from bit masks of 64 bytes: where words begin and end, and where anything
    else stands than words with single spaces between. Whatever isn't ASCII, and words that touch
    it, are read code point by code point. All in one function: a kernel pays for each array that it
    hands to another, which is more than what a word costs.

    Args:
        data: [bytes + PADDING] valid UTF-8 of all texts, then anything.
        bounds: [n + 1] text i is data[bounds[i]:bounds[i + 1]].
        kinds, letters, slots, expansions, points: `Characters`.

    Returns:
        counts [n] of tokens; then for all tokens in order: XXH64 of the normalised UTF-8, first
        code point, one past the last code point, flags.
    """
    n = len(bounds) - 1
    most = _most_tokens(data, bounds[0], bounds[n], n)
    counts = np.zeros(n, np.int64)
    tokens = np.empty(most + LANES, np.uint64)
    starts, ends = np.empty(most, np.int32), np.empty(most, np.int32)
    flags = np.empty(most, np.uint8)
    longest = np.int64(0)
    for i in range(n):
        longest = max(longest, bounds[i + 1] - bounds[i])
    waiting = room_to_wait()
    held = np.empty(HELD + _BYTES_PER_BYTE * longest + _BLOCK, np.uint8)
    total = hashed = np.int64(0)  # tokens; how many of them don't wait for their hash
    others = size = np.int64(0)  # tokens that wait and are held; their bytes
    for i in range(n):
        before = total
        at, stop = bounds[i], bounds[i + 1]
        skew = at  # place in code points = byte - skew
        gap = START
        while at < stop:
            if total - hashed > _FULL or size > HELD:
                hash_waiting(waiting, held, total - hashed, others, tokens, hashed)
                hashed, others, size = total, np.int64(0), np.int64(0)
            # Plain words, in a block of bytes.
            word, digits, blank, high = byte_masks(data, at)
            room = min(stop - at, _BLOCK)
            if room < _BLOCK:
                word &= (_ONE << np.uint64(room)) - _ONE
            opens, closes = word & ~(word << _ONE), ~word & (word << _ONE)
            special = ~word & ~(blank & (word << _ONE) & (word >> _ONE))
            slow = False  # is it code points that come next?
            while True:
                # The words up to the next byte that isn't plain, then what stands there.
                place = trailing_zeros(special)
                here = closes & (special ^ (special - _ONE))
                if high & _lowest(special) and place < room:
                    point, _ = decode(data, at + place)
                    if not _parts(kinds[point]):  # so the word before it may go on
                        slow = True
                        here &= ~_lowest(special)
                closes ^= here
                if here:
                    lower = np.int64(data[at + trailing_zeros(opens)] >= 0x61)
                    flag, gap = FLAGS[gap, lower], BEHIND[gap, lower]
                    while here:
                        begin, end = trailing_zeros(opens), trailing_zeros(here)
                        number = digits & _below(here) & ~_below(opens)
                        opens &= opens - _ONE
                        here &= here - _ONE
                        starts[total] = at + begin - skew
                        ends[total] = at + end - skew
                        flags[total] = flag | (NUMBER_FLAG if number else np.uint8(0))
                        flag = FLAGS[gap, 0]
                        waiting[FIRST, total - hashed] = load64(data, at + begin) | _CASE
                        waiting[SECOND, total - hashed] = load64(data, at + begin + 8) | _CASE
                        waiting[LENGTHS, total - hashed] = end - begin
                        if end - begin > SHORT:
                            waiting[PLACES, others] = total - hashed
                            waiting[FROMS, others] = size
                            waiting[SIZES, others] = end - begin
                            others += 1
                            for step in range(begin, end, 8):
                                store(held, size, load64(data, at + step) | _CASE)
                                size += 8
                        total += 1
                following = trailing_zeros(opens)
                if slow:
                    at += min(place, following)
                    break
                if special == 0:  # the last word is cut; one that fills the block isn't read here
                    slow = following == 0
                    at += following
                    break
                limit = min(following, room)
                while place < limit:
                    kind, width = kinds[data[at + place]], 1
                    if data[at + place] >= 0x80:
                        point, width = decode(data, at + place)
                        kind = kinds[point]
                        if kind & KIND != SEPARATOR:
                            slow = True
                            break
                        skew += width - 1
                    gap = AFTER[gap, kind >> MARK_BITS]
                    place += width
                if slow or following == _BLOCK:
                    at += place
                    break
                special &= ~_below(opens)
            if not slow:
                continue
            # Code point by code point, until a word in ASCII begins.
            state = _NONE
            start = end = begin = at - skew
            flag = np.uint8(0)
            width = 1
            while width:
                # Behind the last character, as if a separator came.
                point, width, kind = np.int32(0x20), 0, np.uint8(SEPARATOR)
                if at < stop:
                    point, width = decode(data, at)
                    kind = kinds[point]
                    if state != _SINGLE and point < 0x10000 and letters[point]:
                        if state == _NONE:
                            lower = np.int64(kind & LOWER != 0)
                            flag, gap = FLAGS[gap, lower], BEHIND[gap, lower]
                            state, start, begin = _RUN, at - skew, size
                        entry = letters[point]
                        while entry:
                            store(held, size, entry)
                            size += int(entry >> np.uint32(24))
                            at += width
                            skew += width - 1
                            if at == stop:
                                break
                            point, width = decode(data, at)
                            entry = letters[point] if point < 0x10000 else np.uint32(0)
                        end = at - skew
                        continue
                place = at - skew
                at += width
                skew += width - 1
                lower = np.int64(kind & LOWER != 0)
                piece, pieces = 0, 1
                if kind & KIND == EXPANDED:
                    piece, pieces = expansions[slots[point]], expansions[slots[point] + 1]
                while piece < pieces:
                    part = points[piece] if kind & KIND == EXPANDED else point
                    piece += 1
                    what = kinds[part] & KIND
                    if what == IGNORED:
                        continue
                    if what == DROPPED:
                        end = place + 1
                        continue
                    if state != _NONE and (
                        what == SEPARATOR or what == UNSPACED or (what == WORD and state == _SINGLE)
                    ):
                        waiting[PLACES, others] = total - hashed
                        waiting[FROMS, others] = begin
                        waiting[SIZES, others] = size - begin
                        others += 1
                        starts[total], ends[total], flags[total] = start, end, flag
                        total += 1
                        state = _NONE
                    if what == SEPARATOR:
                        gap = AFTER[gap, kinds[part] >> MARK_BITS]
                        continue
                    if state == _NONE:
                        flag, gap = FLAGS[gap, lower], BEHIND[gap, lower]
                        start, begin = place, size
                        state = _SINGLE if what == UNSPACED else _RUN
                        if what == UNSPACED:
                            flag |= UNSPACED_FLAG
                    if kinds[part] & NUMBER:
                        flag |= NUMBER_FLAG
                    size = encode(part, held, size)
                    end = place + 1
                if total - hashed > _FULL:
                    hash_waiting(waiting, held, total - hashed, others, tokens, hashed)
                    hashed, others = total, np.int64(0)
                if state == _NONE and at < stop:
                    if size > HELD or (data[at] < 0x80 and kinds[data[at]] & KIND != SEPARATOR):
                        break
        counts[i] = total - before
    hash_waiting(waiting, held, total - hashed, others, tokens, hashed)
    if 2 * total > most:
        return counts, tokens[:total], starts[:total], ends[:total], flags[:total]
    return (
        counts,
        tokens[:total].copy(),
        starts[:total].copy(),
        ends[:total].copy(),
        flags[:total].copy(),
    )
