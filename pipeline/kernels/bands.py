"""Finder 1: signatures that agree on a whole band become candidates."""

import numpy as np

from pipeline.documents import I64, U8, U32, U64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.sets import common_values

_STEP = np.uint64(0x9E3779B97F4A7C15)
# In a crowded bucket, so many representatives are tried before its rest is only chained.
_ROUNDS = 16
# Keys are sorted together with the rows they stand for: 36 bits of the one, 28 of the other. That
# two bands have one key by chance is found out where their slots are compared.
ROW_BITS = 28
ROW_MASK = np.uint64((1 << ROW_BITS) - 1)


@kernel
def equal_slots(signatures: U32, a: I64, b: I64) -> I64:
    """[m] number of equal slots in the signatures of each pair of rows."""
    equal = np.zeros(len(a), np.int64)
    for m in range(len(a)):
        for slot in range(signatures.shape[1]):
            equal[m] += signatures[a[m], slot] == signatures[b[m], slot]
    return equal


@kernel
def band_keys(signatures: U32, chosen: I64, first: int, rows: int) -> U64:
    """[m] for each chosen row a key of its slots first … first + rows − 1, and the row itself."""
    keys = np.empty(len(chosen), np.uint64)
    for i in range(len(chosen)):
        value = np.uint64(first + 1)
        for slot in range(first, first + rows):
            value = (value ^ np.uint64(signatures[chosen[i], slot])) * _STEP
            value ^= value >> np.uint64(32)
        keys[i] = ((value * _STEP) & ~ROW_MASK) | np.uint64(chosen[i])
    return keys


@subroutine
def _stop(keys, start):
    """The end of the bucket that starts here."""
    stop = start + 1
    while stop < len(keys) and keys[stop] >> np.uint64(ROW_BITS) == keys[start] >> np.uint64(
        ROW_BITS
    ):
        stop += 1
    return stop


@kernel
def shared_buckets(keys: U64) -> U64:
    """What is left of sorted keys without those that stand alone."""
    kept = np.empty(len(keys), np.uint64)
    count = start = 0
    while start < len(keys):
        stop = _stop(keys, start)
        if stop - start > 1:
            kept[count : count + stop - start] = keys[start:stop]
            count += stop - start
        start = stop
    return kept[:count].copy()


@kernel
def mark_crowded(keys: U64, cap: int, band: int, crowded: U8) -> None:
    """Set bit `band` of `crowded` [n, bands ÷ 8] for rows in buckets of more than `cap`."""
    start = 0
    while start < len(keys):
        stop = _stop(keys, start)
        if stop - start > cap:
            for i in range(start, stop):
                crowded[np.int64(keys[i] & ROW_MASK), band >> 3] |= np.uint8(1 << (band & 7))
        start = stop


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
        packed = crowded[a, earlier >> 3] >> np.uint8(earlier & 7) & 1
        if not packed and _agree(signatures, a, b, earlier * rows, rows):
            return False
    return _agree(signatures, a, b, band * rows, rows)


@subroutine
def _settle(members, sets, values, offsets, near, pairs):
    """Pair a crowded bucket's members with verified representatives.

    The first member left is the representative; members whose Jaccard with it is at least
    `near` are settled by their pair with it, the others go into the next round. What no
    representative took within the rounds stays as it is.
    """
    left = np.searchsorted(sets, members)
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
                pairs.append((sets[head] << 32) | sets[member])
            else:
                rest[count] = member
                count += 1
        left = rest[:count]


@subroutine
def _chain(members, signatures, after, reach, pairs):
    """Pair each member with the `reach` that follow it in the order of the slots behind the band.

    Such neighbours are likely alike.
    """
    slots = signatures.shape[1]
    following = np.empty(len(members), np.uint64)
    for i in range(len(members)):
        high, low = (
            signatures[members[i], after % slots],
            signatures[members[i], (after + 1) % slots],
        )
        following[i] = (np.uint64(high) << np.uint64(32)) | np.uint64(low)
    order = members[np.argsort(following.view(np.int64), kind="mergesort")]
    for i in range(len(order)):
        for j in range(i + 1, min(i + 1 + reach, len(order))):
            a, b = min(order[i], order[j]), max(order[i], order[j])
            pairs.append((a << 32) | b)


@kernel
def bucket_pairs(
    keys: U64,
    signatures: U32,
    sets: I64,
    values: U64,
    offsets: I64,
    crowded: U8,
    band: int,
    rows: int,
    cap: int,
    near: float,
    reach: int,
) -> I64:
    """Candidates of one band.

    Buckets of up to `cap` members give all their pairs, each only in the first band that does
    so. In larger ones every member is paired with a verified representative and with the `reach`
    members that follow it in the order of other slots, so the work stays linear.

    Args:
        keys: the band's `shared_buckets`.
        signatures: of all documents.
        sets, values, offsets: shingle sets of the documents in crowded buckets.
        crowded: [n, bands ÷ 8] bits: is a document's bucket in a band larger than `cap`?
        band, rows: which band.
        cap: largest bucket that gives all pairs.
        near: Jaccard from which a representative stands for a member.
        reach: as above.

    Returns:
        pairs as (a << 32) | b with a < b.
    """
    pairs = [np.int64(0) for _ in range(0)]
    start = 0
    while start < len(keys):
        stop = _stop(keys, start)
        members = (keys[start:stop] & ROW_MASK).astype(np.int64)
        if stop - start > cap:
            _settle(members, sets, values, offsets, near, pairs)
            _chain(members, signatures, (band + 1) * rows, reach, pairs)
        else:
            for i in range(len(members)):
                for b in members[i + 1 :]:
                    if _fresh(signatures, crowded, members[i], b, band, rows):
                        pairs.append((members[i] << 32) | b)  # noqa: PERF401 -- numba knows no generators
        start = stop
    return np.array(pairs)
