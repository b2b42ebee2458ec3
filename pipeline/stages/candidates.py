"""Which pairs to look at: near copies by bands, excerpts by rare fingerprints."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.config import Config, Excerpts
from pipeline.documents import I64, U8, U32, Shingles
from pipeline.kernels.bands import band_keys, bucket_pairs
from pipeline.kernels.fingerprints import sample_fingerprints, sharing_pairs
from pipeline.stages.signatures import Layout
from pipeline.stages.spread import Spread, ends, joined, ranges

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
    shingles: Shingles,
    signatures: U32,
    representatives: I64,
    layout: Layout,
    judged: pl.DataFrame,
    config: Config,
    spread: Spread = map,
) -> Candidates:
    """Candidates of both finders, among representatives only, and the judged pairs.

    Args:
        shingles, signatures: of all documents.
        representatives: rows that take part, ascending.
        layout: bands and rows of finder 1.
        judged: a, b (rows) of pairs that an editor judged.
        config: sections `near`, `excerpts` and `relate`.
        spread: runs bands and blocks of rows.
    """
    near, crowded = _near_pairs(shingles, signatures, representatives, layout, config, spread)
    found = [(near, BANDS), ((judged["a"].to_numpy() << 32) | judged["b"].to_numpy(), JUDGEMENT)]
    cut = {"articles_in_crowded_buckets": crowded}
    if config.excerpts.enabled:
        shared, common = _sharing_pairs(shingles, representatives, config.excerpts, spread)
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
    shingles: Shingles,
    signatures: U32,
    representatives: I64,
    layout: Layout,
    config: Config,
    spread: Spread,
) -> tuple[I64, int]:
    chosen = signatures[representatives]
    crowded = np.zeros((layout.bands, len(signatures)), bool)

    def mark(band: int) -> None:
        keys = band_keys(chosen, band * layout.rows, layout.rows)
        _, bucket, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        crowded[band, representatives] = sizes[bucket] > config.near.bucket_cap

    def work(band: int) -> I64:
        keys = band_keys(chosen, band * layout.rows, layout.rows)
        # Within a bucket, neighbours in the order of the following slots are likely alike.
        after = [(band * layout.rows + layout.rows + k) % chosen.shape[1] for k in (3, 2, 1, 0)]
        following = [chosen[:, slot].astype(np.uint64) for slot in after]
        order = np.lexsort([*following, keys])
        return bucket_pairs(
            representatives[order],
            keys[order],
            signatures,
            shingles.values,
            shingles.offsets,
            crowded,
            band,
            layout.rows,
            config.near.bucket_cap,
            config.relate.near_copy,
            _REACH,
        )

    deque(spread(mark, range(layout.bands)), maxlen=0)
    pairs = np.unique(joined(spread(work, range(layout.bands)), np.int64))
    return pairs, int(crowded.any(axis=0).sum())


def _sharing_pairs(
    shingles: Shingles, representatives: I64, options: Excerpts, spread: Spread
) -> tuple[I64, int]:
    sizes = np.diff(shingles.offsets)
    wanted = np.zeros(len(sizes), bool)
    wanted[representatives] = True
    prints, rows = sample_fingerprints(shingles.values, shingles.offsets, wanted, options.sample)
    order = np.argsort(prints, kind="stable")
    members = rows[order]
    _, spreads = np.unique(prints[order], return_counts=True)
    kept = (spreads >= 2) & (spreads <= options.max_articles)
    members = members[np.repeat(kept, spreads)]
    groups = ends(spreads[kept])
    group_of = np.repeat(np.arange(len(groups) - 1, dtype=np.int64), spreads[kept])
    by_row = np.argsort(members, kind="stable")
    owned = ends(np.bincount(members, minlength=len(sizes)))
    lists = group_of[by_row]

    needed = fingerprints_needed(sizes, options.sample)

    def work(block: range) -> I64:
        return sharing_pairs(groups, members, owned, lists, needed, block.start, block.stop)

    parts = spread(work, ranges(len(sizes), 2000))
    return joined(parts, np.int64), int(np.sum(spreads > options.max_articles))


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
