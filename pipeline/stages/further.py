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
from pipeline.tables import DERIVATIONS

# Chance that verbatim tokens outside quotations were taken at all: 30 tokens .85, 40 .95, 60 .996.
_PRIOR = -2.0
_PER_TOKEN = 1 / 8
# Of several sources of one passage, one that holds ten tokens more is 2.7 times likelier.
_LONGER = 0.1


def further_sources(
    pairs: pl.DataFrame,
    passages: pl.DataFrame,
    main: pl.DataFrame,
    facts: Facts,
    options: Derivation,
) -> pl.DataFrame:
    """Rows of `derivations` for sources of at least `further_tokens` not covered before.

    Only sources that reach `decision_confidence` are named. Articles of a story keep rank 1 for
    their parent; those that stand alone start at rank 1.

    Args:
        pairs: linked pairs with `pair`, `verbatim` and all that `derive` takes.
        passages: `pair`, token places on both sides.
        main: rank 1 of the stories' articles.
        facts: as in `derive`.
        options: the section `derivation`.
    """
    views = _chances(pairs, facts, main, options)
    if views.is_empty():
        return DERIVATIONS.empty()
    parents = main.filter(pl.col("decision") == "derived").select("derived_id", "source_id")
    spans = _spans(views, pairs, passages, parents)
    chosen = _greedy(spans, set(main["derived_id"]), options.further_tokens)
    rows = chosen.join(views, on=["x", "y"], how="left").select(
        "relation", "evidence", "rank", derived_id="x", source_id="y", probability="chance",
        decision=pl.lit("derived"), unseen_source=pl.lit(None, dtype=pl.String()),
    )  # fmt: skip
    return claimed(rows, facts)


def _chances(
    pairs: pl.DataFrame, facts: Facts, main: pl.DataFrame, options: Derivation
) -> pl.DataFrame:
    """Takers and sources whose direction is sure enough, with the chance that the row is right."""
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
        # An undecided article's own story is undecided too: it names no further source there.
        .filter(
            pl.col("x").is_in(decided.implode())
            | (pl.col("cluster_x") != pl.col("cluster_y")).fill_null(value=True)
        )
        .with_columns(share=weight.over(same_text) / fixed_sum(weight).over(same_text))
        .with_columns(
            chance=pl.col("x_from_y")
            * pl.col("share")
            / (1.0 + (-_PRIOR - _PER_TOKEN * pl.col("verbatim")).exp())
        )
        .filter(pl.col("chance") >= options.decision_confidence)
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
