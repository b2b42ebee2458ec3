"""Candidates in, exact similarities and passages out."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.config import Config
from pipeline.documents import I64, Documents, Shingles
from pipeline.kernels.align import align
from pipeline.kernels.components import components
from pipeline.kernels.sets import shared_counts
from pipeline.stages.candidates import (
    IDENTICAL,
    RETELLINGS,
    Candidates,
    asked_for,
    meant_alike,
    pair_keys,
)
from pipeline.stages.normalise import shingles_of, unmasked_sizes
from pipeline.stages.prose import prose_of
from pipeline.stages.spread import Gather, Spread, in_memory, joined, ranges

_BLOCK = 4096  # pairs per call


@dataclass(frozen=True)
class Verified:
    """Pairs that were compared exactly, and where they agree.

    Attributes:
        pairs: pair (its number), a, b (rows), found_by (bits), identical, judged (bool or
            null), shared (shingles), jaccard, containment_a, containment_b, passages,
            longest_passage, verbatim (equal tokens outside quotations), quoted (equal tokens
            inside), prose (of `prose_of`), shorter (tokens of the shorter one), coverage (share of
            them in passages), masked (is anything masked in either), a_shorter (is a the shorter
            one).
        passages: pair, a_first, a_last, b_first, b_last (tokens of
            `Documents`), equal, quoted (tokens).
        cut: what caps left out, by name.
    """

    pairs: pl.DataFrame
    passages: pl.DataFrame
    cut: dict[str, int]


def verify(
    candidates: Candidates,
    group: I64,
    age: I64,
    judged: pl.DataFrame,
    documents: Documents,
    config: Config,
    spread: Spread = map,
    gather: Gather = in_memory,
) -> Verified:
    """Compare every candidate exactly; keep and align those that share something worth showing.

    Each article with a text identical to its representative's gives one pair with it.

    Args:
        candidates: pairs of rows.
        group: [n] each article's representative; itself, if no pair but the candidates is wanted.
        age: [n] each article's place in the order of publication.
        judged: a, b, judged; an editor's word.
        documents: of all articles.
        config: sections `normalise`, `verify` and `relate`.
        spread: runs blocks of pairs.
        gather: runs the documents whose shingles are needed.
    """
    members = np.flatnonzero(group != np.arange(len(group)))
    compared = np.unique(np.concatenate([candidates.a, candidates.b, members, group[members]]))
    shingles = shingles_of(documents, config.normalise, compared, gather=gather)
    pairs = _similarities(candidates, shingles, spread).join(judged, on=["a", "b"], how="left")
    # A cost cut-off: fewer shared shingles seldom come to a reviewable passage.
    least = config.relate.review_tokens - config.normalise.shingle_unspaced + 1
    half = pl.max_horizontal("containment_a", "containment_b") >= config.relate.excerpt
    apart = pl.Series(group[pairs["a"].to_numpy()] != group[pairs["b"].to_numpy()])
    pairs = pairs.filter(((pl.col("shared") >= max(1, least)) | half) & apart | _wanted())
    pairs, dropped = _thinned(pairs, group, age, shingles, config, spread)
    same = _identical_pairs(group, members, shingles, spread).join(
        judged, on=["a", "b"], how="left"
    )
    rest = pairs.join(same, on=["a", "b"], how="anti")
    pairs = pl.concat([rest, same], how="diagonal").sort("a", "b")
    text = documents.text_hash
    equal = text[pairs["a"].to_numpy()] == text[pairs["b"].to_numpy()]
    pairs = pairs.with_columns(identical=pl.Series(equal, dtype=pl.Boolean()))
    passages = _passages(pairs, documents, config, spread)
    pairs = _summed(pairs, passages, documents)
    pairs = pairs.with_columns(prose=prose_of(pairs, passages, documents))
    return Verified(pairs, passages, {"near_copy_group_pairs": dropped})


def _wanted() -> pl.Expr:
    """Pairs that are kept however little they share word for word."""
    return asked_for() | meant_alike() | (pl.col("found_by") & int(RETELLINGS) != 0)


def _similarities(candidates: Candidates, shingles: Shingles, spread: Spread) -> pl.DataFrame:
    a, b = shingles.places(candidates.a), shingles.places(candidates.b)

    def work(rows: range) -> I64:
        part = slice(rows.start, rows.stop)
        return shared_counts(shingles.values, shingles.offsets, a[part], b[part])

    shared = joined(spread(work, ranges(len(a), _BLOCK)), np.int64)
    sizes = np.diff(shingles.offsets)
    size_a, size_b = sizes[a], sizes[b]
    return pl.DataFrame(
        {
            "a": candidates.a,
            "b": candidates.b,
            "found_by": candidates.found_by,
            "shared": shared,
            # Masking may leave nothing: 0 of 0 is 0 here.
            "jaccard": shared / np.maximum(size_a + size_b - shared, 1),
            "containment_a": shared / np.maximum(size_a, 1),
            "containment_b": shared / np.maximum(size_b, 1),
        }
    )


def _identical_pairs(group: I64, members: I64, shingles: Shingles, spread: Spread) -> pl.DataFrame:
    """Every article that has another as its representative, paired with it.

    Their sets can differ all the same: each outlet's boilerplate is its own.
    """
    found_by = np.full(len(members), IDENTICAL)
    return _similarities(Candidates(group[members], members, found_by, {}), shingles, spread)


def _thinned(
    pairs: pl.DataFrame, same: I64, age: I64, shingles: Shingles, config: Config, spread: Spread
) -> tuple[pl.DataFrame, int]:
    """In large near-copy groups, keep each member's pair with the representative and its nearest.

    The representative is the oldest: the others' likeliest source has to be among their pairs.

    Returns:
        the pairs, with those to the representative added where no finder had them, and the
        number left out.
    """
    near = pairs.filter(pl.col("jaccard") >= config.relate.near_copy)
    a, b = near["a"].to_numpy(), near["b"].to_numpy()
    # Other members of identical groups stand only in pairs that an editor judged: those stay.
    own = (same[a] == a) & (same[b] == b)
    group = components(len(same), a[own], b[own])
    large = np.bincount(group, minlength=len(group)) > config.verify.pairs_per_group
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    inside = (group[a] == group[b]) & large[group[a]]
    if not inside.any():
        return pairs, 0
    crowded = pairs.filter(pl.Series(inside))
    oldest = np.argsort(age)
    _, first = np.unique(group[oldest], return_index=True)
    head = np.zeros(len(group), np.int64)
    head[group[oldest[first]]] = oldest[first]
    head = head[group]
    a, b = crowded["a"].to_numpy(), crowded["b"].to_numpy()
    kept = crowded.filter(
        pl.Series((head[a] == a) | (head[b] == b))
        | _nearest(crowded, config.verify.neighbours)
        | asked_for()
    )
    members = np.flatnonzero(large[group] & (head != np.arange(len(group))))
    star = pl.DataFrame(
        {"a": np.minimum(head[members], members), "b": np.maximum(head[members], members)}
    ).join(kept, on=["a", "b"], how="anti")
    added = _similarities(
        Candidates(star["a"].to_numpy(), star["b"].to_numpy(), np.zeros(len(star), np.uint8), {}),
        shingles,
        spread,
    ).with_columns(judged=pl.lit(None, dtype=pl.Boolean()))
    whole = pl.concat([pairs.filter(pl.Series(~inside)), kept, added]).sort("a", "b")
    return whole, len(crowded) - len(kept)


def _nearest(pairs: pl.DataFrame, neighbours: int) -> pl.Expr:
    """Is the pair among the `neighbours` most alike of either member?"""
    ends = [pairs.select(one=pl.col(x), a="a", b="b", jaccard="jaccard") for x in ("a", "b")]
    ranked = (
        pl.concat(ends)
        .sort("jaccard", "a", "b", descending=[True, False, False])
        .filter(pl.int_range(pl.len()).over("one") < neighbours)
    )
    keys = pl.Series(np.unique(pair_keys(ranked)))
    return ((pl.col("a") * (1 << 32)) + pl.col("b")).is_in(keys.implode())


def _passages(
    pairs: pl.DataFrame, documents: Documents, config: Config, spread: Spread
) -> pl.DataFrame:
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    options = config.verify

    def work(rows: range) -> tuple[I64, np.ndarray]:
        part = slice(rows.start, rows.stop)
        return align(
            documents.tokens, documents.flags, documents.offsets, a[part], b[part],
            options.seed_tokens, options.max_gap, options.min_passage,
        )  # fmt: skip

    parts = list(spread(work, ranges(len(pairs), _BLOCK)))
    counts = joined((c for c, _ in parts), np.int64)
    rows = np.concatenate([np.empty((0, 6), np.int64), *(r for _, r in parts)])
    names = ("a_first", "a_last", "b_first", "b_last", "equal", "quoted")
    return pl.DataFrame(
        {"pair": np.repeat(np.arange(len(pairs)), counts)}
        | {name: rows[:, i] for i, name in enumerate(names)}
    )


def _summed(pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> pl.DataFrame:
    """The pairs with what their passages come to."""
    length = pl.max_horizontal(
        pl.col("a_last") - pl.col("a_first"), pl.col("b_last") - pl.col("b_first")
    )
    sums = passages.group_by("pair").agg(
        passages=pl.len().cast(pl.Int64()),
        longest_passage=length.max(),
        verbatim=(pl.col("equal") - pl.col("quoted")).clip(lower_bound=0).sum(),
        quoted=pl.min_horizontal("equal", "quoted").sum(),
        in_a=(pl.col("a_last") - pl.col("a_first")).sum(),
        in_b=(pl.col("b_last") - pl.col("b_first")).sum(),
    )
    sizes = unmasked_sizes(documents)
    hidden = sizes < np.diff(documents.offsets)
    size_a, size_b = sizes[pairs["a"].to_numpy()], sizes[pairs["b"].to_numpy()]
    inside = pl.when("a_shorter").then("in_a").otherwise("in_b") / pl.col("shorter")
    return (
        pairs.with_columns(
            pair=pl.int_range(pl.len(), dtype=pl.Int64()),
            shorter=np.minimum(size_a, size_b),
            a_shorter=pl.Series(size_a <= size_b),
            masked=pl.Series(hidden[pairs["a"].to_numpy()] | hidden[pairs["b"].to_numpy()]),
        )
        .join(sums, on="pair", how="left", maintain_order="left")
        .with_columns(pl.col(sums.columns).exclude("pair").fill_null(0))
        .with_columns(coverage=inside.fill_nan(0.0))
        .drop("in_a", "in_b")
    )
