"""Tokens in, shingle hashes out."""

import numpy as np

from pipeline.documents import I64, U8, U64
from pipeline.kernels.hashing import P2, hash_eights, hash_fives, hash_words
from pipeline.kernels.jit import inlined, kernel, subroutine
from pipeline.kernels.sorting import sort_hashes
from pipeline.kernels.tokens import MASKED_FLAG, UNSPACED_FLAG
from pipeline.kernels.vectors import LANES

_BLOCK = 1024  # tokens whose hashes are at work in the nearest cache
_WIDEST = 8  # tokens of the widest shingle that is hashed many at a time


@inlined
def room_for(tokens):
    """Places that the shingle hashes of so many tokens of one document may be written to."""
    return tokens + 1 + LANES


@inlined
def scratch_for_shingles():
    """What `hash_shingles` works in: [3, …]."""
    return np.empty((3, _BLOCK + _WIDEST + LANES), np.uint64)


@subroutine
def _windows(tokens, start, count, size, products, out):
    """Hashes of the `count` windows of `size` tokens from `start`; `products` are tokens · P2."""
    if size == 5:
        hash_fives((products,), out, count)
    elif size == 8:
        hash_eights((products,), out, count)
    else:
        for i in range(count):
            out[i] = hash_words(tokens, start + i, size)


@subroutine
def _run(tokens, flags, start, stop, spaced, unspaced, scratch, out, total):
    """Hashes of the shingles of tokens[start:stop], none of them masked; returns where they end."""
    products, found = scratch[0], scratch[1:]
    either, both = np.uint8(0), UNSPACED_FLAG
    for i in range(start, stop):
        either |= flags[i]
        both &= flags[i]
    sizes = (spaced, unspaced)
    scripts = (0 if not both else 1, 2 if either & UNSPACED_FLAG else 1)
    mixed = scripts[1] - scripts[0] == 2
    for first in range(start, stop, _BLOCK):
        last = min(first + _BLOCK, stop)
        for i in range(min(last + _WIDEST, stop) - first):
            products[i] = tokens[first + i] * P2
        for script in range(scripts[0], scripts[1]):
            count = max(min(last, stop - sizes[script] + 1) - first, 0)
            target = found[script] if mixed else out[total:]
            _windows(tokens, first, count, sizes[script], products, target)
            if not mixed:
                total += count
        if mixed:
            for i in range(last - first):
                dense = np.int64(flags[first + i] & UNSPACED_FLAG != 0)
                out[total] = found[dense, i]
                total += first + i + sizes[dense] <= stop
    return total


@subroutine
def hash_shingles(tokens, flags, start, stop, spaced, unspaced, scratch, out, at):
    """Hashes of the shingles of the document tokens[start:stop], with repeats.

    Args:
        scratch: `scratch_for_shingles`.
        out, at: they are written from out[at] on, `room_for` places.

    Returns:
        their number.
    """
    total = at
    first = start
    while first < stop:
        last = first
        while last < stop and not flags[last] & MASKED_FLAG:
            last += 1
        if last > first:
            total = _run(tokens, flags, first, last, spaced, unspaced, scratch, out, total)
        first = last + 1
    if total == at:
        # Too short for a shingle: one, of all there is.
        kept = np.empty(stop - start, np.uint64)
        left = 0
        for i in range(start, stop):
            if not flags[i] & MASKED_FLAG:
                kept[left] = tokens[i]
                left += 1
        if left:
            out[at] = hash_words(kept, 0, left)
            total += 1
    return total - at


@kernel
def shingle_sets(
    tokens: U64,
    flags: U8,
    offsets: I64,
    rows: I64,
    spaced: int,
    unspaced: int,
) -> tuple[I64, U64]:
    """The sets of shingle hashes of some documents.

    A shingle is `spaced` consecutive unmasked tokens, or `unspaced` where its first token is of a
    script without spaces; its hash is XXH64 of the tokens' hashes, little-endian. A document
    with no shingle of full length has one, of all its unmasked tokens.

    Args:
        tokens, flags: [T] of n documents.
        offsets: [n + 1] document i owns offsets[i]:offsets[i + 1].
        rows: [m] the documents wanted, in any order.
        spaced, unspaced: tokens per shingle.

    Returns:
        sizes [m] and the values of all sets in the order of `rows`, each ascending without repeats.
    """
    sizes = np.zeros(len(rows), np.int64)
    room, longest = np.int64(0), np.int64(0)
    for row in rows:
        length = offsets[row + 1] - offsets[row]
        longest = max(longest, length)
        room += length + 1
    values = np.empty(room_for(room), np.uint64)
    other = np.empty(longest + 1, np.uint64)
    scratch = scratch_for_shingles()
    total = np.int64(0)
    for i, row in enumerate(rows):
        start, stop = offsets[row], offsets[row + 1]
        count = hash_shingles(tokens, flags, start, stop, spaced, unspaced, scratch, values, total)
        sizes[i] = sort_hashes(values, total, total + count, other)
        total += sizes[i]
    # What repeats left empty is next to nothing; copying takes longer than all the sorting.
    return sizes, values[:total] if 8 * total > 7 * room else values[:total].copy()


@kernel
def text_hashes(tokens: U64, offsets: I64) -> U64:
    """XXH64 of each document's token hashes: equal for equal normalised texts."""
    n = len(offsets) - 1
    hashes = np.empty(n, np.uint64)
    for i in range(n):
        hashes[i] = hash_words(tokens, offsets[i], offsets[i + 1] - offsets[i])
    return hashes
