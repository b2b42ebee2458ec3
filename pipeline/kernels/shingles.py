"""Tokens in, shingle sets and MinHash signatures out."""

import numpy as np

from pipeline.documents import I64, U8, U32, U64
from pipeline.kernels.hashing import hash_words
from pipeline.kernels.jit import inlined, kernel
from pipeline.kernels.tokens import MASKED_FLAG, UNSPACED_FLAG


@inlined
def _raw(tokens, flags, start, stop, spaced, unspaced, out):
    """Hashes of the shingles of tokens[start:stop] into `out`; returns their number."""
    count = 0
    barrier = stop  # first masked token from i on
    for i in range(stop - 1, start - 1, -1):
        if flags[i] & MASKED_FLAG:
            barrier = i
        size = unspaced if flags[i] & UNSPACED_FLAG else spaced
        if i + size <= barrier:
            out[count] = hash_words(tokens, i, size)
            count += 1
    if count == 0:
        # Too short for a shingle: one, of all there is.
        kept = np.empty(stop - start, np.uint64)
        left = 0
        for i in range(start, stop):
            if not flags[i] & MASKED_FLAG:
                kept[left] = tokens[i]
                left += 1
        if left:
            out[0] = hash_words(kept, 0, left)
            count = 1
    return count


@kernel
def shingle_sets(
    tokens: U64,
    flags: U8,
    offsets: I64,
    rows: I64,
    spaced: int,
    unspaced: int,
) -> tuple[I64, U64]:
    """Chosen documents' sets of shingle hashes.

    A shingle is `spaced` consecutive unmasked tokens, or `unspaced` where its first token is of a
    script without spaces; its hash is XXH64 of the tokens' hashes, little-endian. A document
    with no shingle of full length has one, of all its unmasked tokens.

    Args:
        tokens, flags: [T] of n documents.
        offsets: [n + 1] document i owns offsets[i]:offsets[i + 1].
        spaced, unspaced: tokens per shingle.

    Returns:
        sizes [n] and the values of all sets in order, each ascending without repeats.
    """
    n = len(rows)
    sizes = np.zeros(n, np.int64)
    room = 1
    for row in rows:
        room += offsets[row + 1] - offsets[row]
    values = np.empty(room, np.uint64)
    total = 0
    for i in range(n):
        row = rows[i]
        count = _raw(tokens, flags, offsets[row], offsets[row + 1], spaced, unspaced, values[total:])
        values[total : total + count].sort()
        first = total
        for j in range(first, first + count):
            if j == first or values[j] != values[total - 1]:
                values[total] = values[j]
                total += 1
        sizes[i] = total - first
    return sizes, values[:total].copy()


@inlined
def _fmix32(value):
    """MurmurHash3's 32-bit finaliser, which datasketch's affine32 applies to its input."""
    value = np.uint32(value ^ (value >> np.uint32(16)))
    value = np.uint32(value * np.uint32(0x85EBCA6B))
    value = np.uint32(value ^ (value >> np.uint32(13)))
    value = np.uint32(value * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))


@kernel
def minhash(values: U64, offsets: I64, multipliers: U32, addends: U32) -> U32:
    """MinHash signatures, element by element those of `datasketch.MinHash(scheme="affine32")`.

    Slot k of a set is min over its hashes h of a_k · fmix32(h mod 2³²) + b_k mod 2³².

    Args:
        values: [S] shingle hashes of n sets.
        offsets: [n + 1] set i is values[offsets[i]:offsets[i + 1]].
        multipliers, addends: [k] a and b, uint32.

    Returns:
        [n, k] uint32; 2³² − 1 throughout for an empty set.
    """
    n, k = len(offsets) - 1, len(multipliers)
    signatures = np.full((n, k), np.uint32(0xFFFFFFFF), np.uint32)
    for i in range(n):
        row = signatures[i]
        for j in range(offsets[i], offsets[i + 1]):
            mixed = _fmix32(np.uint32(values[j]))
            for slot in range(k):
                row[slot] = min(row[slot], np.uint32(multipliers[slot] * mixed + addends[slot]))
    return signatures


@kernel
def text_hashes(tokens: U64, offsets: I64) -> U64:
    """XXH64 of each document's token hashes: equal for equal normalised texts."""
    n = len(offsets) - 1
    hashes = np.empty(n, np.uint64)
    for i in range(n):
        hashes[i] = hash_words(tokens, offsets[i], offsets[i + 1] - offsets[i])
    return hashes


def sketch(tokens, flags, offsets, spaced, unspaced, multipliers, addends, sample):
    n=len(offsets)-1
    sizes, values = shingle_sets(tokens, flags, offsets, np.arange(n), spaced, unspaced)
    bounds=np.zeros(n+1,np.int64); np.cumsum(sizes,out=bounds[1:])
    sig = minhash(values, bounds, multipliers, addends)
    if sample:
        m=(values >> np.uint64(40)) % np.uint64(sample) == 0
        owner=np.repeat(np.arange(n),sizes)[m]
        prints=values[m]; owned=np.bincount(owner,minlength=n)
    else:
        prints=values[:0]; owned=np.zeros(n,np.int64)
    return sig, sizes, prints, owned
