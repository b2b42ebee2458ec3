"""Distinct words of many texts, told by their hashes, and numbers given to them."""

import numpy as np

from pipeline.documents import I16, I32, I64, U8, U64
from pipeline.kernels.jit import inlined, kernel
from pipeline.kernels.texts import forward
from pipeline.kernels.tokens import MASKED_FLAG, UNSPACED_FLAG

_STEP = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_FEW = 1 << 12


@inlined
def _key(token, flags, way):
    """A word as it is stemmed one way, in 64 bits; never 0, which marks a free slot.

    A character of a script without spaces is its own stem.
    """
    key = token
    if not flags & UNSPACED_FLAG:
        key ^= np.uint64(way) * _STEP
    return key if key != 0 else _ONE


@inlined
def _slot(table, key):
    """Where a key stands in a table, or the free slot where it belongs."""
    mask = np.uint64(len(table) - 1)
    at = (key * _STEP) >> np.uint64(32) & mask
    while table[at] != 0 and table[at] != key:
        at = (at + _ONE) & mask
    return np.int64(at)


@kernel
def grown(table: U64, places: I64) -> tuple[U64, I64]:
    """A table of twice the size that holds the same."""
    keys, kept = np.zeros(2 * len(table), np.uint64), np.zeros(2 * len(table), np.int64)
    for slot in range(len(table)):
        if table[slot]:
            at = _slot(keys, table[slot])
            keys[at], kept[at] = table[slot], places[slot]
    return keys, kept


@kernel
def add_words(keys: U64, places: I64, table: U64, kept: I64) -> int:
    """Put keys that a table doesn't hold into it, each with its place.

    Args:
        keys, places: [m] what to add.
        table, kept: [a power of 2] keys, 0 where free, and their places; m + 1 slots are free.

    Returns:
        how many were added.
    """
    added = 0
    for m in range(len(keys)):
        at = _slot(table, keys[m])
        if table[at] == 0:
            table[at], kept[at] = keys[m], places[m]
            added += 1
    return added


@kernel
def distinct_words(
    tokens: U64, flags: U8, offsets: I64, ways: I16, first: int, last: int
) -> tuple[U64, I64]:
    """Each word of the documents first … last − 1 once, in the order of its first place.

    Args:
        tokens, flags, offsets: `Documents`; masked tokens take no part.
        ways: [n] number of the stemmer of each document, 0 for none.

    Returns:
        keys of words and ways, and the token where each was met first.
    """
    size = _FEW
    table = np.zeros(2 * size, np.uint64)
    keys, places = np.empty(size, np.uint64), np.empty(size, np.int64)
    count = 0
    for i in range(first, last):
        for t in range(offsets[i], offsets[i + 1]):
            if flags[t] & MASKED_FLAG:
                continue
            key = _key(tokens[t], flags[t], ways[i])
            at = _slot(table, key)
            if table[at]:
                continue
            table[at] = key
            keys[count], places[count] = key, t
            count += 1
            if count == size:
                size *= 2
                table = np.zeros(2 * size, np.uint64)
                more, further = np.empty(size, np.uint64), np.empty(size, np.int64)
                more[:count], further[:count] = keys, places
                keys, places = more, further
                for c in range(count):
                    table[_slot(table, keys[c])] = keys[c]
    return keys[:count].copy(), places[:count].copy()


@kernel
def number_words(
    tokens: U64,
    flags: U8,
    offsets: I64,
    ways: I16,
    table: U64,
    numbers: I32,
    first: int,
    last: int,
    out: I32,
) -> None:
    """Write the number of each token of the documents first … last − 1; −1 where it is masked.

    Args:
        tokens, flags, offsets, ways: as for `distinct_words`.
        table: [a power of 2] keys of all words, 0 where free.
        numbers: of each slot.
        out: [T] where they are written.
    """
    for i in range(first, last):
        for t in range(offsets[i], offsets[i + 1]):
            if flags[t] & MASKED_FLAG:
                out[t] = -1
            else:
                out[t] = numbers[_slot(table, _key(tokens[t], flags[t], ways[i]))]


@kernel
def byte_places(data: U8, bounds: I64, rows: I64, starts: I64, ends: I64) -> tuple[I64, I64]:
    """[m] first byte of each piece of a text, and one past its last.

    Args:
        data, bounds: text at place i is data[bounds[i]:bounds[i + 1]].
        rows: [m] in which text; quick where the pieces of one follow each other and ascend.
        starts, ends: [m] code points, half open.
    """
    opens, closes = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    row = np.int64(-1)
    at = point = stop = np.int64(0)
    for m in range(len(rows)):
        if rows[m] != row or starts[m] < point:
            row = rows[m]
            at, point, stop = bounds[row], np.int64(0), bounds[row + 1]
        at = forward(data, at, stop, starts[m] - point)
        point = starts[m]
        opens[m] = at
        closes[m] = forward(data, at, stop, ends[m] - point)
    return opens, closes


@kernel
def group_frequencies(
    ids: I32, offsets: I64, order: I64, group: I64, first: int, last: int, frequencies: I32
) -> None:
    """Count in how many groups of documents each number stands.

    Args:
        ids: [T] numbers of tokens, −1 for none.
        offsets: [n + 1] tokens of each document.
        order: [n] documents, those of one group next to each other.
        group: [n] of each document.
        first, last: places in `order` to count; at both ends a group begins.
        frequencies: [numbers] what is counted up.
    """
    met = np.full(len(frequencies), np.int64(-1))
    for place in range(first, last):
        one = group[order[place]]
        for t in range(offsets[order[place]], offsets[order[place] + 1]):
            if ids[t] >= 0 and met[ids[t]] != one:
                met[ids[t]] = one
                frequencies[ids[t]] += 1
