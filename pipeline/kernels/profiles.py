"""What a document is compared by: its stems, runs of stems and sentences, weighed and sorted.

A profile is made once and shared by all pairs of the document. Weighed is how seldom a thing is
met; what stands in quotations only, or recurs in many articles, is told from what doesn't.
"""

from typing import NamedTuple

import numpy as np

from pipeline.documents import F32, I32, I64, U8, U16, U64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.runs import (
    MOST_TOKENS,
    ONE,
    QUOTE,
    RUN,
    STOCK,
    noted,
    run_keys,
    slot_of,
    unmasked,
)

MOST_SENTENCES = 400
LONGEST = 60  # tokens; a longer sentence is cut, and so are texts without full stops
SHORTEST = 4
CONTENT = np.float32(1.5)  # least weight of a stem that sentences are compared by
_STOCK = 7  # from so many articles on a run of `STOCK` stems is a stock phrase
# Runs are this many times as frequent as if texts had no phrases.
_PHRASE = np.float32(0.5)


class Known(NamedTuple):
    """What all documents together tell of stems and their runs.

    Attributes:
        hashes: [s] of stems, ascending.
        idf: [s] of stems.
        share: [s] of articles that a stem stands in, exp(−idf).
        numbers: [s] is the stem a number?
        table: [a power of 2] in how many articles of a sample the runs of a slot stand.
        quotations: [a power of 2] bits of the runs that stand in quotations anywhere.
        articles: in the sample.
        strength: the chance of a run, told from its stems, counts for as much as so many articles.
    """

    hashes: U64
    idf: F32
    share: F32
    numbers: U8
    table: U16
    quotations: U8
    articles: float
    strength: float


class Profiles(NamedTuple):
    """Profiles of m documents; in the flat arrays document k's items begin at starts[k].

    Attributes:
        starts: [m + 1].
        tokens: [m] unmasked tokens, at most `MOST_TOKENS`.
        counts: [m, 4] stems, runs, stems of sentences, sentences.
        totals: [m] summed weights of runs.
        cut: [m] is there more than was looked at?
        stems: distinct, ascending.
        first: place of each stem's first mention among the tokens.
        marked: does each stem stand in quotations or stock phrases only?
        runs: keys, ascending; the lowest bit is 0 where one is marked as stems are.
        weights: of runs.
        places: the token that ends each run's first mention.
        parts, sentences: stems of content, each with the sentence that it is in; ascending.
        norms, shares: of each sentence: summed squares of its stems' weights; share of its tokens
            in quotations or stock phrases.
    """

    starts: I64
    tokens: I64
    counts: I64
    totals: F32
    cut: U8
    stems: I32
    first: I32
    marked: U8
    runs: U64
    weights: F32
    places: I32
    parts: I32
    sentences: I32
    norms: F32
    shares: F32


@subroutine
def _mark(known, sequence, fresh, count, keys, marks):
    """What stands in quotations, or is a stock phrase, anywhere is so everywhere."""
    run_keys(sequence, fresh, count, known.hashes, QUOTE, True, keys)
    for t in range(count):
        if keys[t] and noted(known.quotations, keys[t]):
            marks[t - QUOTE + 1 : t + 1] = 1
    run_keys(sequence, fresh, count, known.hashes, STOCK, True, keys)
    for t in range(count):
        if keys[t] and known.table[slot_of(keys[t], len(known.table))] >= _STOCK:
            marks[t - STOCK + 1 : t + 1] = 1


@subroutine
def _weight(known, sequence, t, key):
    """ln(articles / df) of a run, df₀ given by its stems; no less than its rarest stem weighs."""
    chance, rarest = np.float32(known.strength), np.float32(0)
    for s in range(t - RUN + 1, t + 1):
        chance *= known.share[sequence[s]]
        if s > t - RUN + 1:
            chance *= _PHRASE
        rarest = max(rarest, known.idf[sequence[s]])
    met = known.table[slot_of(key, len(known.table))]
    articles = known.articles + known.strength
    return max(rarest, np.float32(np.log(articles / (met + chance + 0.5))))


