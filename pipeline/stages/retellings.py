"""Finder 3: articles that tell one text in other words, by the rare stems that they share."""

from typing import NamedTuple

import numpy as np

from pipeline.config import Retellings
from pipeline.documents import I32, I64, U16, Documents
from pipeline.kernels.features import (
    LEVELS,
    NO_PART,
    UNIT,
    count_levels,
    cut_levels,
    keep_heaviest,
    partition_features,
    place_features,
    scale_weights,
    weighed_features,
)
from pipeline.kernels.similar import list_features, similar_rows
from pipeline.stages.articles import PRECISIONS, UNDATED, Articles
from pipeline.stages.spread import (
    Gathers,
    Kinds,
    Room,
    Spread,
    all_in_memory,
    ends,
    joined,
    ranges,
    zeros,
)
from pipeline.stages.stems import Stems, group_counts

# Features, at every place where they stand, that are sorted at a time.
_PART = 1 << 25
# Under a limit, one of so many of its bytes.
_SHARE = 128
_BLOCKS, _LEAST_ROWS = 64, 2000
_READ = 1 << 22  # features at a time
# More places of a feature in one article weigh no more; a weight of 1 in fixed point.
_TIMES, _ONE = 64, 512
_DAY = 86_400_000_000
_EVER = 1 << 61
_WIDTHS = {"day": _DAY, "minute": 60_000_000, "second": 1_000_000}
_FEATURES: Kinds = {
    "sizes": (np.int32,), "rows": (np.int32,), "weights": (np.uint16,), "common": (np.int64,)
}  # fmt: skip


class Times(NamedTuple):
    """From when to when each of n articles may have appeared, in microseconds; any if unknown."""

    begins: I64
    ends: I64


class _Postings(NamedTuple):
    """The features that are compared.

    Attributes:
        features: [f + 1] feature f has the rows rows[features[f]:features[f + 1]], ascending.
        rows, weights: of each feature.
        owned, lists, own: row i has the features lists[owned[i]:owned[i + 1]], and their weights.
    """

    features: I64
    rows: I32
    weights: U16
    owned: I64
    lists: I32
    own: U16


