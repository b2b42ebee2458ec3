"""Finder 2: a sample of rare shingles that two documents share makes them candidates."""

import numpy as np

from pipeline.documents import I32, I64, U64, Flags
from pipeline.kernels.jit import inlined, kernel


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
def sample_fingerprints(values: U64, offsets: I64, wanted: Flags, sample: int) -> tuple[U64, I32]:
    """Every `sample`-th shingle hash, by its own bits, of the wanted documents.

    Args:
        values, offsets: shingle sets of n documents.
        wanted: [n] whether a document takes part.
        sample: one in so many is kept.

    Returns:
        fingerprints and the rows they stand in, in the order of rows.
    """
    step = divisor(sample)
    room = np.int64(0)
    for i in range(len(offsets) - 1):
        if wanted[i]:
            for j in range(offsets[i], offsets[i + 1]):
                room += sampled(values[j], step)
    prints, rows = np.empty(room, np.uint64), np.empty(room, np.int32)
    total = 0
    for i in range(len(offsets) - 1):
        if wanted[i]:
            for j in range(offsets[i], offsets[i + 1]):
                if sampled(values[j], step):
                    prints[total], rows[total] = values[j], i
                    total += 1
    return prints, rows


@kernel
def sharing_pairs(
    groups: I64,
    members: I32,
    owned: I64,
    lists: I64,
    needed: I64,
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
    touched = np.empty(len(needed), np.int32)
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
