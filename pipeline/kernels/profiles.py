"""What a document is compared by: its stems, runs of stems and sentences, weighed and sorted.

A profile is made once and shared by all pairs of the document. Weighed is how seldom a thing is
met; what stands in quotations only, or recurs in many articles, is told from what doesn't.
"""

from typing import NamedTuple

import numpy as np

from pipeline.documents import F32, I32, I64, U8, U16, U64
from pipeline.kernels.jit import inlined, kernel, subroutine
from pipeline.kernels.tokens import QUOTED_FLAG, SENTENCE_FLAG

MOST_TOKENS = 20_000  # of a document that are looked at, and of its sentences
MOST_SENTENCES = 400
LONGEST = 60  # tokens; a longer sentence is cut, and so are texts without full stops
SHORTEST = 4
QUOTE = 5  # stems of a run that stands in quotations
PARTS = 10
STOCK = 6  # stems of a run that recurs in many articles
_GAP = 2
_QUOTED, _LISTED, _STOCK = (np.uint8(1 << bit) for bit in range(3))
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xC2B2AE3D27D4EB4F)
_ONE = np.uint64(1)


class Known(NamedTuple):
    """What all documents together tell of stems and their runs.

    Attributes:
        hashes: [s] of stems, ascending.
        idf: [s] of stems.
        share: [s] of articles in which a stem stands, exp(−idf).
        table: [a power of 2] in how many articles of a sample the runs of a slot stand.
        quotations: [a power of 2] Bloom filter of runs that stand in quotations.
        prior: articles that the sample is taken to have beside its own, by chance alone.
        sample: articles in the sample, plus `prior`.
        phrase: a run is so many times as frequent as its stems are neighbours by chance.
        stock: from so many articles on a run of six is a stock phrase.
        content: least idf of a stem that sentences are compared by.
    """

    hashes: U64
    idf: F32
    share: F32
    table: U16
    quotations: U8
    prior: float
    sample: float
    phrase: float
    stock: int
    content: float


@inlined
def _mixed(key, value):
    """One number of two; their order matters."""
    key = (key ^ (key >> np.uint64(29))) * _MULTIPLIER + value
    return key ^ (key >> np.uint64(32))


@inlined
def _slot(key, size):
    return np.int64((key * _OTHER) >> np.uint64(24) & np.uint64(size - 1))


@subroutine
def _gathered(ids, flags, first, last, sequence, marks, fresh):
    """The unmasked tokens of a document; `fresh` is 1 at a sentence's first, 2 behind a gap."""
    count, gap = 0, _GAP
    for t in range(first, last):
        if ids[t] < 0:
            gap = _GAP
            continue
        if count == MOST_TOKENS:
            break
        sequence[count] = ids[t]
        marks[count] = _QUOTED if flags[t] & QUOTED_FLAG else 0
        fresh[count] = gap if gap else (1 if flags[t] & SENTENCE_FLAG else 0)
        gap = 0
        count += 1
    return count


@subroutine
def _long_runs(sequence, fresh, count, hashes, size, keys):
    """Key of the run of so many stems that ends at each token, 0 where a gap is in it."""
    inside = 0
    for t in range(count):
        inside = 1 if fresh[t] == _GAP else inside + 1
        keys[t] = 0
        if inside < size:
            continue
        key = np.uint64(size)
        for s in range(t - size + 1, t + 1):
            key = _mixed(key, hashes[sequence[s]])
        keys[t] = key | _ONE


@subroutine
def _short_runs(sequence, fresh, count, hashes, size, keys):
    """As `_long_runs`, inside sentences."""
    inside = 0
    for t in range(count):
        inside = 1 if fresh[t] else inside + 1
        keys[t] = 0
        if inside < size:
            continue
        key = np.uint64(size)
        for s in range(t - size + 1, t + 1):
            key = _mixed(key, hashes[sequence[s]])
        keys[t] = key | _ONE


@subroutine
def _mark(known, sequence, fresh, count, keys, marks):
    """What stands in quotations or stock phrases anywhere does so everywhere."""
    size = 8 * len(known.quotations)
    if size > 8:
        _long_runs(sequence, fresh, count, known.hashes, QUOTE, keys)
        for t in range(count):
            if keys[t] == 0:
                continue
            x, y = _slot(keys[t], size), _slot(keys[t] ^ _OTHER, size)
            if known.quotations[x >> 3] >> (x & 7) & 1 and known.quotations[y >> 3] >> (y & 7) & 1:
                for s in range(t - QUOTE + 1, t + 1):
                    marks[s] |= _LISTED
    _long_runs(sequence, fresh, count, known.hashes, STOCK, keys)
    for t in range(count):
        if keys[t] and known.table[_slot(keys[t], len(known.table))] >= known.stock:
            for s in range(t - STOCK + 1, t + 1):
                marks[s] |= _STOCK


