"""Shingles in, MinHash signatures and fingerprints out."""

import numpy as np

from pipeline.documents import I64, U8, U32, U64
from pipeline.kernels.fingerprints import divisor, sampled
from pipeline.kernels.jit import inlined, kernel, subroutine
from pipeline.kernels.shingles import hash_shingles, room_for, scratch_for_shingles
from pipeline.kernels.sorting import sort_hashes
from pipeline.kernels.vectors import SLOTS, keep_lowest

_BLOCK = 1024  # hashes that stay in the nearest cache while all slots see them


@inlined
def _fmix32(value):
    """MurmurHash3's 32-bit finaliser, which datasketch's affine32 applies to its input."""
    value = np.uint32(value ^ (value >> np.uint32(16)))
    value = np.uint32(value * np.uint32(0x85EBCA6B))
    value = np.uint32(value ^ (value >> np.uint32(13)))
    value = np.uint32(value * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))


@inlined
def _whole_blocks(numbers):
    """A copy with zeros behind, so that the slots come in whole blocks."""
    padded = np.zeros(-(-len(numbers) // SLOTS) * SLOTS, np.uint32)
    for i in range(len(numbers)):
        padded[i] = numbers[i]
    return padded


@subroutine
def _sign(values, start, stop, multipliers, addends, mixed, row, signature):
    """The signature of values[start:stop] into `signature`; the other arrays are whole blocks."""
    for slot in range(len(row)):
        row[slot] = np.uint32(0xFFFFFFFF)
    for first in range(start, stop, _BLOCK):
        count = min(stop - first, _BLOCK)
        for i in range(count):
            mixed[i] = _fmix32(np.uint32(values[first + i]))
        for slot in range(0, len(row), SLOTS):
            keep_lowest(row, multipliers, addends, slot, mixed, count)
    for slot in range(len(signature)):
        signature[slot] = row[slot]


@kernel
def sketch(
    tokens: U64,
    flags: U8,
    offsets: I64,
    spaced: int,
    unspaced: int,
    multipliers: U32,
    addends: U32,
    sample: int,
) -> tuple[U32, I64, U64, I64]:
    """Signatures and fingerprints of documents, without their sets of shingles being made.

    Signatures are, element by element, those of `datasketch.MinHash(scheme="affine32")`: slot k of
    a set is min over its hashes h of a_k · fmix32(h mod 2³²) + b_k mod 2³², and 2³² − 1 for an
    empty set.

    Args:
        tokens, flags, offsets, spaced, unspaced: as for `shingle_sets`.
        multipliers, addends: [k] a and b, uint32.
        sample: one in so many shingle hashes is a fingerprint (`sampled`); 0: none is.

    Returns:
        signatures [n, k]: those of the sets; counts [n] of shingles, repeats counted; fingerprints
        of all documents in order, each document's ascending without repeats; how many [n] a
        document has.
    """
    n, k = len(offsets) - 1, len(multipliers)
    signatures = np.empty((n, k), np.uint32)
    counts, owned = np.zeros(n, np.int64), np.zeros(n, np.int64)
    longest = np.int64(0)
    for i in range(n):
        longest = max(longest, offsets[i + 1] - offsets[i])
    hashes, other = np.empty(room_for(longest), np.uint64), np.empty(longest + 1, np.uint64)
    prints = np.empty(offsets[n] - offsets[0] + n + 1 if sample else 0, np.uint64)
    factors, terms = _whole_blocks(multipliers), _whole_blocks(addends)
    row, mixed = np.empty(len(terms), np.uint32), np.empty(_BLOCK, np.uint32)
    scratch = scratch_for_shingles()
    step = divisor(max(sample, 1))
    total = zero = np.int64(0)  # a literal would be a type of its own to what is called
    for i in range(n):
        start, stop = offsets[i], offsets[i + 1]
        count = hash_shingles(tokens, flags, start, stop, spaced, unspaced, scratch, hashes, zero)
        counts[i] = count
        _sign(hashes, 0, count, factors, terms, mixed, row, signatures[i])
        if sample:
            stop = total
            for j in range(count):
                prints[stop] = hashes[j]  # kept or overwritten by the next: no jump
                stop += sampled(hashes[j], step)
            owned[i] = sort_hashes(prints, total, stop, other)
            total += owned[i]
    return signatures, counts, prints[:total].copy(), owned
