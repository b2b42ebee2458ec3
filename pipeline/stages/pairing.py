"""Verified pairs, and what looking for retellings adds to them."""

import numpy as np
import polars as pl

from pipeline.documents import I64, U64, Documents
from pipeline.kernels.components import components
from pipeline.kernels.sets import common_tokens
from pipeline.stages.candidates import pair_keys
from pipeline.stages.verify import Verified


def together(one: Verified, other: Verified) -> Verified:
    """Two sets of pairs, none in both, as one: ordered by a and b, and numbered anew."""
    shift = len(one.pairs)
    pairs = pl.concat([one.pairs, other.pairs.with_columns(pl.col("pair") + shift)])
    pairs = pairs.sort("a", "b").with_columns(now=pl.int_range(pl.len(), dtype=pl.Int64()))
    passages = pl.concat([one.passages, other.passages.with_columns(pl.col("pair") + shift)])
    passages = (
        passages.join(pairs.select("pair", "now"), on="pair", maintain_order="left")
        .with_columns(pair="now")
        .drop("now")
        .sort("pair", maintain_order=True)
    )
    cut = {name: one.cut.get(name, 0) + count for name, count in other.cut.items()}
    return Verified(pairs.with_columns(pair="now").drop("now"), passages, one.cut | cut)


def near_groups(pairs: pl.DataFrame, group: I64, near_copy: float) -> I64:
    """[n] the row that stands for each article's near copies.

    Args:
        pairs: a, b, jaccard.
        group: [n] each article's representative among those with one text.
        near_copy: Jaccard from which two are near copies.
    """
    near = pairs.filter(pl.col("jaccard") >= near_copy)
    a, b = near["a"].to_numpy(), near["b"].to_numpy()
    rows = np.arange(len(group))
    return components(len(group), np.concatenate([a, rows]), np.concatenate([b, group]))


def across(keys: I64, near: I64, group: I64, text_hash: U64, most: int) -> I64:
    """The pairs of groups of near copies, spelled out as pairs of their articles.

    Args:
        keys: pairs of rows that stand for groups, (a << 32) | b.
        near: [n] the row that stands for each article's group.
        group: [n] each article's representative among those with one text; only these are paired.
        text_hash: [n] which articles of a group of more than `most` are taken, whatever their ids.
        most: articles of each group.

    Returns:
        pairs of rows as keys, ascending, each once.
    """
    own = np.flatnonzero(group == np.arange(len(group)))
    own = own[np.lexsort((text_hash[own], near[own]))]
    first = np.searchsorted(near[own], keys >> 32)
    other = np.searchsorted(near[own], keys & 0xFFFFFFFF)
    sizes = np.bincount(near[own], minlength=len(near))
    found = [keys]
    for i in range(most):
        for j in range(most):
            there = (i < sizes[keys >> 32]) & (j < sizes[keys & 0xFFFFFFFF])
            a, b = own[first[there] + i], own[other[there] + j]
            found.append((np.minimum(a, b) << 32) | np.maximum(a, b))
    return np.unique(np.concatenate(found))


def with_finder(pairs: pl.DataFrame, keys: I64, bit: np.uint8) -> pl.DataFrame:
    """The pairs, with a finder's bit in `found_by` where (a << 32) | b is among its keys."""
    found = np.where(np.isin(pair_keys(pairs), keys), bit, np.uint8(0))
    return pairs.with_columns(found_by=pl.Series(pairs["found_by"].to_numpy() | found))


def with_passages(
    verified: Verified, retold: pl.DataFrame, links: pl.DataFrame, instead: pl.Series
) -> Verified:
    """Passages of both kinds, and what they and the sentence links come to in each pair.

    Of two passages that overlap on both sides the retold one is kept, unless most of it is word for
    word.

    Args:
        verified: its passages are word for word.
        retold: pair, a_first, a_last, b_first, b_last, kind, similarity, equal, quoted.
        links: pair, a_first, a_last, b_first, b_last.
        instead: pairs whose passages word for word are left out.
    """
    verbatim = verified.passages.filter(~pl.col("pair").is_in(instead.implode()))
    passages = _merged(verbatim, retold)
    touched = pl.concat([retold["pair"], links["pair"]]).unique()
    places = ("pair", "a_first", "a_last", "b_first", "b_last")
    spans = pl.concat([passages.select(places), links.select(places)])
    spans = spans.filter(pl.col("pair").is_in(touched.implode()))
    own = passages.filter(pl.col("pair").is_in(touched.implode()))
    length = pl.max_horizontal(
        pl.col("a_last") - pl.col("a_first"), pl.col("b_last") - pl.col("b_first")
    )
    counts = own.group_by("pair").agg(
        passages_now=pl.len().cast(pl.Int64()),
        longest_now=length.max(),
    )
    n = len(verified.pairs)
    reach = {f"reach_{side}": _covered(spans, side, n) for side in ("a", "b")}
    pairs = (
        verified.pairs.with_columns(**reach)
        .join(counts, on="pair", how="left", maintain_order="left")
        .with_columns(
            passages=pl.coalesce("passages_now", "passages"),
            longest_passage=pl.coalesce("longest_now", "longest_passage"),
            coverage=pl.max_horizontal(
                "coverage",
                (pl.when("a_shorter").then("reach_a").otherwise("reach_b") / pl.col("shorter"))
                .fill_nan(0.0)
                .clip(upper_bound=1.0),
            ),
        )
        .drop("passages_now", "longest_now", *reach)
    )
    return Verified(pairs, passages, verified.cut)


