"""Which pairs to look at: near copies by bands, excerpts by rare fingerprints."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.config import Config
from pipeline.documents import I8, I32, I64, U8, U32, U64, Documents
from pipeline.errors import InputError
from pipeline.kernels.bands import band_keys, bucket_pairs, mark_crowded, shared_buckets
from pipeline.kernels.fingerprints import list_groups, partition_prints, rare_groups, sharing_pairs
from pipeline.stages.normalise import shingles_of
from pipeline.stages.signatures import Layout, Sketches
from pipeline.stages.spread import (
    Gather,
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

# Bits of `found_by`.
BANDS, FINGERPRINTS, JUDGEMENT, IDENTICAL, GIVEN, RETELLINGS, SEMANTIC = (
    np.uint8(1 << bit) for bit in range(7)
)
FINDERS = {
    "bands": BANDS,
    "fingerprints": FINGERPRINTS,
    "judgement": JUDGEMENT,
    "identical": IDENTICAL,
    "given": GIVEN,
    "retellings": RETELLINGS,
    "semantic": SEMANTIC,
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
_MOST_GROUPS = 1 << 31  # their numbers are listed in 32 bits
_BUCKETS: Kinds = {"members": (np.uint64,), "sizes": (np.int64,)}
_RARE: Kinds = {"sizes": (np.int64,), "members": (np.int32,), "over_cap": (np.int64,)}


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
    gathers: Gathers = all_in_memory,
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
        gathers: runs what gives long arrays, by the names of its steps.

    Raises:
        InputError: more rare shingles than can be numbered.
    """
    near, crowded = _near_pairs(
        documents, sketches, representatives, layout, config, spread, gathers
    )
    found = [(near, BANDS), (pair_keys(judged), JUDGEMENT)]
    cut = {"articles_in_crowded_buckets": crowded}
    if config.excerpts.enabled:
        shared, common = _sharing_pairs(sketches, representatives, config, spread, room, gathers)
        found.append((shared, FINGERPRINTS))
        cut["fingerprints_over_cap"] = common
    return merged(found, cut)


def given_candidates(given: pl.DataFrame, judged: pl.DataFrame) -> Candidates:
    """The pairs that were asked for and no others, but those that an editor judged.

    Args:
        given: a, b (rows, a < b).
        judged: likewise.
    """
    ways = ((given, GIVEN), (judged, JUDGEMENT))
    return merged([(pair_keys(it), bit) for it, bit in ways], {})


def pair_keys(pairs: pl.DataFrame) -> I64:
    """[m] pairs with the columns a and b (rows, a < b) as (a << 32) | b."""
    keys: I64 = (pairs["a"].to_numpy() << 32) | pairs["b"].to_numpy()
    return keys


def asked_for() -> pl.Expr:
    """Did somebody name the pair, by its found_by and judged? Then it is kept, whatever it is."""
    return pl.col("judged").is_not_null() | (pl.col("found_by") & int(GIVEN) != 0)


def meant_alike() -> pl.Expr:
    """Did the semantic finder find the pair? Then it is listed, whatever words it shares."""
    return pl.col("found_by") & int(SEMANTIC) != 0


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
    gathers: Gathers,
) -> tuple[I64, int]:
    signatures, cap = sketches.signatures, config.near.bucket_cap
    members, bounds = _buckets(signatures, representatives, layout, gathers("buckets"))

    def bucket(band: int) -> U64:
        return members[bounds[band] : bounds[band + 1]]

    crowded = np.zeros((len(signatures), (layout.bands + 7) // 8), np.uint8)
    for band in range(layout.bands):
        mark_crowded(bucket(band), cap, band, crowded)
    packed = np.flatnonzero(crowded.any(axis=1))
    sets = shingles_of(documents, config.normalise, packed, config.run.batch, gathers("crowded"))

    def work(band: int) -> I64:
        return bucket_pairs(
            bucket(band), signatures, sets.rows, sets.values, sets.offsets, crowded,
            band, layout.rows, cap, config.relate.near_copy, _REACH,
        )  # fmt: skip

    pairs = np.unique(joined(spread(work, range(layout.bands)), np.int64))
    return pairs, len(packed)


def _buckets(
    signatures: U32, representatives: I64, layout: Layout, gather: Gather
) -> tuple[U64, I64]:
    """`shared_buckets` of all bands end to end, and the bands' [bands + 1] offsets."""

    def work(bands: range) -> tuple[np.ndarray, ...]:
        (band,) = bands
        keys = band_keys(signatures, representatives, band * layout.rows, layout.rows)
        keys.sort()
        shared = shared_buckets(keys)
        return shared, np.array([len(shared)])

    members, sizes = gather(work, ranges(layout.bands, 1), _BUCKETS)
    return members, ends(sizes)


def _sharing_pairs(
    sketches: Sketches,
    representatives: I64,
    config: Config,
    spread: Spread,
    room: Room,
    gathers: Gathers,
) -> tuple[I64, int]:
    n = len(sketches.shingles)
    sizes, members, common = _rare(sketches, representatives, config, gathers)
    if len(sizes) >= _MOST_GROUPS:
        raise InputError(
            f"{len(sizes):,} rare shingles are more than can be told apart; raise excerpts.sample"
        )
    groups = room("print_groups", len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=groups[1:])
    counts = np.zeros(n, np.int64)
    for part in ranges(len(members), _PART):
        counts += np.bincount(members[part.start : part.stop], minlength=n)
    owned = ends(counts)
    lists = room("print_lists", len(members), np.int32)
    list_groups(groups, members, owned, lists)
    needed = prints_needed(sketches, config.excerpts.sample)

    def work(block: range) -> I64:
        return sharing_pairs(groups, members, owned, lists, needed, block.start, block.stop)

    return joined(spread(work, ranges(n, max(2000, n // _BLOCKS))), np.int64), common


def _rare(
    sketches: Sketches, representatives: I64, config: Config, gathers: Gathers
) -> tuple[I64, I32, int]:
    """Of the groups of articles with one rare shingle: sizes, members; how many aren't rare."""
    wanted = np.zeros(len(sketches.shingles), bool)
    wanted[representatives] = True
    limit = int(config.run.memory_limit * (1 << 30)) // _SHARE or _PART
    parts = len(sketches.prints) // min(limit, _PART) + 1

    def work(one: range) -> tuple[np.ndarray, ...]:
        (part,) = one
        keys = partition_prints(sketches.prints, sketches.owned, wanted, part, parts)
        keys.sort()
        sizes, members, common = rare_groups(keys, config.excerpts.max_articles)
        return sizes, members, np.array([common])

    # Under another limit there are other parts: what is done of these is no use.
    sizes, members, common = gathers(f"rare_{parts}")(work, ranges(parts, 1), _RARE)
    return sizes, members, int(common.sum())


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
