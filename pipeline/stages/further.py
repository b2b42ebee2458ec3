"""Sources beside a story's parent: passages that an article took from elsewhere.

A roundup belongs to no story, and an article may add a paragraph from a second source; such
sources get a row of their own if their passages cover enough that nothing before covered.
"""

import heapq
from collections.abc import Iterator

import numpy as np
import polars as pl

from pipeline.config import Derivation
from pipeline.documents import I64, Flags
from pipeline.stages.claims import Facts, claimed
from pipeline.stages.derivation import both_ways
from pipeline.stages.fixed import fixed_sum

# Chance that verbatim tokens outside quotations were taken at all: 30 tokens .85, 40 .95, 60 .996.
_PRIOR = -2.0
_PER_TOKEN = 1 / 8
# Of several sources of one passage, one that holds ten tokens more is 2.7 times likelier.
_LONGER = 0.1
_MAY_NAME = pl.col("may_name")
_ROW = ("x", "y", "rank", "decision", "chance", "relation", "evidence")


def further_sources(
    pairs: pl.DataFrame,
    passages: pl.DataFrame,
    main: pl.DataFrame,
    facts: Facts,
    options: Derivation,
) -> pl.DataFrame:
    """Rows of `derivations` for sources of at least `further_tokens` not covered before.

    Only sources that reach `decision_confidence` are named. Articles of a story keep rank 1 for
    their parent; those that stand alone start at rank 1, or have one undecided row.

    Args:
        pairs: linked pairs with `pair`, `verbatim` and all that `derive` takes.
        passages: `pair`, token places on both sides.
        main: rank 1 of the stories' articles.
        facts: as in `derive`.
        options: the section `derivation`.
    """
    views = _chances(pairs, facts, main)
    sure = views.filter(_MAY_NAME & (pl.col("chance") >= options.decision_confidence))
    parents = main.filter(pl.col("decision") == "derived").select("derived_id", "source_id")
    spans = _spans(sure, pairs, passages, parents)
    chosen = _greedy(spans, set(main["derived_id"]), options.further_tokens)
    named = chosen.join(sure, on=["x", "y"], how="left").with_columns(decision=pl.lit("derived"))
    rows = pl.concat(
        [part.select(_ROW) for part in (named, _undecided(views, chosen, options))]
    ).rename({"x": "derived_id", "y": "source_id", "chance": "probability"})
    return claimed(rows.with_columns(unseen_source=pl.lit(None, dtype=pl.String())), facts)


def _undecided(views: pl.DataFrame, chosen: pl.DataFrame, options: Derivation) -> pl.DataFrame:
    """One row for each linked article outside stories that may be a taker, but of nothing sure."""
    likeliest = pl.max_horizontal("x_from_y", "p_common", "y_from_x")
    return (
        views.filter(
            pl.col("cluster_x").is_null() & (pl.col("y_from_x") < options.decision_confidence)
        )
        .join(chosen, on="x", how="anti")
        .sort("x", "x_from_y", "y", descending=[False, True, False])
        .group_by("x", maintain_order=True)
        .first()
        .with_columns(
            decision=pl.lit("undecided"), rank=pl.lit(1, dtype=pl.Int64()), chance=likeliest
        )
    )


def _chances(pairs: pl.DataFrame, facts: Facts, main: pl.DataFrame) -> pl.DataFrame:
    """Possible takers and sources, with the chance that x took the passages from y.

    `may_name` is false inside an undecided article's own story, which is undecided too.
    """
    story = facts.articles.select("article_id", "cluster_id")
    decided = main.filter(pl.col("decision") == "derived")["derived_id"]
    tokens = pl.concat(
        [pairs.select("verbatim", x=x, y=y) for x, y in (("a_id", "b_id"), ("b_id", "a_id"))]
    )
    weight = pl.col("x_from_y") * (
        _LONGER * (pl.col("verbatim") - pl.col("verbatim").max())
    ).exp()  # fmt: skip
    same_text = ["x", pl.coalesce("cluster_y", "y")]
    return (
        both_ways(pairs)
        .join(tokens, on=["x", "y"])
        .join(story.rename({"cluster_id": "cluster_x"}), left_on="x", right_on="article_id")
        .join(story.rename({"cluster_id": "cluster_y"}), left_on="y", right_on="article_id")
        .with_columns(
            may_name=pl.col("x").is_in(decided.implode())
            | (pl.col("cluster_x") != pl.col("cluster_y")).fill_null(value=True)
        )
        .with_columns(share=weight.over(same_text) / fixed_sum(weight).over(same_text))
        .with_columns(
            chance=pl.col("x_from_y")
            * pl.col("share")
            / (1.0 + (-_PRIOR - _PER_TOKEN * pl.col("verbatim")).exp())
        )
    )


def _spans(
    views: pl.DataFrame, pairs: pl.DataFrame, passages: pl.DataFrame, parents: pl.DataFrame
) -> pl.DataFrame:
    """x, y, rank 1 or not, and the tokens of x that y covers."""
    sides = [
        pairs.select("pair", x=x, y=y)
        .join(passages, on="pair")
        .select("x", "y", first=f"{side}_first", last=f"{side}_last")
        for x, y, side in (("a_id", "b_id", "a"), ("b_id", "a_id", "b"))
    ]
    covers = pl.concat(sides).group_by("x", "y").agg("first", "last")
    parents = parents.rename({"derived_id": "x", "source_id": "y"}).with_columns(
        main=pl.lit(value=True), chance=pl.lit(1.0)
    )
    wanted = views.select("x", "y", "chance").join(parents, on=["x", "y"], how="anti")
    return (
        pl.concat([parents.join(wanted, on="x", how="semi"), wanted], how="diagonal")
        .join(covers, on=["x", "y"])
        .sort("x", "chance", "y", descending=[False, True, False])
    )


def _greedy(spans: pl.DataFrame, in_story: set[str], least: int) -> pl.DataFrame:
    """Per taker, the source that adds most tokens first, while it adds at least `least`."""
    rows: list[tuple[str, str, int]] = []
    for (x,), group in spans.group_by("x", maintain_order=True):
        places = [_places(*ends) for ends in group.select("first", "last").iter_rows()]
        origin = min(int(place[0]) for place in places)
        covered = np.zeros(max(int(place[-1]) for place in places) + 1 - origin, bool)
        for at in np.flatnonzero(group["main"].fill_null(value=False).to_numpy()):
            covered[places[at] - origin] = True
        sources = _by_gain([place - origin for place in places], covered, least)
        first = 2 if x in in_story else 1
        rows += [(str(x), group["y"][at], rank) for rank, at in enumerate(sources, first)]
    return pl.DataFrame(
        rows, schema={"x": pl.String(), "y": pl.String(), "rank": pl.Int64()}, orient="row"
    )


def _places(firsts: list[int], lasts: list[int]) -> I64:
    spans = [np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)]
    return np.unique(np.concatenate(spans))


def _by_gain(places: list[I64], covered: Flags, least: int) -> Iterator[int]:
    """Places in the order of what they add to `covered`, which is filled on the way.

    What one adds can only shrink, so an entry that is still the largest when counted anew is the
    next; the others needn't be counted (Minoux 1978).
    """
    heap = [(-len(place), at) for at, place in enumerate(places)]
    heapq.heapify(heap)
    while heap:
        _, at = heapq.heappop(heap)
        gain = int(np.sum(~covered[places[at]]))
        if gain < least:
            continue
        if heap and (-gain, at) > heap[0]:
            heapq.heappush(heap, (-gain, at))
            continue
        yield at
        covered[places[at]] = True
