"""Runs of stems in a row: how often they are met, and whether in quotations."""

import numpy as np

from pipeline.documents import I32, I64, U8, U16, U64
from pipeline.kernels.jit import inlined, kernel, subroutine
from pipeline.kernels.tokens import QUOTED_FLAG, SENTENCE_FLAG

MOST_TOKENS = 20_000  # of a document that are looked at
RUN = 3  # stems of a run that documents are compared by; inside a sentence
QUOTE = 5  # stems of a run that stands in quotations
STOCK = 6  # stems of a run that recurs in many articles
GAP = 2
_FULL = 65_535
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xC2B2AE3D27D4EB4F)
ONE = np.uint64(1)


@inlined
def _mixed(key, value):
    """One number of two; their order matters."""
    key = (key ^ (key >> np.uint64(29))) * _MULTIPLIER + value
    return key ^ (key >> np.uint64(32))


@inlined
def slot_of(key, size):
    """Where a key's count stands in a table."""
    return np.int64((key * _OTHER) >> np.uint64(24) & np.uint64(size - 1))


@inlined
def noted(bits, key):
    """Was the key noted by `note_quotations`?"""
    size = 8 * len(bits)
    x, y = slot_of(key, size), slot_of(key ^ _OTHER, size)
    return (bits[x >> 3] >> (x & 7)) & (bits[y >> 3] >> (y & 7)) & 1 != 0


@subroutine
def unmasked(ids, flags, first, last, sequence, marks, fresh):
    """A document's first tokens that aren't masked: how many, and are there more?

    Args:
        ids: `Stems`.
        flags: `Documents`.
        first, last: the document's tokens.
        sequence, marks, fresh: filled with stems, whether each is quoted, and 1 at the first token
            of a sentence, `GAP` behind a masked one.
    """
    count, gap = 0, GAP
    for t in range(first, last):
        if ids[t] < 0:
            gap = GAP
            continue
        if count == MOST_TOKENS:
            return count, True
        sequence[count] = ids[t]
        marks[count] = 1 if flags[t] & QUOTED_FLAG else 0
        fresh[count] = gap if gap else (1 if flags[t] & SENTENCE_FLAG else 0)
        gap = 0
        count += 1
    return count, False


@subroutine
def run_keys(sequence, fresh, count, hashes, size, across, keys):
    """Key of the run of `size` stems that ends at each token; 0 where there is none.

    Args:
        sequence, fresh, count: as `unmasked` gave.
        hashes: `Stems`.
        across: may a run go from one sentence to the next?
        keys: filled; odd numbers.
    """
    inside = 0
    for t in range(count):
        cut = fresh[t] == GAP or (fresh[t] != 0 and not across)
        inside = 1 if cut else inside + 1
        keys[t] = 0
        if inside >= size:
            key = np.uint64(size)
            for s in range(t - size + 1, t + 1):
                key = _mixed(key, hashes[sequence[s]])
            keys[t] = key | ONE


@inlined
def _most(offsets, rows):
    size = np.int64(0)
    for m in range(len(rows)):
        size += min(offsets[rows[m] + 1] - offsets[rows[m]], MOST_TOKENS)
    return size


@kernel
def list_quotations(ids: I32, flags: U8, offsets: I64, hashes: U64, rows: I64) -> U64:
    """Keys of the runs of `QUOTE` stems that stand in quotations, with repeats.

    Args:
        ids, hashes: `Stems`.
        flags, offsets: `Documents`.
        rows: [m] documents to read.
    """
    out, total = np.empty(_most(offsets, rows), np.uint64), 0
    sequence, fresh = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int8)
    marks, keys = np.empty(MOST_TOKENS, np.uint8), np.empty(MOST_TOKENS, np.uint64)
    for m in range(len(rows)):
        first, last = offsets[rows[m]], offsets[rows[m] + 1]
        count, _ = unmasked(ids, flags, first, last, sequence, marks, fresh)
        run_keys(sequence, fresh, count, hashes, QUOTE, True, keys)
        inside = 0
        for t in range(count):
            inside = inside + 1 if marks[t] else 0
            if inside >= QUOTE and keys[t]:
                out[total] = keys[t]
                total += 1
    return out[:total].copy()


@kernel
def note_quotations(keys: U64, bits: U8) -> None:
    """Set two bits for each key (Bloom 1970).

    Args:
        keys: of runs.
        bits: [a power of 2] what is noted.
    """
    size = 8 * len(bits)
    for key in keys:
        for one in (key, key ^ _OTHER):
            x = slot_of(one, size)
            bits[x >> 3] |= np.uint8(1 << (x & 7))


@kernel
def list_runs(ids: I32, flags: U8, offsets: I64, hashes: U64, rows: I64) -> U64:
    """Keys of the runs of `RUN` and `STOCK` stems of some documents, once for each document.

    Args:
        ids, hashes: `Stems`.
        flags, offsets: `Documents`.
        rows: [m] which.
    """
    out, total = np.empty(2 * _most(offsets, rows), np.uint64), 0
    sequence, fresh = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int8)
    marks, keys = np.empty(MOST_TOKENS, np.uint8), np.empty(MOST_TOKENS, np.uint64)
    for m in range(len(rows)):
        first, last = offsets[rows[m]], offsets[rows[m] + 1]
        count, _ = unmasked(ids, flags, first, last, sequence, marks, fresh)
        for size in (RUN, STOCK):
            run_keys(sequence, fresh, count, hashes, size, size == STOCK, keys)
            before = np.uint64(0)
            for key in np.sort(keys[:count]):
                if key != before:
                    out[total] = key
                    total += 1
                before = key
    return out[:total].copy()


@kernel
def count_runs(keys: U64, table: U16, first: int, last: int) -> None:
    """Count keys in the slots first … last − 1 of a table, which no other thread touches then.

    Args:
        keys: [k] with repeats.
        table: [a power of 2] counts; they stay at the most that they can hold.
        first, last: slots.
    """
    for key in keys:
        slot = slot_of(key, len(table))
        if first <= slot < last and table[slot] < _FULL:
            table[slot] += np.uint16(1)
