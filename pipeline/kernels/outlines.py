"""What is looked at in each text before texts are compared for who took from whom."""

from typing import NamedTuple

import numpy as np

from pipeline.documents import I32, I64, U8, U64, Flags
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.runs import MOST_TOKENS
from pipeline.kernels.sorting import sort_hashes
from pipeline.kernels.tokens import (
    MASKED_FLAG,
    NUMBER_FLAG,
    QUOTED_FLAG,
    SENTENCE_FLAG,
    UNSPACED_FLAG,
)
from pipeline.kernels.utf8 import decode

# Bits of what a word is; OPENS is of a token, the others also of a text's word at any place.
NAME, NUMBER, QUOTED, LONG, OPENS = (np.uint8(1 << bit) for bit in range(5))
RUN = 3  # tokens of a run that two texts are laid beside each other by
_LETTERS = 4  # of a word that is more than grammar, mostly
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_PLACE = np.uint64((1 << 15) - 1)  # bits of a key that tell a place, below MOST_TOKENS


class Outlines(NamedTuple):
    """Outlines of m documents; in the flat arrays document k's items begin at starts[k].

    Attributes:
        starts: [m + 1].
        counts: [m, 3] tokens, distinct words, runs that stand once.
        tokens: that aren't masked, at most `MOST_TOKENS` of each document.
        bits: of each token.
        words: the upper 49 bits of distinct tokens, ascending.
        kinds: of each word: the bits of all its places.
        runs: keys of the runs that stand once, ascending; 49 bits of a hash.
        places: the first token of each such run.
    """

    starts: I64
    counts: I64
    tokens: U64
    bits: U8
    words: U64
    kinds: U8
    runs: U64
    places: I32


@kernel
def capital_letters(data: U8, opens: I64, capitals: Flags) -> Flags:
    """[t] does a capital stand at each byte?

    Args:
        data: UTF-8.
        opens: [t] first bytes of characters.
        capitals: of each code point; none beyond.
    """
    found = np.zeros(len(opens), np.bool_)
    for t in range(len(opens)):
        point, _ = decode(data, opens[t])
        found[t] = point < len(capitals) and capitals[point]
    return found


@subroutine
def _read(tokens, flags, widths, capital, first, last, out, bits):
    """A document's tokens that aren't masked, with their bits; returns how many.

    Where most words have a capital, as in a headline's spelling, it makes no name.
    """
    count = inner = named = 0
    for t in range(first, last):
        flag = flags[t]
        if flag & MASKED_FLAG:
            continue
        bit = np.uint8(0)
        if flag & SENTENCE_FLAG:
            bit |= OPENS
        elif widths[t] > 1:
            inner += 1
            if capital[t - first]:
                named += 1
                bit |= NAME
        if flag & NUMBER_FLAG:
            bit |= NUMBER
        if flag & QUOTED_FLAG:
            bit |= QUOTED
        if widths[t] >= _LETTERS or flag & UNSPACED_FLAG:
            bit |= LONG
        out[count], bits[count] = tokens[t], bit
        count += 1
    if 2 * named > inner:
        for t in range(count):
            bits[t] &= ~NAME
    return count


@subroutine
def _words(tokens, bits, count, keys, spare, words, kinds):
    """Distinct words, ascending, with their bits; returns how many."""
    for t in range(count):
        keys[t] = tokens[t] & ~_PLACE | np.uint64(t)
    sort_hashes(keys, 0, count, spare)
    made = -1
    for k in range(count):
        word = keys[k] & ~_PLACE
        if made < 0 or words[made] != word:
            made += 1
            words[made], kinds[made] = word, 0
        kinds[made] |= bits[np.int64(keys[k] & _PLACE)]
    return made + 1


@subroutine
def _runs(tokens, count, keys, spare, runs, places):
    """Runs that stand once, ascending by key, and where; returns how many."""
    size = max(count - RUN + 1, 0)
    for t in range(size):
        key = np.uint64(0)
        for s in range(t, t + RUN):
            key = (key ^ (key >> _SHIFT)) * _MULTIPLIER + tokens[s]
        keys[t] = (key ^ (key >> _SHIFT)) * _MULTIPLIER & ~_PLACE | np.uint64(t)
    sort_hashes(keys, 0, size, spare)
    made = 0
    for k in range(size):
        key = keys[k] & ~_PLACE
        before = k > 0 and keys[k - 1] & ~_PLACE == key
        if not before and (k + 1 == size or keys[k + 1] & ~_PLACE != key):
            runs[made], places[made] = key, np.int64(keys[k] & _PLACE)
            made += 1
    return made


@kernel
def outlines(
    tokens: U64, flags: U8, widths: U8, offsets: I64, rows: I64, capital: Flags
) -> Outlines:
    """Outlines of some documents.

    Args:
        tokens, flags, widths, offsets: `Documents`.
        rows: [m] which.
        capital: does each of their first `MOST_TOKENS` tokens start with a capital? end to end.
    """
    m = len(rows)
    starts = np.zeros(m + 1, np.int64)
    for k in range(m):
        starts[k + 1] = starts[k] + min(offsets[rows[k] + 1] - offsets[rows[k]], MOST_TOKENS)
    size = starts[m]
    made = Outlines(
        starts, np.zeros((m, 3), np.int64), np.empty(size, np.uint64), np.empty(size, np.uint8),
        np.empty(size, np.uint64), np.empty(size, np.uint8), np.empty(size, np.uint64),
        np.empty(size, np.int32),
    )  # fmt: skip
    keys, spare = np.empty(MOST_TOKENS, np.uint64), np.empty(MOST_TOKENS, np.uint64)
    for k in range(m):
        at, first = starts[k], offsets[rows[k]]
        last = first + starts[k + 1] - at
        count = _read(
            tokens, flags, widths, capital[at:], first, last, made.tokens[at:], made.bits[at:]
        )
        made.counts[k, 0] = count
        made.counts[k, 1] = _words(
            made.tokens[at:], made.bits[at:], count, keys, spare, made.words[at:], made.kinds[at:]
        )
        made.counts[k, 2] = _runs(
            made.tokens[at:], count, keys, spare, made.runs[at:], made.places[at:]
        )
    return made
