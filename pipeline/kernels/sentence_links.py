"""Sentences of two texts that say the same: each with the best of the other text."""

import numpy as np

from pipeline.documents import F64, I32, I64, U8
from pipeline.kernels.chances import chances, frequent, numbered
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.matches import FLOOR, UNIT
from pipeline.kernels.retold import scratch_for
from pipeline.kernels.tokens import SENTENCE_FLAG


@subroutine
def sentence_bounds(stems, flags, least):
    """[s, 2] first token and last + 1 of each sentence of at least so many tokens.

    No sentence crosses a masked token.
    """
    bounds = np.empty((len(stems), 2), np.int64)
    count, first = 0, 0
    for i in range(len(stems) + 1):
        if i == len(stems) or stems[i] < 0 or flags[i] & SENTENCE_FLAG:
            if i - first >= least:
                bounds[count, 0], bounds[count, 1] = first, i
                count += 1
            first = i
        if i < len(stems) and stems[i] < 0:
            first = i + 1
    return bounds[:count]


@subroutine
def _entries(stems, bounds, weights):
    """Distinct telling stems of each sentence: bounds, stems, and each sentence's sum."""
    firsts, count = np.zeros(len(bounds) + 1, np.int64), 0
    held = np.empty(len(stems), np.int32)
    last = np.full(len(weights), -1, np.int64)
    sums = np.zeros(len(bounds), np.int64)
    for s in range(len(bounds)):
        for i in range(bounds[s, 0], bounds[s, 1]):
            stem = stems[i]
            if weights[stem] > 0 and last[stem] != s:
                last[stem] = s
                held[count] = stem
                sums[s] += weights[stem]
                count += 1
        firsts[s + 1] = count
    return firsts, held[:count], sums


@subroutine
def _weights(counts, chance, tokens):
    """[k] what sharing a stem tells beyond `FLOOR`; 0 for stems that caps pass over, and these."""
    skipped, _ = frequent(counts, tokens)
    weights, passed = np.zeros(len(chance), np.int64), 0
    for k in range(len(chance)):
        weights[k] = np.int64(UNIT * max(0.0, -np.log(chance[k]) - FLOOR))
        if skipped[k] and weights[k] > 0:
            weights[k] = 0
            passed += 1
    return weights, passed


@subroutine
def _by_stem(firsts, held, stems):
    """The sentences that hold each stem: bounds and sentences, ascending."""
    bounds = np.zeros(stems + 1, np.int64)
    for at in range(len(held)):
        bounds[held[at] + 1] += 1
    for k in range(stems):
        bounds[k + 1] += bounds[k]
    free, sentences = bounds[:-1].copy(), np.empty(len(held), np.int32)
    for s in range(len(firsts) - 1):
        for at in range(firsts[s], firsts[s + 1]):
            sentences[free[held[at]]] = s
            free[held[at]] += 1
    return bounds, sentences


@subroutine
def _best(entries_a, entries_b, weights):
    """For each sentence of A the best of B, −1 for none, and of B likewise; with their shares."""
    firsts, held, sums_a = entries_a
    _, _, sums_b = entries_b
    bounds, sentences = _by_stem(entries_b[0], entries_b[1], len(weights))
    best_a, best_b = np.full(len(sums_a), -1, np.int64), np.full(len(sums_b), -1, np.int64)
    share_a, share_b = np.zeros(len(sums_a)), np.zeros(len(sums_b))
    shared = np.zeros(len(sums_b), np.int64)
    met = np.empty(len(sums_b), np.int64)
    for s in range(len(sums_a)):
        count = 0
        for at in range(firsts[s], firsts[s + 1]):
            for place in range(bounds[held[at]], bounds[held[at] + 1]):
                t = sentences[place]
                if shared[t] == 0:
                    met[count] = t
                    count += 1
                shared[t] += weights[held[at]]
        for m in range(count):
            t = met[m]
            share = shared[t] / np.sqrt(np.float64(sums_a[s] * sums_b[t]))
            shared[t] = 0
            # Of equals the first: sentences of A come in order, those of B may not.
            if share > share_a[s] or (share == share_a[s] and t < best_a[s]):
                best_a[s], share_a[s] = t, share
            if share > share_b[t]:
                best_b[t], share_b[t] = s, share
    return best_a, share_a, best_b, share_b


@kernel
def sentence_links(
    stems: I32,
    flags: U8,
    offsets: I64,
    share: F64,
    a_rows: I64,
    b_rows: I64,
    tokens: int,
    least: float,
) -> tuple[I64, I64, F64, int]:
    """Pairs of sentences of which one is the other's best, in A's order.

    Their similarity is the sum of (−ln p − 5) over the stems they share, p the chance of a stem
    as `chances` gives it, ÷ the geometric mean of the same sums over each of the two.

    Args:
        stems, flags, offsets: of all documents; stems of masked tokens are −1.
        share: [V] share of each stem in all text.
        a_rows, b_rows: [m] the pairs.
        tokens: of the shortest sentence.
        least: similarity from which a pair of sentences is a link.

    Returns:
        counts [m]; per link first token and last + 1 in A, then in B, by place in the document;
        its similarity; and the number of stems that were passed over.
    """
    counts = np.zeros(len(a_rows), np.int64)
    rows, shares = [(0, 0, 0, 0) for _ in range(0)], [0.0 for _ in range(0)]
    known, numbers, _ = scratch_for(offsets, a_rows, b_rows, len(share))
    lost = 0
    for k in range(len(a_rows)):
        a, a_stop = offsets[a_rows[k]], offsets[a_rows[k] + 1]
        b, b_stop = offsets[b_rows[k]], offsets[b_rows[k] + 1]
        both = (stems[a:a_stop], stems[b:b_stop])
        new_a, new_b, found, told = numbered(both, share, known, numbers)
        size = len(new_a) + len(new_b)
        weights, passed = _weights(found, chances(found, told, size), size)
        lost += passed
        bounds_a = sentence_bounds(new_a, flags[a:a_stop], tokens)
        bounds_b = sentence_bounds(new_b, flags[b:b_stop], tokens)
        best_a, share_a, best_b, share_b = _best(
            _entries(new_a, bounds_a, weights), _entries(new_b, bounds_b, weights), weights
        )
        links = [(s, best_a[s], share_a[s]) for s in range(len(best_a))]
        for t in range(len(best_b)):
            if best_b[t] >= 0 and best_a[best_b[t]] != t:
                links.append((best_b[t], np.int64(t), share_b[t]))  # noqa: PERF401
        links.sort()
        for s, t, alike in links:
            if t >= 0 and alike >= least:
                rows.append((bounds_a[s, 0], bounds_a[s, 1], bounds_b[t, 0], bounds_b[t, 1]))
                shares.append(alike)
                counts[k] += 1
    table = np.empty((len(rows), 4), np.int64)
    for r in range(len(rows)):
        table[r] = rows[r]
    return counts, table, np.array(shares), lost