@kernel
def list_quotations(
    ids: I32, flags: U8, offsets: I64, hashes: U64, rows: I64
) -> U64:
    """Keys of the runs of five stems that stand in quotations.

    Args:
        ids, hashes: `Stems`.
        flags, offsets: `Documents`.
        rows: [m] documents to read.
    """
    size = 0
    for m in range(len(rows)):
        size += min(offsets[rows[m] + 1] - offsets[rows[m]], MOST_TOKENS)
    out, total = np.empty(size, np.uint64), 0
    sequence, fresh = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int8)
    marks, keys = np.empty(MOST_TOKENS, np.uint8), np.empty(MOST_TOKENS, np.uint64)
    for m in range(len(rows)):
        first, last = offsets[rows[m]], offsets[rows[m] + 1]
        count = _gathered(ids, flags, first, last, sequence, marks, fresh)
        _long_runs(sequence, fresh, count, hashes, QUOTE, keys)
        inside = 0
        for t in range(count):
            inside = inside + 1 if marks[t] else 0
            if inside >= QUOTE and keys[t]:
                out[total] = keys[t]
                total += 1
    return out[:total].copy()


@kernel
def note_quotations(keys: U64, quotations: U8) -> None:
    """Set two bits for each key (Bloom 1970)."""
    size = 8 * len(quotations)
    for key in keys:
        for one in (key, key ^ _OTHER):
            x = _slot(one, size)
            quotations[x >> 3] |= np.uint8(1 << (x & 7))


@kernel
def list_runs(ids: I32, flags: U8, offsets: I64, hashes: U64, rows: I64) -> U64:
    """Distinct runs of two, three and six stems of each of some documents, end to end.

    Args:
        ids, hashes: `Stems`.
        flags, offsets: `Documents`.
        rows: [m] which.
    """
    size = 0
    for m in range(len(rows)):
        size += 3 * min(offsets[rows[m] + 1] - offsets[rows[m]], MOST_TOKENS)
    out, total = np.empty(size, np.uint64), 0
    sequence, fresh = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int8)
    marks, keys = np.empty(MOST_TOKENS, np.uint8), np.empty(MOST_TOKENS, np.uint64)
    for m in range(len(rows)):
        first, last = offsets[rows[m]], offsets[rows[m] + 1]
        count = _gathered(ids, flags, first, last, sequence, marks, fresh)
        for run in (2, 3, STOCK):
            if run == STOCK:
                _long_runs(sequence, fresh, count, hashes, run, keys)
            else:
                _short_runs(sequence, fresh, count, hashes, run, keys)
            before = np.uint64(0)
            for key in np.sort(keys[:count]):
                if key != before:
                    out[total] = key
                    total += 1
                before = key
    return out[:total].copy()


@kernel
def count_runs(keys: U64, table: U16, first: int, last: int) -> None:
    """Count runs in the slots first … last − 1 of a table, which no other thread touches then.

    Args:
        keys: [k] of one batch, with repeats.
        table: [a power of 2] counts; they stay at the most that they can hold.
        first, last: slots.
    """
    for key in keys:
        slot = _slot(key, len(table))
        if first <= slot < last and table[slot] < 65535:
            table[slot] += np.uint16(1)


class Profiles(NamedTuple):
    """Profiles of m documents. Document k's items begin at starts[k] in each array.

    Attributes:
        starts: [m] one past each document's last place is starts[k + 1].
        tokens: [m] unmasked tokens, at most `MOST_TOKENS`.
        counts: [m, 5] stems, runs of two, runs of three, stems of sentences, sentences.
        totals: [m, 3] summed weights of stems, runs of two, runs of three.
        stems: distinct, ascending.
        first: place of each stem's first mention among the tokens.
        marked: is each stem only in quotations or stock phrases?
        weights: of each stem.
        twos, threes: keys of runs, ascending; the lowest bit is 1 where one isn't only in
            quotations or stock phrases.
        two_weights, three_weights: of each run.
        places: of each run of three, where it first ends.
        part_totals: [m, PARTS] summed weights of the runs of three of each part of the document.
        sentence_stems, sentences: stems of content with the sentence that each is in, ascending.
        norms, shares: of each sentence: summed squares of its stems' weights; share of its
            tokens in quotations or stock phrases.
    """

    starts: I64
    tokens: I64
    counts: I64
    totals: F32
    stems: I32
    first: I32
    marked: U8
    weights: F32
    twos: U64
    two_weights: F32
    threes: U64
    three_weights: F32
    places: I32
    part_totals: F32
    sentence_stems: I32
    sentences: I32
    norms: F32
    shares: F32


@subroutine
def _weighed(known, sequence, count, size, keys, marks, out, weights, places):
    """Distinct runs and their weights, ascending; returns how many and their sum."""
    order = np.argsort(keys[:count])
    made, total, before = -1, 0.0, np.uint64(0)
    for t in order:
        key = keys[t]
        if key == 0:
            continue
        plain = False
        for s in range(t - size + 1, t + 1):
            plain = plain or marks[s] == 0
        if key == before:
            out[made] |= np.uint64(plain)
            places[made] = min(places[made], t)
            continue
        before = key
        made += 1
        chance, rarest = known.prior, np.float32(0)
        for s in range(t - size + 1, t + 1):
            chance *= known.share[sequence[s]]
            if s > t - size + 1:
                chance *= known.phrase
            rarest = max(rarest, known.idf[sequence[s]])
        met = known.table[_slot(key, len(known.table))]
        weight = np.float32(max(rarest, np.log(known.sample / (met + chance + 0.5))))
        out[made] = key & ~_ONE | np.uint64(plain)
        weights[made] = weight
        places[made] = t
        total += weight
    return made + 1, total


