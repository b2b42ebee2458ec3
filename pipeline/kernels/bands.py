"""Finder 1: signatures that agree on a whole band become candidates."""

import numpy as np

from pipeline.documents import I64, U32, U64, Flags
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.sets import common_values

_STEP = np.uint64(0x9E3779B97F4A7C15)
# In a crowded bucket, so many representatives are tried before its rest is only chained.
_ROUNDS = 16


@kernel
def band_keys(signatures: U32, first: int, rows: int) -> U64:
    """[n] one 64-bit key of slots first … first + rows − 1 of each signature."""
    n = len(signatures)
    keys = np.empty(n, np.uint64)
    for i in range(n):
        value = np.uint64(first + 1)
        for slot in range(first, first + rows):
            value = (value ^ np.uint64(signatures[i, slot])) * _STEP
            value ^= value >> np.uint64(32)
        keys[i] = value
    return keys


@subroutine
def _agree(signatures, a, b, first, rows):
    for slot in range(first, first + rows):
        if signatures[a, slot] != signatures[b, slot]:
            return False
    return True


@subroutine
def _fresh(signatures, crowded, a, b, band, rows):
    """Is this the first band to give the pair? Crowded buckets don't give all of theirs."""
    for earlier in range(band):
        if not crowded[earlier, a] and _agree(signatures, a, b, earlier * rows, rows):
            return False
    return _agree(signatures, a, b, band * rows, rows)


@subroutine
def _settle(members, values, offsets, near, pairs):
    """Pair a crowded bucket's members with verified representatives.

    The first member left is the representative; members whose Jaccard with it is at least
    `near` are settled by their pair with it, the others go into the next round.

    Returns:
        the members that no representative took within the rounds.
    """
    left = members
    for _ in range(_ROUNDS):
        if len(left) < 2:
            break
        head = left[0]
        rest = np.empty(len(left) - 1, left.dtype)
        count = 0
        for member in left[1:]:
            common = common_values(values, offsets, head, member)
            a, b = offsets[head + 1] - offsets[head], offsets[member + 1] - offsets[member]
            if common >= near * (a + b - common):
                pairs.append((np.int64(head) << 32) | np.int64(member))
            else:
                rest[count] = member
                count += 1
        left = rest[:count]
    return left


@kernel
def bucket_pairs(
    order: I64,
    keys: U64,
    signatures: U32,
    values: U64,
    offsets: I64,
    crowded: Flags,
    band: int,
    rows: int,
    cap: int,
    near: float,
    reach: int,
) -> I64:
    """Candidates of one band.

    Buckets of up to `cap` members give all their pairs, each only in the first band that does
    so. In larger ones every member is paired with a verified representative and with the `reach`
    members that follow in the order given, so the work stays linear.

    Args:
        order: [n] documents sorted by key, then by the slots that follow.
        keys: [n] their keys, in that order.
        signatures, values, offsets: signatures and shingle sets of all documents.
        crowded: [bands, n] whether a document's bucket in a band has more than `cap` members.
        band, rows: which band.
        cap: largest bucket that gives all pairs.
        near: Jaccard from which a representative stands for a member.
        reach: as above.

    Returns:
        pairs as (a << 32) | b with a < b.
    """
    pairs = [np.int64(0) for _ in range(0)]
    n = len(order)
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and keys[stop] == keys[start]:
            stop += 1
        size = stop - start
        if size > cap:
            _settle(np.sort(order[start:stop]), values, offsets, near, pairs)
            for i in range(start, stop):
                for j in range(i + 1, min(i + 1 + reach, stop)):
                    a, b = min(order[i], order[j]), max(order[i], order[j])
                    pairs.append((np.int64(a) << 32) | np.int64(b))
        else:
            for i in range(start, stop):
                for j in range(i + 1, stop):
                    a, b = min(order[i], order[j]), max(order[i], order[j])
                    if _fresh(signatures, crowded, a, b, band, rows):
                        pairs.append((np.int64(a) << 32) | np.int64(b))
        start = stop
    return np.array(pairs)
