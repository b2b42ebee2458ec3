"""Recurring blocks of one outlet: lines, sentences and token runs, digits masked."""

import numpy as np

from pipeline.documents import I64, U8, U64, Flags
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import LINE_FLAG, MASKED_FLAG, NUMBER_FLAG, SENTENCE_FLAG

_STEP = np.uint64(0x9E3779B97F4A7C15)
_DIGITS = np.uint64(0xD6E8FEB86659FD93)
_LINE_SALT = np.uint64(0xA0761D6478BD642F)
_SENTENCE_SALT = np.uint64(0xE7037ED1A0B428DB)
_MIN_SENTENCE = 5  # shorter ones ("Yes," he said.) recur in prose without being furniture
# With more numbers than one token in so many, a block is a table's row, and its numbers are what it
# says: they count.
_WORDY = 4
# A run that is so many times rarer than a block it overlaps recurs by chance: a common word before
# the footer.
_CHANCE = 8


@subroutine
def _mix(value, token):
    value = (value ^ token) * _STEP
    return value ^ (value >> np.uint64(29))


@subroutine
def _masked_hash(tokens, flags, start, stop, salt):
    """Hash of a block, its numbers alike unless it is full of them."""
    numbers = 0
    for i in range(start, stop):
        numbers += (flags[i] & NUMBER_FLAG) != 0
    alike = _WORDY * numbers <= stop - start
    value = salt
    for i in range(start, stop):
        value = _mix(value, _DIGITS if alike and flags[i] & NUMBER_FLAG else tokens[i])
    return value


@subroutine
def _units(tokens, flags, start, stop, run, hashes, firsts, lasts):
    """Hash, first token and last + 1 of each run, line and sentence of tokens[start:stop]."""
    count = 0
    for i in range(start, stop - run + 1):
        hashes[count] = _masked_hash(tokens, flags, i, i + run, np.uint64(run))
        firsts[count], lasts[count] = i, i + run
        count += 1
    line = sentence = start
    for i in range(start + 1, stop + 1):
        if i < stop and not flags[i] & SENTENCE_FLAG:
            continue
        if i - sentence >= _MIN_SENTENCE:
            hashes[count] = _masked_hash(tokens, flags, sentence, i, _SENTENCE_SALT)
            firsts[count], lasts[count] = sentence, i
            count += 1
        sentence = i
        # A wrapped line goes on in lower case: only a break that also starts a sentence ends one.
        if i == stop or flags[i] & LINE_FLAG:
            hashes[count] = _masked_hash(tokens, flags, line, i, _LINE_SALT)
            firsts[count], lasts[count] = line, i
            count += 1
            line = i
    return count


@kernel
def block_units(tokens: U64, flags: U8, offsets: I64, documents: I64, run: int) -> tuple[I64, U64]:
    """Hashes of all units of some documents.

    Args:
        tokens, flags, offsets: of all documents.
        documents: [m] rows of those wanted.
        run: tokens per run.

    Returns:
        counts [m] of units, and their hashes in order.
    """
    counts = np.zeros(len(documents), np.int64)
    room = np.int64(0)
    for document in documents:
        room += 3 * (offsets[document + 1] - offsets[document]) + 2
    hashes = np.empty(room, np.uint64)
    firsts, lasts = np.empty(room, np.int64), np.empty(room, np.int64)
    total = 0
    for m in range(len(documents)):
        start, stop = offsets[documents[m]], offsets[documents[m] + 1]
        counts[m] = _units(
            tokens, flags, start, stop, run, hashes[total:], firsts[total:], lasts[total:]
        )
        total += counts[m]
    return counts, hashes[:total].copy()


@subroutine
def _share(values, a_start, a_stop, b_start, b_stop):
    """Common values of two sorted ranges ÷ the smaller's size."""
    i, j, common = a_start, b_start, 0
    while i < a_stop and j < b_stop:
        if values[i] == values[j]:
            common += 1
            i += 1
            j += 1
        elif values[i] < values[j]:
            i += 1
        else:
            j += 1
    return common / max(1, min(a_stop - a_start, b_stop - b_start))


