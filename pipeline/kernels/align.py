"""Shared passages of two documents: exact runs, joined and extended over small edits."""

import numpy as np

from pipeline.documents import I64, U8, U64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import MASKED_FLAG, QUOTED_FLAG

_STEP = np.uint64(0x9E3779B97F4A7C15)
_TRIES = 64  # places of one seed in A that are looked at, for texts that repeat themselves
_BUDGET = 64  # token comparisons per token of the pair, for texts made to be slow
_SKIP = 3  # tokens that an edit at a passage's end may span
_HOLD = 3  # equal tokens that must follow it
_MUCH = 4


@subroutine
def _seed(tokens, at, size):
    value = np.uint64(size)
    for i in range(at, at + size):
        value = (value ^ tokens[i]) * _STEP
        value ^= value >> np.uint64(32)
    return value


@subroutine
def _same(tokens, flags, i, j):
    return tokens[i] == tokens[j] and not (flags[i] | flags[j]) & MASKED_FLAG


@subroutine
def _index(tokens, flags, start, stop, size):
    """Heads of chains of A's seed positions by hash, and each position's successor."""
    bits = 4
    while (1 << bits) < 2 * (stop - start):
        bits += 1
    heads = np.full(1 << bits, -1, np.int32)
    chain = np.full(max(stop - start, 1), -1, np.int32)
    for i in range(stop - size, start - 1, -1):
        if flags[i] & MASKED_FLAG:
            continue
        slot = _seed(tokens, i, size) >> np.uint64(64 - bits)
        chain[i - start] = heads[slot]
        heads[slot] = i - start
    return heads, chain, bits


@subroutine
def _runs(tokens, flags, a, a_stop, b, b_stop, size, heads, chain, bits, swapped, runs):
    """Maximal equal runs of at least `size` tokens into `runs`: −length, first in A, first in B.

    Here A is the indexed document; where it is the pair's second, `swapped` puts that right.
    """
    runs.clear()
    budget = _BUDGET * (a_stop - a + b_stop - b)
    for j in range(b, b_stop - size + 1):
        i = heads[_seed(tokens, j, size) >> np.uint64(64 - bits)]
        tries = 0
        while i >= 0 and tries < _TRIES and budget > 0:
            at = a + i
            i = chain[i]
            tries += 1
            budget -= 1
            if at > a and j > b and _same(tokens, flags, at - 1, j - 1):
                continue
            length = 0
            while at + length < a_stop and j + length < b_stop:
                if not _same(tokens, flags, at + length, j + length):
                    break
                length += 1
            budget -= length
            if length >= size:
                runs.append((-length, j, at) if swapped else (-length, at, j))
    runs.sort()


@subroutine
def _taken(runs, size, used_a, a, used_b, b):
    """Longest runs first, what of each is still free on both sides: (first in A, in B, length)."""
    taken = [(0, 0, 0) for _ in range(0)]
    for negative, i, j in runs:
        length = -negative
        at = 0
        while at < length:
            first = at
            while at < length and not used_a[i - a + at] and not used_b[j - b + at]:
                at += 1
            if at - first >= size:
                taken.append((i + first, j + first, at - first))
                used_a[i - a + first : i - a + at] = True
                used_b[j - b + first : j - b + at] = True
            at += 1
    taken.sort()
    return taken


@subroutine
def _grow(tokens, flags, used_a, a, used_b, b, i, j, step, a_end, b_end):
    """Extend from (i, j), the next tokens, over small edits.

    Args:
        step: 1 to the right, −1 to the left.
        a_end, b_end: first positions that are out of reach.

    Returns:
        the new (i, j) and the equal tokens gained.
    """
    gained = 0
    moved = True
    while moved:
        moved = False
        for both in range(2 * _SKIP + 1):
            for da in range(max(0, both - _SKIP), min(_SKIP, both) + 1):
                x, y = i + step * da, j + step * (both - da)
                hold = 0
                while (a_end - x) * step > 0 and (b_end - y) * step > 0:
                    if used_a[x - a] or used_b[y - b] or not _same(tokens, flags, x, y):
                        break
                    hold += 1
                    x += step
                    y += step
                if hold >= _HOLD and _clear(flags, i, x, step) and _clear(flags, j, y, step):
                    i, j, gained, moved = x, y, gained + hold, True
                    break
            if moved:
                break
    return i, j, gained


@subroutine
def _clear(flags, start, stop, step):
    for i in range(start, stop, step):
        if flags[i] & MASKED_FLAG:
            return False
    return True


@subroutine
def _quoted(flags, start, stop):
    count = 0
    for i in range(start, stop):
        count += flags[i] & QUOTED_FLAG
    return count


