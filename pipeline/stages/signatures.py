"""Shingle sets in, MinHash signatures and their band layout out."""

from dataclasses import dataclass

import numpy as np
from datasketch import MinHash, MinHashLSH

from pipeline.config import Near
from pipeline.documents import F64, I64, U32, Shingles
from pipeline.errors import ConfigError
from pipeline.kernels.sketches import minhash
from pipeline.stages.spread import Spread, ranges

_SAMPLED_PAIRS = 200_000
# What a candidate costs (exact comparison) and what a band costs per article (key and sort), in
# microseconds; only their ratio matters.
_PAIR_COST = 2.0
_BAND_COST = 0.25


@dataclass(frozen=True)
class Layout:
    """How signatures are cut into bands, and what that catches.

    Attributes:
        bands, rows: two articles are candidates if they agree on all `rows` slots of a band.
        expected_pairs: candidates to expect, from the sampled Jaccard distribution.
    """

    bands: int
    rows: int
    expected_pairs: float

    def catches(self, jaccard: float) -> float:
        """Probability that a pair of this Jaccard becomes a candidate: 1 − (1 − s^r)^b."""
        return float(1.0 - (1.0 - jaccard**self.rows) ** self.bands)


def signatures_of(
    shingles: Shingles, options: Near, batch: int = 2000, spread: Spread = map
) -> U32:
    """[n, permutations] signatures, element by element those of datasketch's affine32 scheme."""
    multipliers, addends = MinHash(
        num_perm=options.permutations, seed=options.seed, scheme="affine32"
    ).permutations

    def work(rows: range) -> U32:
        bounds = shingles.offsets[rows.start : rows.stop + 1]
        values = shingles.values[bounds[0] : bounds[-1]]
        return minhash(values, bounds - bounds[0], multipliers, addends)

    parts = list(spread(work, ranges(len(shingles.offsets) - 1, batch)))
    return np.concatenate([np.empty((0, options.permutations), np.uint32), *parts])


def choose_layout(signatures: U32, options: Near) -> Layout:
    """The cheapest layout that catches `target_recall` of the pairs at `threshold`.

    For each number of rows the fewest bands that reach the target are taken; the cost of a layout
    is that of its bands plus that of the candidates it would bring, by the Jaccard distribution
    of a fixed sample of pairs.

    Raises:
        ConfigError: no layout with this many permutations reaches the target.
    """
    if options.bands:
        chosen = [(options.bands, options.rows)]
    else:
        chosen = [
            (bands, rows)
            for rows in range(1, options.permutations + 1)
            if (bands := _fewest_bands(rows, options)) * rows <= options.permutations
        ]
    if not chosen:
        raise ConfigError(
            f"near: {options.permutations} permutations can't reach target_recall "
            f"{options.target_recall} at threshold {options.threshold}; raise near.permutations "
            "or lower one of the two"
        )
    equal = _sampled_agreement(signatures)
    n = len(signatures)
    layouts = [
        Layout(bands, rows, n * (n - 1) / 2 * _caught(equal, signatures.shape[1], bands, rows))
        for bands, rows in chosen
    ]
    return min(
        layouts,
        key=lambda it: (it.expected_pairs * _PAIR_COST + it.bands * n * _BAND_COST, it.bands),
    )


def _fewest_bands(rows: int, options: Near) -> int:
    caught = options.threshold**rows
    if caught >= 1.0:
        return 1
    if caught < 1e-12:
        return options.permutations + 1
    return int(np.ceil(np.log(1.0 - options.target_recall) / np.log1p(-caught)))


def _sampled_agreement(signatures: U32) -> I64:
    """Number of equal slots in each of a fixed sample of pairs."""
    n = len(signatures)
    if n < 2:
        return np.zeros(1, np.int64)
    generator = np.random.Generator(np.random.PCG64(n))
    a = generator.integers(0, n, _SAMPLED_PAIRS)
    b = (a + generator.integers(1, n, _SAMPLED_PAIRS)) % n
    parts = [
        (signatures[a[rows]] == signatures[b[rows]]).sum(axis=1)
        for rows in (slice(at, at + 10_000) for at in range(0, _SAMPLED_PAIRS, 10_000))
    ]
    return np.concatenate(parts)


def _caught(equal: I64, slots: int, bands: int, rows: int) -> float:
    """Mean catch probability of pairs with so many equal slots.

    Falling factorials estimate s^r without the bias that (equal ÷ slots)^r has for small s.
    """
    power: F64 = np.ones(len(equal))
    for row in range(rows):
        power = power * np.maximum(equal - row, 0) / (slots - row)
    return float(np.mean(1.0 - (1.0 - power) ** bands))


def to_datasketch(
    article_ids: list[str], signatures: U32, layout: Layout, options: Near
) -> MinHashLSH:
    """The signatures as a queryable `datasketch.MinHashLSH` with this layout."""
    index = MinHashLSH(num_perm=options.permutations, params=(layout.bands, layout.rows))
    shared = MinHash(num_perm=options.permutations, seed=options.seed, scheme="affine32")
    with index.insertion_session() as session:
        for article_id, signature in zip(article_ids, signatures, strict=True):
            session.insert(
                article_id,
                MinHash(
                    seed=options.seed,
                    hashvalues=signature,
                    permutations=shared.permutations,
                    scheme="affine32",
                ),
            )
    return index