def find_retellings(
    documents: Documents,
    stems: Stems,
    group: I64,
    options: Retellings,
    times: Times | None = None,
    spread: Spread = map,
    room: Room = zeros,
    gathers: Gathers = all_in_memory,
    memory: float = 0.0,
) -> tuple[I64, dict[str, int]]:
    """For each group of near copies the most similar others.

    Features are stems, and pairs of stems in a row inside a sentence, that stand in few groups; a
    group has those of all its articles. A feature weighs (1 + ln tf) · ln((N + 1) / (df + ½)), of N
    groups; the heaviest are kept, and compared by the cosine of their weights.

    Args:
        documents, stems: of n articles.
        group: [n] the row that stands for each article's near copies.
        options: the section `retellings`.
        times: of the articles, for the window.
        spread: runs blocks of groups.
        room: makes the longest arrays.
        gathers: runs what gives long arrays, by the names of its steps.
        memory: GiB that the run may hold, 0 for any; changes nothing but memory and speed.

    Returns:
        pairs of rows that stand for groups, (a << 32) | b with a < b, ascending; and how many
        stems and pairs stood in too many groups.

    Example:
        >>> import polars as pl
        >>> from pipeline.stages.language import Languages
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.stems import stems_of
        >>> from pipeline.stages.strings import strings_of
        >>> texts = strings_of(pl.Series([
        ...     "The ferry Halcyon ran aground off Brackwater on Monday.",
        ...     "Nobody was hurt, says her mayor.",
        ...     "Off Brackwater, the Halcyon, a ferry, has run aground.",
        ... ]))
        >>> documents = documents_of(texts)
        >>> stems = stems_of(documents, texts, Languages(np.zeros(3, np.int16), ("en",)))
        >>> pairs, _ = find_retellings(documents, stems, np.arange(3), Retellings())
        >>> [(pair >> 32, pair & 0xFFFFFFFF) for pair in pairs.tolist()]
        [(0, 2)]
    """
    n = len(documents)
    weighed, common = _features(documents, stems, group, options, spread, room, gathers, memory)
    postings = _postings(weighed, n, options, room)
    begins, last = _group_times(times, group) if times else (np.zeros(n, np.int64),) * 2
    window = int(options.window_days * _DAY) if times and options.window_days else -1
    least = max(1, round(options.similarity * UNIT * UNIT))
    most = min(options.neighbours, n)

    def work(block: range) -> I64:
        span = block.start, block.stop
        pairs = similar_rows(
            *postings, begins, last, window, documents.text_hash, least, most, *span
        )
        return np.unique(pairs)

    found = joined(spread(work, ranges(n, max(_LEAST_ROWS, n // _BLOCKS))), np.int64)
    return np.unique(found), {"stems_and_pairs_over_cap": common}


def times_of(articles: Articles) -> Times:
    """When each article may have appeared, as precisely as its time is known."""
    known = (articles.published_at != UNDATED) & (articles.published_precision > 0)
    widths = np.array([_WIDTHS.get(name, 0) for name in PRECISIONS], np.int64)
    last = articles.published_at + widths[articles.published_precision]
    return Times(np.where(known, articles.published_at, -_EVER), np.where(known, last, _EVER))


def _group_times(times: Times, group: I64) -> Times:
    """For each row that stands for a group, from its first article to its last."""
    begins, last = times.begins.copy(), times.ends.copy()
    np.minimum.at(begins, group, times.begins)
    np.maximum.at(last, group, times.ends)
    return Times(begins, last)


def _features(
    documents: Documents,
    stems: Stems,
    group: I64,
    options: Retellings,
    spread: Spread,
    room: Room,
    gathers: Gathers,
    memory: float,
) -> tuple[tuple[I32, I32, U16], int]:
    """Of the features of few groups: sizes, rows and weights; how many are in too many."""
    counts, most = group_counts(stems, documents, group, spread), options.max_articles
    members = np.bincount(group, minlength=len(group)).astype(np.int32)
    weights = _weights(int(np.count_nonzero(members)), most)
    limit = int(memory * (1 << 30)) // _SHARE or _PART
    parts = min(2 * len(stems.ids) // min(limit, _PART) + 1, NO_PART)
    ids, offsets, hashes = stems.ids, documents.offsets, stems.hashes
    places = room("feature_places", 2 * len(ids), np.uint8)

    def place(rows: range) -> None:
        span = rows.start, rows.stop
        place_features(ids, documents.flags, offsets, hashes, counts, most, parts, *span, places)

    for _ in spread(place, ranges(len(documents), _LEAST_ROWS)):
        pass

    def work(one: range) -> tuple[np.ndarray, ...]:
        (part,) = one
        keys = partition_features(ids, offsets, hashes, group, places, part)
        keys.sort()
        sizes, rows, heavy, common = weighed_features(keys, weights, members)
        return sizes, rows, heavy, np.array([common])

    # Under another limit there are other parts: what is done of these is no use.
    sizes, rows, heavy, common = gathers(f"features_{parts}")(work, ranges(parts, 1), _FEATURES)
    return (sizes, rows, heavy), int(common.sum()) + int(np.count_nonzero(counts > most))


def _weights(groups: int, most: int) -> U16:
    """[most + 1, times] weight of a feature in so many groups, and so many times in one."""
    rarity = np.log((groups + 1) / (np.arange(most + 1) + 0.5))
    often = 1 + np.log(np.arange(1, _TIMES + 1))
    fixed = np.round(_ONE * np.maximum(rarity, 0)[:, None] * often)
    weights: U16 = np.clip(fixed, 1, np.iinfo(np.uint16).max).astype(np.uint16)
    return weights


def _postings(weighed: tuple[I32, I32, U16], n: int, options: Retellings, room: Room) -> _Postings:
    """Each row's heaviest features, as vectors of one length."""
    sizes, rows, weights = weighed
    levels = room("feature_levels", n * LEVELS, np.uint16).reshape(n, LEVELS)
    for part in ranges(len(rows), _READ):
        count_levels(rows[part.start : part.stop], weights[part.start : part.stop], levels)
    cut, left, kept = cut_levels(levels, options.features)
    total = int(kept.sum())
    kept_sizes = room("posting_sizes", total // 2, np.int32)
    kept_rows = room("posting_rows", total, np.int32)
    kept_weights = room("posting_weights", total, np.uint16)
    squares = np.zeros(n, np.int64)
    features, written = keep_heaviest(
        sizes, rows, weights, cut, left, kept_sizes, kept_rows, kept_weights, squares
    )
    kept_rows, kept_weights = kept_rows[:written], kept_weights[:written]
    scale_weights(kept_rows, kept_weights, squares)
    bounds = ends(kept_sizes[:features].astype(np.int64))
    owned = ends(np.bincount(kept_rows, minlength=n))
    lists, own = room("posting_lists", written, np.int32), room("posting_own", written, np.uint16)
    list_features(bounds, kept_rows, kept_weights, owned, lists, own)
    return _Postings(bounds, kept_rows, kept_weights, owned, lists, own)
