"""Masking of learned blocks."""

import numpy as np

from pipeline.documents import I64, U8, U64
from pipeline.kernels.blocks import LINE_SALT, block_hash, block_units, most_units
from pipeline.kernels.jit import inlined, kernel, subroutine
from pipeline.kernels.sorting import sort_hashes
from pipeline.kernels.tokens import MASKED_FLAG

# A run that is so many times rarer than a block it overlaps recurs by chance: a common word before
# the footer.
_CHANCE = 8


@subroutine
def _table(units, spreads):
    """Spreads by unit, for `_spread`: an open-addressing table, a quarter full at most."""
    bits = 4
    while (1 << bits) < 4 * len(units):
        bits += 1
    keys = np.zeros(1 << bits, np.uint64)
    values = np.zeros(1 << bits, np.int64)
    for u in range(len(units)):
        slot = units[u] >> np.uint64(64 - bits)
        while values[slot] and keys[slot] != units[u]:
            slot = (slot + np.uint64(1)) & np.uint64((1 << bits) - 1)
        keys[slot], values[slot] = units[u], spreads[u]
    return keys, values, np.uint64(64 - bits)


@inlined
def _spread(table, unit):
    """In how many articles a known unit stands; 0 for any other."""
    keys, values, shift = table
    slot = unit >> shift
    while values[slot] and keys[slot] != unit:
        slot = (slot + np.uint64(1)) & np.uint64(len(keys) - 1)
    return values[slot]


@subroutine
def _weights(tokens, flags, start, stop, run, table, hashes, weights):
    """The widest spread of any known unit over each token; 0 where none stands.

    Units that recur by chance beside a much more widespread one are passed over.

    Args:
        hashes: gets the document's units.
        weights: gets the spreads, stop − start of them.

    Returns:
        number of runs among the units, and whether any unit is known.
    """
    size = stop - start
    firsts, lasts = np.empty(2 * size + 2, np.int64), np.empty(2 * size + 2, np.int64)
    runs, count = block_units(tokens, flags, start, stop, run, hashes, firsts, lasts)
    weights[:size] = 0
    hit = np.empty((3, count), np.int64)
    hits = 0
    for u in range(count):
        spread = _spread(table, hashes[u])
        if spread:
            first = u if u < runs else firsts[u - runs] - start
            last = u + run if u < runs else lasts[u - runs] - start
            for i in range(first, last):
                weights[i] = max(weights[i], spread)
            hit[0, hits], hit[1, hits], hit[2, hits] = spread, first, last
            hits += 1
    if hits == 0:
        return runs, False
    widest = weights[:size].copy()
    weights[:size] = 0
    for h in range(hits):
        spread, first, last = hit[0, h], hit[1, h], hit[2, h]
        if _CHANCE * spread >= widest[first:last].max():
            for i in range(first, last):
                weights[i] = max(weights[i], spread)
    return runs, True


@kernel
def outside_units(
    tokens: U64, flags: U8, offsets: I64, documents: I64, run: int, units: U64, sample: int
) -> tuple[I64, I64, U64]:
    """What some documents hold outside recurring units.

    Args:
        tokens, flags, offsets: of all documents.
        documents: [m] rows of those wanted.
        run: tokens per run.
        units: hashes of the recurring units.
        sample: of the runs outside, one in so many is kept, by its hash.

    Returns:
        [m] tokens that stand in none of the units and aren't masked, [m] numbers of kept runs, and
        these in order, ascending within a document. Runs that start on a masked token are left out.
    """
    table = _table(units, np.ones(len(units), np.int64))
    outside, sizes = np.empty(len(documents), np.int64), np.zeros(len(documents), np.int64)
    hashes = np.empty(most_units(offsets, documents), np.uint64)
    weights, other = np.empty(len(hashes), np.int64), np.empty(len(hashes), np.uint64)
    zero = np.int64(0)
    rest = [np.uint64(0) for _ in range(0)]
    limit = np.uint64(0xFFFFFFFFFFFFFFFF) // np.uint64(sample)
    for m in range(len(documents)):
        start, stop = offsets[documents[m]], offsets[documents[m] + 1]
        runs, _ = _weights(tokens, flags, start, stop, run, table, hashes, weights)
        hidden = flags[start:stop] & MASKED_FLAG
        outside[m] = np.sum((weights[: stop - start] == 0) & (hidden == 0))
        kept = zero
        for u in range(runs):
            if hashes[u] <= limit and not hidden[u]:
                hashes[kept] = hashes[u]
                kept += 1
        kept = sort_hashes(hashes, zero, kept, other)
        for u in range(kept):
            if not _spread(table, hashes[u]):
                rest.append(hashes[u])
                sizes[m] += 1
    return outside, sizes, np.array(rest)


