"""Where known sequences of tokens stand in documents."""

from typing import NamedTuple

import numpy as np

from pipeline.documents import I32, I64, U8, U64
from pipeline.kernels.jit import inlined, kernel, subroutine

# Bits of what a sequence may be; NEAR says that it counts only beside a phrase.
NEAR = np.uint8(128)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_CHUNK = 1 << 13  # tokens looked at in one go
_STEPS = 6  # tokens that may stand between a phrase and a name behind it


class Sequences(NamedTuple):
    """Token sequences, to be found by their first token.

    Attributes:
        marks: [2^k] bits, set where a first token's lowest bits point.
        slots: [2^k] places in `firsts`, −1 where free; linear probing from the lowest bits.
        firsts: [f] distinct first tokens.
        groups: [f + 1] sequences groups[i]:groups[i + 1] start with firsts[i].
        bounds: [m + 1] sequence j is tokens[bounds[j]:bounds[j + 1]].
        tokens: of all sequences.
        bits: [m] what each sequence is.
    """

    marks: U8
    slots: I32
    firsts: U64
    groups: I64
    bounds: I64
    tokens: U64
    bits: U8


class Phrases(NamedTuple):
    """Sorted tokens, and mixed pairs of tokens, that stand beside names.

    Attributes:
        before: the last token, or the last two, of phrases before a name.
        after: the first token, or the first two, of phrases behind a name.
        between: tokens that may stand between a phrase and a name behind it.
        skipped: tokens that may stand between a name and a phrase behind it.
    """

    before: U64
    after: U64
    between: U64
    skipped: U64


@inlined
def mixed(first, second):
    """One number for two tokens in a row."""
    return (first * _MIX) ^ second


@kernel
def mixed_pairs(first: U64, second: U64) -> U64:
    """[n] `mixed` of each two."""
    pairs = np.empty(len(first), np.uint64)
    for i in range(len(first)):
        pairs[i] = mixed(first[i], second[i])
    return pairs


@kernel
def slots_of(firsts: U64) -> tuple[U8, I32]:
    """The bits and the hash table of `Sequences`; tokens are hashes already."""
    size = 64
    while size < 4 * len(firsts):
        size *= 2
    slots = np.full(size, np.int32(-1))
    marks = np.zeros(4 * size, np.uint8)
    for i in range(len(firsts)):
        at = firsts[i] & np.uint64(size - 1)
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & np.uint64(size - 1)
        slots[at] = i
        mark = firsts[i] & np.uint64(8 * len(marks) - 1)
        marks[mark >> np.uint64(3)] |= np.uint8(1) << np.uint8(mark & np.uint64(7))
    return marks, slots


@subroutine
def _is_in(value, values):
    at = np.searchsorted(values, value)
    return at < len(values) and values[at] == value


@subroutine
def _ends_phrase(tokens, low, at, phrases):
    """Does a phrase end with the token `at`, none before `low` being its?"""
    found = at >= low and _is_in(tokens[at], phrases)
    return found or (at > low and _is_in(mixed(tokens[at - 1], tokens[at]), phrases))


@subroutine
def _opens_phrase(tokens, at, high, phrases):
    found = at < high and _is_in(tokens[at], phrases)
    return found or (at + 1 < high and _is_in(mixed(tokens[at], tokens[at + 1]), phrases))


@subroutine
def _beside(tokens, low, start, stop, high, phrases):
    """Is there a phrase before or behind tokens[start:stop] of the document tokens[low:high]?"""
    at = start - 1
    found = _ends_phrase(tokens, low, at, phrases.before)
    for _ in range(_STEPS):
        if found or at < low or not _is_in(tokens[at], phrases.between):
            break
        at -= 1
        found = _ends_phrase(tokens, low, at, phrases.before)
    at = stop
    found = found or _opens_phrase(tokens, at, high, phrases.after)
    for _ in range(2):
        if found or at >= high or not _is_in(tokens[at], phrases.skipped):
            break
        at += 1
        found = _opens_phrase(tokens, at, high, phrases.after)
    return found


@subroutine
def _grown(values):
    more = np.empty(2 * len(values), values.dtype)
    more[: len(values)] = values
    return more


@subroutine
def _marked(tokens, start, stop, marks, places):
    """Put those of tokens[start:stop] that may start a sequence into `places`; how many.

    A loop so small that it runs at the speed of memory.
    """
    few = np.uint64(8 * len(marks) - 1)
    size = 0
    for at in range(start, stop):
        mark = tokens[at] & few
        if not (marks[mark >> np.uint64(3)] >> (mark & np.uint64(7))) & np.uint64(1):
            continue
        places[size] = at
        size += 1
    return size


@kernel
def find_names(
    tokens: U64, offsets: I64, sequences: Sequences, phrases: Phrases
) -> tuple[I64, I64, U8]:
    """Tokens at which sequences start.

    Args:
        tokens, offsets: document i is tokens[offsets[i]:offsets[i + 1]].
        sequences: those of them with the bit NEAR count only beside a phrase.
        phrases: what stands beside names.

    Returns:
        [n + 1] offsets of the documents' hits; then of each hit, ascending: its first token, and
        the bits of all sequences there (without NEAR).
    """
    # Taken out of the tuples once: each time counts references.
    marks, slots, firsts = sequences.marks, sequences.slots, sequences.firsts
    groups, bounds, parts = sequences.groups, sequences.bounds, sequences.tokens
    kinds = sequences.bits
    one, mask = np.uint64(1), np.uint64(len(slots) - 1)
    found = np.zeros(len(offsets), np.int64)
    first, what = np.empty(2 * _CHUNK, np.int64), np.empty(2 * _CHUNK, np.uint8)
    places = np.empty(_CHUNK, np.int64)
    size = document = 0
    for chunk in range(0, len(tokens), _CHUNK):
        # Here and not further in: an array that may be replaced in a loop makes all of it slow.
        if size + _CHUNK > len(first):
            first, what = _grown(first), _grown(what)
        count = _marked(tokens, chunk, min(chunk + _CHUNK, len(tokens)), marks, places)
        for at in places[:count]:
            slot = tokens[at] & mask
            while slots[slot] >= 0 and firsts[slots[slot]] != tokens[at]:
                slot = (slot + one) & mask
            if slots[slot] < 0:
                continue
            while at >= offsets[document + 1]:
                document += 1
                found[document] = size
            low, high = offsets[document], offsets[document + 1]
            bits = np.uint8(0)
            for j in range(groups[slots[slot]], groups[slots[slot] + 1]):
                start, length = bounds[j], bounds[j + 1] - bounds[j]
                if at + length > high:
                    continue
                same = 1
                while same < length and tokens[at + same] == parts[start + same]:
                    same += 1
                bit = kinds[j] & ~NEAR
                if same < length or (bit | bits) == bits:
                    continue
                if not kinds[j] & NEAR or _beside(tokens, low, at, at + length, high, phrases):
                    bits |= bit
            if bits:
                first[size], what[size] = at, bits
                size += 1
    found[document + 1 :] = size
    return found, first[:size].copy(), what[:size].copy()
