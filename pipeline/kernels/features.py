"""Rare stems and stem pairs of documents, and the heaviest of each."""

import numpy as np

from pipeline.documents import I16, I32, I64, U8, U16, U64
from pipeline.kernels.bands import ROW_BITS, ROW_MASK
from pipeline.kernels.jit import inlined, kernel
from pipeline.kernels.tokens import SENTENCE_FLAG

_STEP = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
LEVELS = 128
_LEVEL_BITS = 7  # of a weight, that its level doesn't tell
UNIT = 1 << 14  # length of a document's weights
NO_PART = 255
_FIRST_ROOM = 1 << 16


@inlined
def pair_hash(first, second):
    """Of the hashes of two stems, one behind the other."""
    return (first + _STEP) * _SECOND ^ second


@inlined
def _key(value):
    """36 bits of a feature, in the place where keys have them; stems' hashes are spread evenly."""
    return (value * _STEP) & ~ROW_MASK


@inlined
def _part(key, parts):
    """Which of so many equal parts of their range a key lies in."""
    return np.uint8(((key >> np.uint64(32)) * np.uint64(parts)) >> np.uint64(32))


@kernel
def place_features(
    ids: I32, flags: U8, offsets: I64, hashes: U64, counts: I32, most: int,
    parts: int, first: int, last: int, places: U8,
) -> None:  # fmt: skip
    """Write which part of the keys' range the features at each token of some documents lie in.

    A feature is a stem, or two stems in a row inside a sentence. Left out are stems that stand in
    one group only, and in more than `most`, and pairs with a stem of one group only.

    Args:
        ids, flags, offsets: stems of the tokens, −1 where masked; `Documents`.
        hashes, counts: of each stem: its hash, and in how many groups it stands.
        most: more groups make a feature common.
        parts: how many, less than `NO_PART`.
        first, last: documents first … last − 1.
        places: [2 T] of each token the stem's part, and that of the pair that ends with it;
            `NO_PART` for none.
    """
    for i in range(first, last):
        before = np.int32(-1)
        for t in range(offsets[i], offsets[i + 1]):
            stem = ids[t]
            places[2 * t] = places[2 * t + 1] = NO_PART
            if stem < 0 or counts[stem] < 2:
                before = np.int32(-1)
                continue
            if counts[stem] <= most:
                places[2 * t] = _part(_key(hashes[stem]), parts)
            if before >= 0 and not flags[t] & SENTENCE_FLAG:
                places[2 * t + 1] = _part(_key(pair_hash(hashes[before], hashes[stem])), parts)
            before = stem


@kernel
def partition_features(
    ids: I32, offsets: I64, hashes: U64, group: I64, places: U8, part: int
) -> U64:
    """The features of one part, each with its row, once for each place.

    Args:
        ids, offsets, hashes, places: as for `place_features`.
        group: [n] row that stands for the document's group.
        part: which.

    Returns:
        36 bits of the feature and 28 of the group's row.
    """
    found = np.empty(_FIRST_ROOM, np.uint64)
    count = np.int64(0)
    wanted = np.uint8(part)
    for i in range(len(offsets) - 1):
        needed = count + 2 * (offsets[i + 1] - offsets[i])
        if needed > len(found):
            larger = np.empty(max(needed, 2 * len(found)), np.uint64)
            larger[:count] = found[:count]
            found = larger
        for at in range(2 * offsets[i], 2 * offsets[i + 1]):
            if places[at] == wanted:
                value = hashes[ids[at >> 1]]
                if at & 1:
                    value = pair_hash(hashes[ids[(at >> 1) - 1]], value)
                found[count] = _key(value) | np.uint64(group[i])
                count += 1
    return found[:count]