@kernel
def mask_blocks(
    tokens: U64,
    flags: U8,
    offsets: I64,
    documents: I64,
    run: int,
    units: U64,
    spreads: I64,
    max_share: float,
) -> None:
    """Set MASKED_FLAG on tokens that stand in learned units, the most widespread first.

    Args:
        tokens, flags, offsets: of all documents; `flags` is changed in place.
        documents: [m] rows of one outlet's documents.
        run: tokens per run.
        units, spreads: learned hashes, and in how many articles each stands.
        max_share: at most this share of what isn't masked yet is masked in a document.
    """
    table = _table(units, spreads)
    hashes = np.empty(most_units(offsets, documents), np.uint64)
    room = np.empty(len(hashes), np.int64)
    for document in documents:
        start, stop = offsets[document], offsets[document + 1]
        size = stop - start
        weights = room[:size]
        if not _weights(tokens, flags, start, stop, run, table, hashes, weights)[1]:
            continue
        for i in range(size):
            if flags[start + i] & MASKED_FLAG:
                weights[i] = -1
        allowed = int(max_share * np.sum(weights >= 0))
        least = np.int64(1)
        if np.sum(weights > 0) > allowed:
            least = np.sort(weights)[size - allowed - 1] + 1
        # What is left goes to the next spread in the text's order: articles of one template have
        # their blocks in one order, so that about the same stays in all of them.
        left = allowed - np.sum(weights >= least)
        for i in range(size):
            next_in_line = least > 1 and weights[i] == least - 1 and left > 0
            if weights[i] >= least or next_in_line:
                flags[start + i] |= MASKED_FLAG
                left -= next_in_line


@kernel
def masked_runs(tokens: U64, flags: U8, offsets: I64, documents: I64) -> tuple[I64, I64, I64, U64]:
    """Maximal runs of masked tokens.

    Returns:
        row of the document, first token, last + 1, and hash with digits masked, of each run.
    """
    rows, firsts = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    lasts, hashes = [np.int64(0) for _ in range(0)], [np.uint64(0) for _ in range(0)]
    for document in documents:
        i, stop = offsets[document], offsets[document + 1]
        while i < stop:
            first = i
            while i < stop and flags[i] & MASKED_FLAG:
                i += 1
            if i > first:
                rows.append(np.int64(document))
                firsts.append(np.int64(first))
                lasts.append(np.int64(i))
                hashes.append(block_hash(tokens, flags, first, i, LINE_SALT))
            else:
                i += 1
    return np.array(rows), np.array(firsts), np.array(lasts), np.array(hashes)


@kernel
def unmasked_counts(flags: U8, offsets: I64) -> I64:
    """[n] tokens of document k, flags[offsets[k]:offsets[k + 1]], that aren't masked."""
    counts = np.empty(len(offsets) - 1, np.int64)
    for k in range(len(counts)):
        part = flags[offsets[k] : offsets[k + 1]]
        masked = 0
        # No branch, no negative index: several tokens at a time.
        for token in range(len(part)):
            masked += part[token] & MASKED_FLAG
        counts[k] = len(part) - masked // MASKED_FLAG
    return counts
