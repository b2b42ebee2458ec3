"""Which pairs to look at: near copies by bands, excerpts by rare fingerprints."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.config import Config
from pipeline.documents import I8, I32, I64, U8, U64, Documents
from pipeline.kernels.bands import band_keys, bucket_pairs, mark_crowded, shared_buckets
from pipeline.kernels.fingerprints import list_groups, partition_prints, rare_groups, sharing_pairs
from pipeline.stages.normalise import shingles_of
from pipeline.stages.signatures import Layout, Sketches
from pipeline.stages.spread import Room, Spread, ends, joined, ranges, zeros

# Bits of `found_by`.
BANDS, FINGERPRINTS, JUDGEMENT, IDENTICAL = (np.uint8(1 << bit) for bit in range(4))
FINDERS = {
    "bands": BANDS,
    "fingerprints": FINGERPRINTS,
    "judgement": JUDGEMENT,
    "identical": IDENTICAL,
}


# Neighbours taken on one side in each band of a crowded bucket; verified, the nearest are kept.
_REACH = 3
_MOST_NEEDED = 3
_MISSED = 0.01
# From so many shingles in the sample on, no pair needs less than the most.
_ENOUGH = 32
# Fingerprints that are sorted at a time, and parts that the articles are cut into for pairing.
_PART = 1 << 24
# Under a limit, one of so many of its bytes.
_SHARE = 128
_BLOCKS = 64


@dataclass(frozen=True)
class Candidates:
    """Pairs of representatives, a < b, ascending and without repeats.

    Attributes:
        a, b: [m] rows of documents.
        found_by: [m] bits of the finders.
        cut: what caps left out, by name; goes into run.json.
    """

    a: I64
    b: I64
    found_by: U8
    cut: dict[str, int]


def find_candidates(
    documents: Documents,
    sketches: Sketches,
    representatives: I64,
    layout: Layout,
    judged: pl.DataFrame,
    config: Config,
    spread: Spread = map,
    room: Room = zeros,
) -> Candidates:
    """Candidates of both finders, among representatives only, and the judged pairs.

    Args:
        documents, sketches: of all articles.
        representatives: rows that take part, ascending.
        layout: bands and rows of finder 1.
        judged: a, b (rows) of pairs that an editor judged.
        config: sections `normalise`, `near`, `excerpts` and `relate`.
        spread: runs bands and blocks of rows.
        room: makes the longest arrays.
    """
    near, crowded = _near_pairs(documents, sketches, representatives, layout, config, spread)
    found = [(near, BANDS), ((judged["a"].to_numpy() << 32) | judged["b"].to_numpy(), JUDGEMENT)]
    cut = {"articles_in_crowded_buckets": crowded}
    if config.excerpts.enabled:
        shared, common = _sharing_pairs(sketches, representatives, config, spread, room)
        found.append((shared, FINGERPRINTS))
        cut["fingerprints_over_cap"] = common
    return merged(found, cut)


def merged(found: list[tuple[I64, np.uint8]], cut: dict[str, int]) -> Candidates:
    """One list of pairs from several finders' (a << 32) | b."""
    keys = np.concatenate([pairs for pairs, _ in found])
    bits = np.concatenate([np.full(len(pairs), bit, np.uint8) for pairs, bit in found])
    unique, at = np.unique(keys, return_inverse=True)
    found_by = np.zeros(len(unique), np.uint8)
    np.bitwise_or.at(found_by, at, bits)
    return Candidates(unique >> 32, unique & 0xFFFFFFFF, found_by, cut)


def _near_pairs(
    documents: Documents,
    sketches: Sketches,
    representatives: I64,
    layout: Layout,
    config: Config,
    spread: Spread,
) -> tuple[I64, int]:
    signatures, cap = sketches.signatures, config.near.bucket_cap

    def keys_of(band: int) -> U64:
        keys = band_keys(signatures, representatives, band * layout.rows, layout.rows)
        keys.sort()
        return shared_buckets(keys)

    buckets = list(spread(keys_of, range(layout.bands)))
    crowded = np.zeros((len(signatures), (layout.bands + 7) // 8), np.uint8)
    for band, keys in enumerate(buckets):
        mark_crowded(keys, cap, band, crowded)
    packed = np.flatnonzero(crowded.any(axis=1))
    sets = shingles_of(documents, config.normalise, packed)

    def work(band: int) -> I64:
        return bucket_pairs(
            buckets[band],
            signatures,
            sets.rows,
            sets.values,
            sets.offsets,
            crowded,
            band,
            layout.rows,
            cap,
            config.relate.near_copy,
            _REACH,
        )

    pairs = np.unique(joined(spread(work, range(layout.bands)), np.int64))
    return pairs, len(packed)


def _sharing_pairs(
    sketches: Sketches, representatives: I64, config: Config, spread: Spread, room: Room
) -> tuple[I64, int]:
    options = config.excerpts
    n = len(sketches.shingles)
    wanted = np.zeros(n, bool)
    wanted[representatives] = True
    limit = int(config.run.memory_limit * (1 << 30)) // _SHARE or _PART
    parts = len(sketches.prints) // min(limit, _PART) + 1

    def rare(part: int) -> tuple[I64, I32, int]:
        keys = partition_prints(sketches.prints, sketches.owned, wanted, part, parts)
        keys.sort()
        return rare_groups(keys, options.max_articles)

    found = list(spread(rare, range(parts)))
    groups = ends(joined((sizes for sizes, _, _ in found), np.int64))
    members = joined((rows for _, rows, _ in found), np.int32)
    common = sum(count for _, _, count in found)
    del found
    owned = ends(np.bincount(members, minlength=n))
    lists = room("print_lists", len(members), np.int32)
    list_groups(groups, members, owned, lists)
    needed = prints_needed(sketches, options.sample)

    def work(block: range) -> I64:
        return sharing_pairs(groups, members, owned, lists, needed, block.start, block.stop)

    return joined(spread(work, ranges(n, max(2000, n // _BLOCKS))), np.int64), common


def prints_needed(sketches: Sketches, sample: int) -> I8:
    """[n] `fingerprints_needed`, but of those that a document has not more than half.

    Where shingles repeat, there are fewer fingerprints than their number leads to expect. Of a
    pair's two numbers, the smaller counts.
    """
    most = _MOST_NEEDED * _ENOUGH * sample
    by_size = fingerprints_needed(np.arange(most + 1), sample).astype(np.int8)
    half = np.minimum(np.maximum(np.diff(sketches.owned) // 2, 1), _MOST_NEEDED).astype(np.int8)
    needed: I8 = np.minimum(by_size[np.minimum(sketches.shingles, most)], half)
    return needed


def fingerprints_needed(sizes: I64, sample: int) -> I64:
    """[n] shared fingerprints that make a pair with a document of so many shingles a candidate.

    As many, up to three, as a pair that shares half of the document's shingles falls short of with
    probability below .01, by the binomial distribution of a sample of one in `sample`; one at
    least.
    """
    half, kept = np.ceil(sizes / 2), 1.0 / sample
    missed = np.zeros(len(sizes))
    needed = np.ones(len(sizes), np.int64)
    ways = np.ones(len(sizes))
    for count in range(_MOST_NEEDED):
        missed += ways * kept**count * (1.0 - kept) ** np.maximum(half - count, 0)
        needed[missed < _MISSED] = count + 1
        ways *= np.maximum(half - count, 0) / (count + 1)
    return needed