@kernel
def count_distinct(
    groups: I64,
    members: I64,
    rest: U64,
    rest_offsets: I64,
    witness: Flags,
    shared: float,
    enough: int,
) -> I64:
    """In how many articles that otherwise share little does each unit stand?

    Articles whose rest shares more than `shared` of its units with one already counted count
    once; articles that are hardly anything but recurring units are no witnesses.

    Args:
        groups: [g + 1] unit u stands in members[groups[u]:groups[u + 1]].
        members: rows of articles, ascending within a unit.
        rest: each article's units that don't recur, sorted; article i's are
            rest[rest_offsets[i]:rest_offsets[i + 1]].
        witness: [m] may the article testify?
        shared: largest share of the smaller rest that unrelated articles have in common.
        enough: counting stops here.

    Returns:
        [g] the count, at most `enough`.
    """
    counts = np.zeros(len(groups) - 1, np.int64)
    counted = np.empty(enough, np.int64)
    known = dict()  # noqa: C408 -- numba infers the types of dict(), not of {}
    known[np.int64(-1)] = False
    for unit in range(len(groups) - 1):
        count = 0
        for at in range(groups[unit], groups[unit + 1]):
            member = np.int64(members[at])
            if not witness[member]:
                continue
            similar = False
            for c in range(count):
                key = (counted[c] << 32) | member
                if key not in known:
                    known[key] = shared < _share(
                        rest,
                        rest_offsets[counted[c]], rest_offsets[counted[c] + 1],
                        rest_offsets[member], rest_offsets[member + 1],
                    )  # fmt: skip
                if known[key]:
                    similar = True
                    break
            if not similar:
                counted[count] = member
                count += 1
                if count == enough:
                    break
        counts[unit] = count
    return counts


@subroutine
def _weights(tokens, flags, start, stop, run, widespread):
    """The widest spread of any known unit over each token; 0 where none stands.

    Units that recur by chance beside a much more widespread one are passed over.
    """
    room = 3 * (stop - start) + 2
    hashes = np.empty(room, np.uint64)
    firsts, lasts = np.empty(room, np.int64), np.empty(room, np.int64)
    count = _units(tokens, flags, start, stop, run, hashes, firsts, lasts)
    weights = np.zeros(stop - start, np.int64)
    for u in range(count):
        if hashes[u] in widespread:
            spread = widespread[hashes[u]]
            for i in range(firsts[u] - start, lasts[u] - start):
                weights[i] = max(weights[i], spread)
    own = np.zeros(stop - start, np.int64)
    for u in range(count):
        if hashes[u] in widespread:
            spread = widespread[hashes[u]]
            span = slice(firsts[u] - start, lasts[u] - start)
            if _CHANCE * spread >= weights[span].max():
                for i in range(span.start, span.stop):
                    own[i] = max(own[i], spread)
    return own


@kernel
def tokens_outside(
    tokens: U64,
    flags: U8,
    offsets: I64,
    documents: I64,
    run: int,
    units: U64,
) -> I64:
    """[m] tokens of each of some documents that stand in none of the units.

    Args:
        tokens, flags, offsets: of all documents.
        documents: [m] rows of those wanted.
        run: tokens per run.
        units: hashes.
    """
    known = dict()  # noqa: C408
    for unit in units:
        known[unit] = np.int64(1)
    outside = np.empty(len(documents), np.int64)
    for m in range(len(documents)):
        start, stop = offsets[documents[m]], offsets[documents[m] + 1]
        weights = _weights(tokens, flags, start, stop, run, known)
        outside[m] = np.sum(weights == 0)
    return outside


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
        max_share: at most this share of a document is masked.
    """
    widespread = dict()  # noqa: C408
    for u in range(len(units)):
        widespread[units[u]] = spreads[u]
    for document in documents:
        start, stop = offsets[document], offsets[document + 1]
        size = stop - start
        weights = _weights(tokens, flags, start, stop, run, widespread)
        allowed = int(max_share * size)
        least = np.int64(1)
        if np.sum(weights > 0) > allowed:
            # All tokens of one spread go together, or not at all.
            least = np.sort(weights)[size - allowed - 1] + 1
        for i in range(size):
            if weights[i] >= least:
                flags[start + i] |= MASKED_FLAG


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
                hashes.append(_masked_hash(tokens, flags, first, i, _LINE_SALT))
            else:
                i += 1
    return np.array(rows), np.array(firsts), np.array(lasts), np.array(hashes)