@subroutine
def _stems(known, sequence, count, marks, stems, first, marked, weights):
    """Distinct stems, ascending; returns how many and the sum of their weights."""
    packed = np.empty(count, np.int64)
    for t in range(count):
        packed[t] = np.int64(sequence[t]) << 32 | t
    made, total = -1, 0.0
    for value in np.sort(packed):
        stem, t = value >> 32, value & 0xFFFFFFFF
        if made >= 0 and stems[made] == stem:
            marked[made] &= marks[t] != 0
            continue
        made += 1
        stems[made], first[made] = stem, t
        marked[made] = marks[t] != 0
        weights[made] = known.idf[stem]
        total += known.idf[stem]
    return made + 1, total


@subroutine
def _in_sentences(known, sequence, fresh, count, marks, stems, sentences, norms, shares):
    """Distinct stems of content of each sentence; returns how many, and how many sentences."""
    packed = np.empty(count, np.int64)
    made = number = opened = inside = 0
    for t in range(count + 1):
        if t == count or fresh[t] or t - opened == LONGEST:
            if t - opened < SHORTEST or inside == made:
                made = inside
            elif number < MOST_SENTENCES:
                share = 0
                for s in range(opened, t):
                    share += marks[s] != 0
                shares[number] = share / (t - opened)
                norms[number] = 0
                number += 1
                inside = made
            opened = t
            if t == count or number == MOST_SENTENCES:
                break
        if known.idf[sequence[t]] >= known.content:
            packed[made] = np.int64(sequence[t]) << 32 | number
            made += 1
    kept, before = 0, np.int64(-1)
    for value in np.sort(packed[:inside]):
        if value == before:
            continue
        before = value
        stems[kept], sentences[kept] = value >> 32, value & 0xFFFFFFFF
        weight = known.idf[stems[kept]]
        norms[sentences[kept]] += weight * weight
        kept += 1
    return kept, number


@kernel
def profiles(ids: I32, flags: U8, offsets: I64, known: Known, rows: I64) -> Profiles:
    """Profiles of some documents.

    Args:
        ids: `Stems`.
        flags, offsets: `Documents`.
        known: of all documents.
        rows: [m] which.
    """
    m = len(rows)
    starts = np.zeros(m + 1, np.int64)
    for k in range(m):
        starts[k + 1] = starts[k] + min(offsets[rows[k] + 1] - offsets[rows[k]], MOST_TOKENS)
    size = starts[m]
    made = Profiles(
        starts, np.zeros(m, np.int64), np.zeros((m, 5), np.int64), np.zeros((m, 3), np.float32),
        np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint8),
        np.empty(size, np.float32), np.empty(size, np.uint64), np.empty(size, np.float32),
        np.empty(size, np.uint64), np.empty(size, np.float32),
        np.empty(size, np.int32), np.zeros((m, PARTS), np.float32), np.empty(size, np.int32),
        np.empty(size, np.int32), np.empty(size, np.float32), np.empty(size, np.float32),
    )  # fmt: skip
    sequence, fresh = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int8)
    marks, keys = np.empty(MOST_TOKENS, np.uint8), np.empty(MOST_TOKENS, np.uint64)
    spare = np.empty(MOST_TOKENS, np.int32)
    for k in range(m):
        first, last = offsets[rows[k]], offsets[rows[k] + 1]
        count = _gathered(ids, flags, first, last, sequence, marks, fresh)
        _mark(known, sequence, fresh, count, keys, marks)
        at = starts[k]
        made.tokens[k] = count
        made.counts[k, 0], made.totals[k, 0] = _stems(
            known, sequence, count, marks,
            made.stems[at:], made.first[at:], made.marked[at:], made.weights[at:],
        )  # fmt: skip
        _short_runs(sequence, fresh, count, known.hashes, 2, keys)
        made.counts[k, 1], made.totals[k, 1] = _weighed(
            known, sequence, count, 2, keys, marks, made.twos[at:], made.two_weights[at:],
            spare,
        )
        _short_runs(sequence, fresh, count, known.hashes, 3, keys)
        made.counts[k, 2], made.totals[k, 2] = _weighed(
            known, sequence, count, 3, keys, marks, made.threes[at:], made.three_weights[at:],
            made.places[at:],
        )
        for r in range(at, at + made.counts[k, 2]):
            made.part_totals[k, made.places[r] * PARTS // count] += made.three_weights[r]
        made.counts[k, 3], made.counts[k, 4] = _in_sentences(
            known, sequence, fresh, count, marks,
            made.sentence_stems[at:], made.sentences[at:], made.norms[at:], made.shares[at:],
        )  # fmt: skip
    return made