@kernel
def weighed_features(keys: U64, weights: U16, members: I32) -> tuple[I32, I32, U16, int]:
    """Features that stand in more than one group, and not in too many, with their weights.

    Args:
        keys: a sorted part of `partition_features`.
        weights: [most + 1, times] weight of a feature in so many groups, by how many times it
            stands in a document; the last counts for more.
        members: [n] documents of each row's group.

    Returns:
        how many rows have each feature; their rows end to end, ascending in each, and weights; and
        how many features too many have.
    """
    sizes = np.empty(len(keys) // 2, np.int32)
    rows, heavy = np.empty(len(keys), np.int32), np.empty(len(keys), np.uint16)
    most, times = len(weights) - 1, weights.shape[1]
    features = kept = common = 0
    at = 0
    while at < len(keys):
        feature = keys[at] >> np.uint64(ROW_BITS)
        first = kept
        while at < len(keys) and keys[at] >> np.uint64(ROW_BITS) == feature:
            key, start = keys[at], at
            while at < len(keys) and keys[at] == key:
                at += 1
            row = np.int32(key & ROW_MASK)
            # Of a group's documents, the mean.
            often = (2 * (at - start) + members[row]) // (2 * members[row])
            rows[kept] = row
            heavy[kept] = min(max(often, 1), times) - 1
            kept += 1
        size = kept - first
        if 2 <= size <= most:
            for k in range(first, kept):
                heavy[k] = weights[size, heavy[k]]
            sizes[features] = size
            features += 1
        else:
            kept = first
            common += size > most
    return sizes[:features].copy(), rows[:kept].copy(), heavy[:kept].copy(), common


@inlined
def _level(weight):
    return min(np.int64(weight) >> _LEVEL_BITS, LEVELS - 1)


@kernel
def count_levels(rows: I32, weights: U16, levels: U16) -> None:
    """Count each row's features in [n, `LEVELS`] levels of weight, as far as 16 bits go."""
    for k in range(len(rows)):
        level = _level(weights[k])
        if levels[rows[k], level] < 0xFFFF:
            levels[rows[k], level] += np.uint16(1)


@kernel
def cut_levels(levels: U16, most: int) -> tuple[I16, I32, I64]:
    """Where each row's `most` heaviest features end.

    Returns:
        [n] the level that is cut, −1 for none; how many of its features are kept; and of all.
    """
    n = len(levels)
    cut, left = np.full(n, np.int16(-1)), np.zeros(n, np.int32)
    kept = np.zeros(n, np.int64)
    for i in range(n):
        level = LEVELS - 1
        while level >= 0 and kept[i] + levels[i, level] <= most:
            kept[i] += levels[i, level]
            level -= 1
        if level >= 0:
            cut[i], left[i] = level, most - kept[i]
            kept[i] = most
    return cut, left, kept


@kernel
def keep_heaviest(
    sizes: I32, rows: I32, weights: U16, cut: I16, left: I32,
    kept_sizes: I32, kept_rows: I32, kept_weights: U16, squares: I64,
) -> tuple[int, int]:  # fmt: skip
    """Each row's heaviest features; of equal level those that come first.

    Args:
        sizes, rows, weights: features, as `weighed_features` gives them.
        cut, left: as `cut_levels` gives them; `left` is used up.
        kept_sizes, kept_rows, kept_weights: room for what is kept; features of one row are dropped.
        squares: [n] to which the squares of a row's weights are added.

    Returns:
        how many features and rows were written.
    """
    features = written = at = 0
    for size in sizes:
        first = written
        for k in range(at, at + size):
            row, weight = rows[k], weights[k]
            level = _level(weight)
            if level < cut[row] or (level == cut[row] and left[row] == 0):
                continue
            left[row] -= level == cut[row]
            squares[row] += np.int64(weight) * np.int64(weight)
            kept_rows[written], kept_weights[written] = row, weight
            written += 1
        at += size
        if written - first < 2:
            written = first
        else:
            kept_sizes[features] = written - first
            features += 1
    return features, written


@kernel
def scale_weights(rows: I32, weights: U16, squares: I64) -> None:
    """Divide weights by the length of their row's, so that it becomes `UNIT`; none becomes 0."""
    for k in range(len(rows)):
        scaled = np.round(weights[k] * UNIT / np.sqrt(np.float64(squares[rows[k]])))
        weights[k] = np.uint16(max(scaled, 1.0))