def with_equal(retold: pl.DataFrame, documents: Documents) -> pl.DataFrame:
    """The passages with `equal`, the tokens that both sides have.

    Of those that aren't rewritten the similarity is equal tokens ÷ tokens of the longer side.
    """
    ends = (retold[name].to_numpy() for name in _ENDS)
    longer = pl.max_horizontal(
        pl.col("a_last") - pl.col("a_first"), pl.col("b_last") - pl.col("b_first")
    )
    alike = pl.when(pl.col("kind") == "rewritten").then("similarity")
    return retold.with_columns(
        equal=pl.Series(common_tokens(documents.tokens, *ends), dtype=pl.Int64())
    ).with_columns(similarity=alike.otherwise(pl.col("equal") / longer))


_ENDS = ("a_first", "a_last", "b_first", "b_last")
# A retold passage of which so much is word for word, in passages of its own, says nothing new.
_COPIED = 0.6


def _merged(verbatim: pl.DataFrame, retold: pl.DataFrame) -> pl.DataFrame:
    """Passages of both kinds, of two that overlap on both sides only one."""
    both = _overlapping(verbatim, retold)
    shorter = pl.min_horizontal(
        pl.col("a_last") - pl.col("a_first"), pl.col("b_last") - pl.col("b_first")
    )
    copied = both.group_by("box").agg(pl.col("shared").sum())
    boxes = retold.with_row_index("box").join(copied, on="box", how="left", maintain_order="left")
    kept = boxes.filter(pl.col("shared").fill_null(0) < _COPIED * shorter)
    inside = both.filter(pl.col("box").is_in(kept["box"].implode()))["at"].unique()
    alone = verbatim.with_row_index("at").filter(~pl.col("at").is_in(inside.implode()))
    return pl.concat(
        [alone.drop("at"), kept.drop("box", "shared", "probability")], how="diagonal"
    ).sort("pair", "a_first", "b_first", "a_last", "b_last")


def _overlapping(verbatim: pl.DataFrame, retold: pl.DataFrame) -> pl.DataFrame:
    """at, box: rows that overlap on both sides; shared: tokens, on the side with fewer."""
    boxes = retold.with_row_index("box").select(
        "pair", "box", *(pl.col(name).alias(f"box_{name}") for name in _ENDS)
    )
    met = verbatim.with_row_index("at").join(boxes, on="pair")
    shared = [
        pl.min_horizontal(f"{side}_last", f"box_{side}_last")
        - pl.max_horizontal(f"{side}_first", f"box_{side}_first")
        for side in ("a", "b")
    ]
    return met.select("at", "box", shared=pl.min_horizontal(shared)).filter(pl.col("shared") > 0)


def _covered(spans: pl.DataFrame, side: str, pairs: int) -> pl.Series:
    """[pairs] tokens of a side that a pair's spans cover together, none counted twice."""
    ordered = spans.select("pair", first=f"{side}_first", last=f"{side}_last").sort(
        "pair", "first", "last"
    )
    pair, first, last = (ordered[name].to_numpy() for name in ("pair", "first", "last"))
    # Spans of a later pair are moved behind all of those of earlier ones.
    shift = pair * (int(last.max(initial=0)) + 1)
    start, stop = first + shift, last + shift
    before = np.concatenate([[0], np.maximum.accumulate(stop)[:-1]])[: len(stop)]
    own = np.maximum(stop - np.maximum(start, before), 0)
    return pl.Series(np.bincount(pair, own, pairs).astype(np.int64))