@subroutine
def _runs(known, sequence, count, keys, marks, out, weights, places):
    """Distinct runs, ascending; returns how many and their summed weight."""
    made, total, before = -1, 0.0, np.uint64(0)
    for t in np.argsort(keys[:count]):
        key = keys[t]
        if key == 0:
            continue
        plain = np.uint64(not marks[t - RUN + 1 : t + 1].all())
        if key == before:
            out[made] |= plain
            places[made] = min(places[made], t)
            continue
        before = key
        made += 1
        out[made] = key & ~ONE | plain
        weights[made] = _weight(known, sequence, t, key)
        places[made] = t
        total += weights[made]
    return made + 1, total


@subroutine
def _stems(sequence, count, marks, stems, first, marked):
    """Distinct stems, ascending; returns how many."""
    packed = np.empty(count, np.int64)
    for t in range(count):
        packed[t] = np.int64(sequence[t]) << 32 | t
    made = -1
    for value in np.sort(packed):
        stem, t = value >> 32, value & 0xFFFFFFFF
        if made >= 0 and stems[made] == stem:
            marked[made] &= marks[t]
            continue
        made += 1
        stems[made], first[made], marked[made] = stem, t, marks[t]
    return made + 1


@subroutine
def _sentences(known, sequence, fresh, count, marks, parts, sentences, norms, shares):
    """Stems of content of each sentence; returns how many, and how many sentences."""
    packed = np.empty(count, np.int64)
    made = number = opened = inside = 0
    for t in range(count + 1):
        if t == count or fresh[t] or t - opened == LONGEST:
            if t - opened < SHORTEST or inside == made:
                made = inside
            else:
                shares[number] = marks[opened:t].sum() / (t - opened)
                norms[number] = 0
                number += 1
                inside = made
            opened = t
            if t == count or number == MOST_SENTENCES:
                break
        if known.idf[sequence[t]] >= CONTENT:
            packed[made] = np.int64(sequence[t]) << 32 | number
            made += 1
    kept, before = 0, np.int64(-1)
    for value in np.sort(packed[:inside]):
        if value != before:
            parts[kept], sentences[kept] = value >> 32, value & 0xFFFFFFFF
            weight = known.idf[parts[kept]]
            norms[sentences[kept]] += weight * weight
            kept += 1
        before = value
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
        starts, np.zeros(m, np.int64), np.zeros((m, 4), np.int64), np.zeros(m, np.float32),
        np.zeros(m, np.uint8), np.empty(size, np.int32), np.empty(size, np.int32),
        np.empty(size, np.uint8), np.empty(size, np.uint64), np.empty(size, np.float32),
        np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32),
        np.empty(size, np.float32), np.empty(size, np.float32),
    )  # fmt: skip
    sequence, fresh = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int8)
    marks, keys = np.empty(MOST_TOKENS, np.uint8), np.empty(MOST_TOKENS, np.uint64)
    for k in range(m):
        first, last, at = offsets[rows[k]], offsets[rows[k] + 1], starts[k]
        count, more = unmasked(ids, flags, first, last, sequence, marks, fresh)
        _mark(known, sequence, fresh, count, keys, marks)
        made.tokens[k] = count
        made.counts[k, 0] = _stems(
            sequence, count, marks, made.stems[at:], made.first[at:], made.marked[at:]
        )
        run_keys(sequence, fresh, count, known.hashes, RUN, False, keys)
        made.counts[k, 1], made.totals[k] = _runs(
            known, sequence, count, keys, marks,
            made.runs[at:], made.weights[at:], made.places[at:],
        )  # fmt: skip
        made.counts[k, 2], made.counts[k, 3] = _sentences(
            known, sequence, fresh, count, marks,
            made.parts[at:], made.sentences[at:], made.norms[at:], made.shares[at:],
        )  # fmt: skip
        made.cut[k] = more or made.counts[k, 3] == MOST_SENTENCES
    return made
