"""Recurring blocks of one outlet: lines, sentences and token runs, digits masked."""

import numpy as np

from pipeline.documents import I64, U8, U64, Flags
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import LINE_FLAG, NUMBER_FLAG, SENTENCE_FLAG

_STEP = np.uint64(0x9E3779B97F4A7C15)
_DIGITS = np.uint64(0xD6E8FEB86659FD93)
LINE_SALT = np.uint64(0xA0761D6478BD642F)
_SENTENCE_SALT = np.uint64(0xE7037ED1A0B428DB)
_MIN_SENTENCE = 5  # shorter ones ("Yes," he said.) recur in prose without being furniture
# With more numbers than one token in so many, a block is a table's row, and its numbers are what it
# says: they count.
_WORDY = 4
_MOST_BITS = 24  # slots of the counting table: 64 MiB
_KEPT = 1 << 23  # tokens of documents whose units' hashes are kept: 200 MiB


@subroutine
def _mix(value, token):
    value = (value ^ token) * _STEP
    return value ^ (value >> np.uint64(29))


@subroutine
def block_hash(tokens, flags, start, stop, salt):
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
def _exact_run(tokens, start, stop):
    """Polynomial of a run with its numbers as they are."""
    value = np.uint64(0)
    for i in range(start, stop):
        value = value * _STEP + tokens[i]
    return value


@subroutine
def block_units(tokens, flags, start, stop, run, hashes, firsts, lasts):
    """Hashes of the runs, lines and sentences of tokens[start:stop], in one pass.

    A run is hashed by its polynomial in the token hashes mod 2⁶⁴, which rolls along. Numbers count
    as alike; the few blocks that are full of them are hashed again.

    Args:
        hashes: gets those of the runs in their order, then those of sentences and lines.
        firsts, lasts: get the first token and last + 1 of each of the latter.

    Returns:
        numbers of runs, and of runs, sentences and lines.
    """
    over = np.uint64(1)
    for _ in range(run):
        over *= _STEP
    runs = max(0, stop - start - run + 1)
    count = runs
    rolling = np.uint64(0)
    line_hash, sentence_hash = LINE_SALT, _SENTENCE_SALT
    numbers = line_numbers = sentence_numbers = 0
    line = sentence = start
    for i in range(start, stop + 1):
        if i == stop or (i > start and flags[i] & SENTENCE_FLAG):
            if i - sentence >= _MIN_SENTENCE:
                if _WORDY * sentence_numbers > i - sentence:
                    sentence_hash = block_hash(tokens, flags, sentence, i, _SENTENCE_SALT)
                hashes[count] = sentence_hash
                firsts[count - runs], lasts[count - runs] = sentence, i
                count += 1
            sentence, sentence_hash, sentence_numbers = i, _SENTENCE_SALT, 0
            # A wrapped line goes on in lower case: only a break that also starts a sentence ends
            # one.
            if i == stop or flags[i] & LINE_FLAG:
                if i > line:
                    if _WORDY * line_numbers > i - line:
                        line_hash = block_hash(tokens, flags, line, i, LINE_SALT)
                    hashes[count] = line_hash
                    firsts[count - runs], lasts[count - runs] = line, i
                    count += 1
                line, line_hash, line_numbers = i, LINE_SALT, 0
        if i == stop:
            break
        number = (flags[i] & NUMBER_FLAG) != 0
        token = _DIGITS if number else tokens[i]
        numbers += number
        line_numbers += number
        sentence_numbers += number
        line_hash, sentence_hash = _mix(line_hash, token), _mix(sentence_hash, token)
        rolling = rolling * _STEP + token
        gone = i - run
        if gone >= start:
            number = (flags[gone] & NUMBER_FLAG) != 0
            rolling -= over * (_DIGITS if number else tokens[gone])
            numbers -= number
        if gone >= start - 1:
            value = rolling
            if _WORDY * numbers > run:
                value = _exact_run(tokens, gone + 1, i + 1)
            hashes[gone + 1 - start] = _mix(np.uint64(run), value)
    return runs, count


@subroutine
def most_units(offsets, documents):
    """Most units that one of the documents can have."""
    room = np.int64(0)
    for document in documents:
        room = max(room, 3 * (offsets[document + 1] - offsets[document]) + 2)
    return room


@kernel
def frequent_units(
    tokens: U64, flags: U8, offsets: I64, documents: I64, run: int, least: int
) -> tuple[I64, U64]:
    """Units that may stand in at least `least` of some documents.

    All units are counted in a table by a part of their hash, each document once; only those with a
    full enough slot are given, which includes every unit that is frequent and few others.

    Args:
        tokens, flags, offsets: of all documents.
        documents: [m] rows of those wanted.
        run: tokens per run.
        least: as above.

    Returns:
        for each such unit's every occurrence, its document's place in `documents`, and its hash.
    """
    room = most_units(offsets, documents)
    firsts, lasts = np.empty(room, np.int64), np.empty(room, np.int64)
    total = np.int64(0)
    for document in documents:
        total += offsets[document + 1] - offsets[document]
    bits = 10
    while bits < _MOST_BITS and (1 << bits) < total:
        bits += 1
    shift = np.uint64(64 - bits)
    # Who was last in a slot, 24 bits, and how many have been there, 8.
    slots = np.full(1 << bits, np.uint32(0xFFFFFF00), np.uint32)
    enough = np.uint32(min(least, 255))
    # Hashes are kept for the second look where there is room for them.
    kept = total <= _KEPT
    hashes = np.empty(3 * total + 2 * len(documents) if kept else room, np.uint64)
    counts = np.zeros(len(documents), np.int64)
    owners = [np.int64(0) for _ in range(0)]
    found = [np.uint64(0) for _ in range(0)]
    for counting in (True, False):
        at = 0
        for m in range(len(documents)):
            start, stop = offsets[documents[m]], offsets[documents[m] + 1]
            if counting or not kept:
                _, counts[m] = block_units(
                    tokens, flags, start, stop, run, hashes[at:], firsts, lasts
                )
            owner = np.uint32(m & 0xFFFFFF) << np.uint32(8)
            for u in range(at, at + counts[m]):
                slot = hashes[u] >> shift
                seen = slots[slot]
                if not counting:
                    if seen & np.uint32(255) >= enough:
                        owners.append(np.int64(m))
                        found.append(hashes[u])
                elif seen & np.uint32(0xFFFFFF00) != owner:
                    slots[slot] = owner | min((seen & np.uint32(255)) + np.uint32(1), enough)
            if kept:
                at += counts[m]
    return np.array(owners), np.array(found)


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
