"""Finder 2: a sample of rare shingles that two documents share makes them candidates."""

import numpy as np

from pipeline.documents import I8, I32, I64, U64, Flags
from pipeline.kernels.bands import ROW_BITS, ROW_MASK
from pipeline.kernels.jit import inlined, kernel

_STEP = np.uint64(0x9E3779B97F4A7C15)


@inlined
def _key(value):
    """36 bits of a fingerprint, in the place where keys have them."""
    return (value * _STEP) & ~ROW_MASK


@inlined
def divisor(sample):
    """What `sampled` takes for one in `sample`: 2⁶⁴ / sample, rounded up, mod 2⁶⁴."""
    return np.uint64(0xFFFFFFFFFFFFFFFF) // np.uint64(sample) + np.uint64(1)


@inlined
def sampled(value, step):
    """Are the highest 24 bits a multiple of `sample`? By a multiplication, not a division.

    Lemire, Kaser, Kurz: Faster remainder by direct computation, 2019. High bits, because the low 32
    are MinHash's, and the two finders should miss independently.
    """
    return (value >> np.uint64(40)) * step <= step - np.uint64(1)


@kernel
def partition_prints(prints: U64, owned: I64, wanted: Flags, part: int, parts: int) -> U64:
    """The fingerprints of one part of their range, each with its row, in no order.

    Args:
        prints, owned: document i has prints[owned[i]:owned[i + 1]].
        wanted: [n] whether a document takes part.
        part, parts: which of how many.

    Returns:
        36 bits of the fingerprint and 28 of the row.
    """
    width = (1 << (64 - ROW_BITS)) // parts + 1
    low, high = part * width, (part + 1) * width
    found = np.empty(1024, np.uint64)
    count = 0
    for i in range(len(owned) - 1):
        if not wanted[i]:
            continue
        for at in range(owned[i], owned[i + 1]):
            key = _key(prints[at])
            place = np.int64(key >> np.uint64(ROW_BITS))
            if place < low or place >= high:
                continue
            if count == len(found):
                larger = np.empty(2 * count, np.uint64)
                larger[:count] = found
                found = larger
            found[count] = key | np.uint64(i)
            count += 1
    return found[:count]


@kernel
def rare_groups(keys: U64, most: int) -> tuple[I64, I32, int]:
    """Fingerprints that stand in more than one document, and in no more than `most`.

    Args:
        keys: a sorted part of `partition_prints`.
        most: above as many documents a fingerprint isn't rare.

    Returns:
        sizes of the groups, their rows end to end, ascending in each, and how many aren't rare.
    """
    sizes, members = np.empty(len(keys) // 2, np.int64), np.empty(len(keys), np.int32)
    groups = kept = common = 0
    start = 0
    while start < len(keys):
        first = kept
        stop = start
        size = 0
        while stop < len(keys) and keys[stop] >> np.uint64(ROW_BITS) == keys[start] >> np.uint64(
            ROW_BITS
        ):
            if stop == start or keys[stop] != keys[stop - 1]:
                members[kept] = np.int32(keys[stop] & ROW_MASK)
                kept += 1
                size += 1
            stop += 1
        if 2 <= size <= most:
            sizes[groups] = size
            groups += 1
        else:
            kept = first
            common += size > most
        start = stop
    return sizes[:groups].copy(), members[:kept].copy(), common


@kernel
def list_groups(groups: I64, members: I32, owned: I64, lists: I32) -> None:
    """Fill `lists` with each row's groups: row i gets lists[owned[i]:owned[i + 1]]."""
    free = owned[:-1].copy()
    for group in range(len(groups) - 1):
        for at in range(groups[group], groups[group + 1]):
            lists[free[members[at]]] = group
            free[members[at]] += 1


@kernel
def sharing_pairs(
    groups: I64,
    members: I32,
    owned: I64,
    lists: I32,
    needed: I8,
    first: int,
    last: int,
) -> I64:
    """Pairs of documents that share enough rare fingerprints.

    Args:
        groups: [g + 1] fingerprint f stands in members[groups[f]:groups[f + 1]].
        members: rows, ascending within a fingerprint.
        owned, lists: row i has the fingerprints lists[owned[i]:owned[i + 1]].
        needed: [n] shared fingerprints that a document asks for; of two, the fewer count.
        first, last: rows first … last − 1 are the pairs' smaller members.

    Returns:
        pairs as (a << 32) | b with a < b, ascending.
    """
    pairs = [np.int64(0) for _ in range(0)]
    counts = np.zeros(len(needed), np.int32)
    touched = np.empty(len(needed), np.int64)
    for a in range(first, last):
        reached = 0
        for at in range(owned[a], owned[a + 1]):
            group = lists[at]
            for m in range(groups[group + 1] - 1, groups[group] - 1, -1):
                b = members[m]
                if b <= a:
                    break
                if counts[b] == 0:
                    touched[reached] = b
                    reached += 1
                counts[b] += 1
        hits = np.sort(touched[:reached])
        for b in hits:
            if counts[b] >= min(needed[a], needed[b]):
                pairs.append((np.int64(a) << 32) | np.int64(b))
            counts[b] = 0
    return np.array(pairs)
