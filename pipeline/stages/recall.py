"""How much a run missed: a sample of articles joined exactly with all, beside what was found.

Retellings in other words share too few shingles to be measured so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.config import Config, Run
from pipeline.documents import F64, I64, U64, Documents, Flags, Shingles
from pipeline.kernels.joins import join_sets
from pipeline.stages.candidates import pair_keys
from pipeline.stages.normalise import shingles_of, unmasked_sizes
from pipeline.stages.shares import Share, share_of_clusters
from pipeline.stages.spread import Spread, ends, ranges

# Bands begin at these values; the last is open above.
JACCARD = (0.3, 0.5, 0.7)
CONTAINMENT = (0.5, 0.7, 0.9)
TOKENS = (0, 100, 300, 1000)
SHARED = 20  # shingles, below which containment says little
# Increments of a counter that the join may take: stock paragraphs in every article make many.
_INCREMENTS = 2_000_000_000
_FEW = 50_000  # articles, below which recall is measured unasked
_SEED = 20


@dataclass(frozen=True)
class Band:
    """The recall of pairs within a band.

    Attributes:
        by: "jaccard"; "containment" of the article more contained in the other; or "tokens" of
            the shorter, for pairs in the second band of Jaccard or the first of containment and up.
        low, high: half open; None: no end.
        pairs: seen from the sampled articles, each from either side.
        compared: share that a finder proposed.
        linked: share that is linked, or in one story.
    """

    by: str
    low: float
    high: float | None
    pairs: int
    compared: Share | None
    linked: Share | None


@dataclass(frozen=True)
class Recall:
    """Recall by bands, from `sampled` of `articles` joined with all of them."""

    articles: int
    sampled: int
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Seen:
    """What a run found, by rows: a < b packed as (a << 32) | b, ascending.

    Attributes:
        compared, linked: pairs; of identical articles their representatives.
        story: [n] the number of each article's story, −1 for none.
    """

    compared: I64
    linked: I64
    story: I64


def measures_recall(options: Run, articles: int) -> bool:
    """Is the recall of a run over so many articles to be measured?"""
    asked = options.measure_recall
    return articles < _FEW if asked == "auto" else asked


def linked_keys(pairs: pl.DataFrame) -> I64:
    """The linked of the pairs with a, b (rows) and relation, as `Seen` takes them."""
    linked = pairs.filter(pl.col("relation") != "related")
    return np.sort(pair_keys(linked))


def measure_recall(
    documents: Documents, group: I64, found: Seen, config: Config, spread: Spread = map
) -> Recall:
    """Recall of a fixed random sample of articles, by bands, with intervals.

    Pairs count once for each article with the same text; those of equal texts are left out, since
    nothing can miss them.

    Args:
        documents: tokens, masked.
        group: [n] each article's representative.
        found: what is measured.
        config: sections `normalise` and `run`.
        spread: runs batches of documents.
    """
    sample, sets = _sampled(documents, group, config)
    pairs = _joined(documents, group, sets, config, spread)
    keys = (np.minimum(pairs.a, pairs.b) << 32) | np.maximum(pairs.a, pairs.b)
    together = (found.story[pairs.a] == found.story[pairs.b]) & (found.story[pairs.a] >= 0)
    hits = (_among(keys, found.compared), _among(keys, found.linked) | together)

    def band(by: str, low: float, high: float | None, within: Flags) -> Band:
        of = pairs.of_each(within)[sample]
        shares = (
            share_of_clusters(pairs.of_each(within & hit)[sample], of, len(group)) for hit in hits
        )
        return Band(by, low, high, int(of.sum()), *shares)

    return Recall(len(group), len(sample), tuple(band(*it) for it in _bands(pairs)))


@dataclass(frozen=True)
class _Joined:
    """Pairs of a sampled representative and another one.

    Attributes:
        group: [n] each article's representative.
        a, b: [m] the sampled one's row and the other's.
        copies: [m] articles with b's text.
        jaccard, containment: [m] the latter 0 where little is shared.
        tokens: [m] of the shorter.
    """

    group: I64
    a: I64
    b: I64
    copies: I64
    jaccard: F64
    containment: F64
    tokens: I64

    def of_each(self, chosen: Flags) -> F64:
        """[n] how many of the chosen pairs each article has."""
        counts: F64 = np.zeros(len(self.group))
        np.add.at(counts, self.a[chosen], self.copies[chosen])
        return counts[self.group]


def _sampled(documents: Documents, group: I64, config: Config) -> tuple[I64, Shingles]:
    """Rows of the sampled articles, and the sets of their representatives."""
    n = len(group)
    order = np.random.Generator(np.random.PCG64(_SEED)).permutation(n)
    sample = order[: config.run.recall_sample]
    sets = shingles_of(documents, config.normalise, np.unique(group[sample]))
    _, counts = np.unique(sets.values, return_counts=True)
    # Each shingle of the sample meets itself in so many others of the sample, and in proportion
    # in all; the work falls with the square of the sample.
    work = float(np.square(counts.astype(np.float64)).sum()) * n / max(len(sample), 1)
    if work <= _INCREMENTS:
        return sample, sets
    sample = sample[: max(1, int(len(sample) * _INCREMENTS / work))]
    return sample, shingles_of(documents, config.normalise, np.unique(group[sample]))


def _joined(
    documents: Documents, group: I64, sets: Shingles, config: Config, spread: Spread
) -> _Joined:
    representatives, copies = np.unique(group, return_counts=True)
    sizes = np.diff(sets.offsets)
    order = np.argsort(sets.values, kind="stable")
    known, owners = sets.values[order], np.repeat(np.arange(len(sizes)), sizes)[order]
    directory = _directory(known)

    def work(part: range) -> I64:
        all_sets = shingles_of(documents, config.normalise, representatives[part.start : part.stop])
        rows = join_sets(
            known, owners, directory, sizes, all_sets.values, all_sets.offsets,
            JACCARD[0], CONTAINMENT[0], SHARED,
        )  # fmt: skip
        rows[:, 1] += part.start
        return rows

    parts = spread(work, ranges(len(representatives), config.run.batch))
    one, other, shared, size = np.concatenate([np.empty((0, 4), np.int64), *parts]).T
    apart = sets.rows[one] != representatives[other]
    one, other, shared, size = (column[apart] for column in (one, other, shared, size))
    a, b, mine = sets.rows[one], representatives[other], sizes[one]
    tokens = unmasked_sizes(documents)
    return _Joined(
        group, a, b, copies[other],
        jaccard=shared / (mine + size - shared),
        containment=np.where(shared >= SHARED, shared / np.minimum(mine, size), 0.0),
        tokens=np.minimum(tokens[a], tokens[b]),
    )  # fmt: skip


def _directory(known: U64) -> I64:
    """[2^d + 1] where the values with each d leading bits begin, with about one value in each."""
    bits = max(len(known) - 1, 1).bit_length()
    starts = known >> np.uint64(64 - bits)
    return ends(np.bincount(starts.astype(np.int64), minlength=1 << bits))


def _bands(pairs: _Joined) -> Iterator[tuple[str, float, float | None, Flags]]:
    """Each band, and which pairs it holds."""
    near = (pairs.jaccard >= JACCARD[1]) | (pairs.containment >= CONTAINMENT[0])
    everything = np.ones(len(near), bool)
    for by, values, starts, counted in (
        ("jaccard", pairs.jaccard, JACCARD, everything),
        ("containment", pairs.containment, CONTAINMENT, everything),
        ("tokens", pairs.tokens, TOKENS, near),
    ):
        for low, high in zip(starts, (*starts[1:], None), strict=True):
            below = everything if high is None else values < high
            yield by, low, high, counted & (values >= low) & below


def _among(keys: I64, known: I64) -> Flags:
    """[m] which keys are among the known ones, ascending."""
    if not len(known):
        return np.zeros(len(keys), bool)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    among: Flags = known[at] == keys
    return among