@subroutine
def _joined(flags, taken, gap, used_a, a, used_b, b):
    """Runs joined where both gaps are small, free and unmasked."""
    found = [(0, 0, 0, 0, 0) for _ in range(0)]
    for i, j, length in taken:
        if found:
            i0, i1, j0, j1, equal = found[-1]
            if (
                0 <= i - i1 <= gap
                and 0 <= j - j1 <= gap
                and _clear(flags, i1, i, 1)
                and _clear(flags, j1, j, 1)
                and not np.any(used_a[i1 - a : i - a])
                and not np.any(used_b[j1 - b : j - b])
            ):
                found[-1] = (i0, i + length, j0, j + length, equal + length)
                continue
        found.append((i, i + length, j, j + length, length))
    return found


@subroutine
def _passages(tokens, flags, taken, gap, used_a, a, a_stop, used_b, b, b_stop):
    """Runs joined, then grown at both ends."""
    found = _joined(flags, taken, gap, used_a, a, used_b, b)
    for i0, i1, j0, j1, _ in found:
        used_a[i0 - a : i1 - a] = True
        used_b[j0 - b : j1 - b] = True
    on = np.int64(1)  # as a literal it would be a type of its own, and `_grow` compiled twice
    for f in range(len(found)):
        i0, i1, j0, j1, equal = found[f]
        i2, j2, gained = _grow(tokens, flags, used_a, a, used_b, b, i1, j1, on, a_stop, b_stop)
        i3, j3, more = _grow(tokens, flags, used_a, a, used_b, b, i0 - 1, j0 - 1, -on, a - 1, b - 1)
        found[f] = (i3 + 1, i2, j3 + 1, j2, equal + gained + more)
        used_a[i3 + 1 - a : i2 - a] = True
        used_b[j3 + 1 - b : j2 - b] = True
    return found


@subroutine
def _longest(offsets, rows):
    longest = np.int64(0)
    for row in rows:
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@kernel
def align(
    tokens: U64,
    flags: U8,
    offsets: I64,
    a_rows: I64,
    b_rows: I64,
    size: int,
    gap: int,
    least: int,
) -> tuple[I64, I64]:
    """Passages that pairs of documents share, in A's order.

    Seeds are equal runs of `size` tokens, found by hashing and extended to maximal runs; the
    longest are taken first and may not overlap. Runs whose gaps on both sides are at most `gap`
    tokens become one passage, which then grows at its ends over edits of up to three tokens.
    Nothing crosses a masked token. A is indexed, or B where it is much longer, so that pairs in a
    row which share a very long document cost no more than their shorter ones.

    Args:
        tokens, flags, offsets: of all documents.
        a_rows, b_rows: [m] the pairs.
        size, gap: as above, in tokens.
        least: shortest passage, in tokens of its longer side; in documents that are shorter,
            the shorter document's length.

    Returns:
        counts [m], then per passage: first token in A, last + 1, first in B, last + 1, equal
        tokens, quoted tokens (the larger of the two sides); token places are those of `tokens`.
    """
    counts = np.zeros(len(a_rows), np.int64)
    rows = [(0, 0, 0, 0, 0, 0) for _ in range(0)]
    runs = [(0, 0, 0) for _ in range(0)]
    used_a = np.zeros(_longest(offsets, a_rows), np.bool_)
    used_b = np.zeros(_longest(offsets, b_rows), np.bool_)
    heads, chain, bits = np.empty(0, np.int32), np.empty(0, np.int32), 0
    indexed = np.int64(-1)
    for m in range(len(a_rows)):
        a, a_stop = offsets[a_rows[m]], offsets[a_rows[m] + 1]
        b, b_stop = offsets[b_rows[m]], offsets[b_rows[m] + 1]
        short = min(a_stop - a, b_stop - b)
        if short < size:
            continue
        swapped = b_stop - b > _MUCH * (a_stop - a)
        long = b_rows[m] if swapped else a_rows[m]
        if long != indexed:
            heads, chain, bits = _index(tokens, flags, offsets[long], offsets[long + 1], size)
            indexed = long
        if swapped:
            _runs(tokens, flags, b, b_stop, a, a_stop, size, heads, chain, bits, True, runs)
        else:
            _runs(tokens, flags, a, a_stop, b, b_stop, size, heads, chain, bits, False, runs)
        if len(runs) == 0:
            continue
        taken = _taken(runs, size, used_a, a, used_b, b)
        found = _passages(tokens, flags, taken, gap, used_a, a, a_stop, used_b, b, b_stop)
        for i0, i1, j0, j1, equal in found:
            used_a[i0 - a : i1 - a] = False
            used_b[j0 - b : j1 - b] = False
            if max(i1 - i0, j1 - j0) < min(least, short):
                continue
            quoted = max(_quoted(flags, i0, i1), _quoted(flags, j0, j1))
            rows.append((i0, i1, j0, j1, equal, quoted))
            counts[m] += 1
    out = np.empty((len(rows), 6), np.int64)
    for r in range(len(rows)):
        i0, i1, j0, j1, equal, quoted = rows[r]
        out[r] = (i0, i1, j0, j1, equal, quoted)
    return counts, out
