"""Sources beside a story's parent: passages that an article took from elsewhere.

A roundup belongs to no story, and an article may add a paragraph from a second source; such
sources get a row of their own if their passages cover enough that nothing before covered.
"""

import numpy as np
import polars as pl

from pipeline.config import Derivation
from pipeline.documents import I64, Flags
from pipeline.kernels.cover import choose_sources
from pipeline.stages.claims import Facts, claimed
from pipeline.stages.clues import rows_of
from pipeline.stages.derivation import seen_evidence
from pipeline.stages.fixed import fixed_sum
from pipeline.stages.spread import laid_out
from pipeline.stages.ways import both_ways

# Chance that verbatim tokens outside quotations were taken at all: 30 tokens .85, 40 .95, 60 .996.
_PRIOR = -2.0
_PER_TOKEN = 1 / 8
# Of several sources of one passage, one that holds ten tokens more is 2.7 times likelier.
_LONGER = 0.1
# That a text is from y, where a credit line says that it is from somebody else, or that it is an
# agency's: less likely.
_ELSEWHERE = 0.5
_MAY_NAME = pl.col("may_name")
_ROW = ("x", "y", "rank", "decision", "chance", "relation", "at")


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
        pairs: linked pairs with `pair`, `verbatim` and all that `derive` takes but the names.
        passages: `pair` (ascending), token places on both sides.
        main: rank 1 of the stories' articles.
        facts: as in `derive`.
        options: the section `derivation`.
    """
    derived = main.filter(pl.col("decision") == "derived")
    parents = pl.DataFrame(
        {
            end: rows_of(derived[name], facts.articles)
            for end, name in (("x", "derived_id"), ("y", "source_id"))
        }
    )
    views = _chances(pairs, facts, parents["x"])
    sure = views.filter(_MAY_NAME & (pl.col("chance") >= options.decision_confidence))
    chosen = _chosen(_candidates(sure, parents, views), pairs, passages, options.further_tokens)
    in_story = pl.col("cluster_x").is_not_null().cast(pl.Int64())
    named = (
        chosen.join(sure, on=["x", "y"], how="left")
        .with_columns(decision=pl.lit("derived"), rank=pl.col("rank") + in_story)
    )  # fmt: skip
    rows = pl.concat([part.select(_ROW) for part in (named, _undecided(views, chosen, options))])
    rows = rows.rename({"x": "derived", "y": "source", "chance": "probability"}).with_columns(
        evidence=seen_evidence(pairs, rows["x"], rows["at"], facts.clues),
        unseen_source=pl.lit(None, dtype=pl.String()),
    )
    return claimed(rows, facts)


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


def _chances(pairs: pl.DataFrame, facts: Facts, decided: pl.Series) -> pl.DataFrame:
    """Possible takers and sources, with the chance that x took the passages from y.

    `may_name` is false inside an undecided article's own story, which is undecided too.
    """
    story = facts.articles["cluster_id"].rank("dense").cast(pl.Int64())
    stories = pl.lit(story)
    longest = pl.col("verbatim").max().over("x", "text_y")
    weight = pl.col("x_from_y") * (_LONGER * (pl.col("verbatim") - longest)).exp()
    return (
        both_ways(pairs, lambda _: ["verbatim"])
        .with_columns(cluster_x=stories.gather("x"), cluster_y=stories.gather("y"))
        .with_columns(
            # An article outside stories is a text of its own.
            text_y=pl.coalesce("cluster_y", -1 - pl.col("y")),
            may_name=pl.col("x").is_in(decided.implode())
            | (pl.col("cluster_x") != pl.col("cluster_y")).fill_null(value=True),
        )
        .with_columns(weight=weight)
        .with_columns(share=pl.col("weight") / fixed_sum(pl.col("weight")).over("x", "text_y"))
        .pipe(lambda views: views.with_columns(elsewhere=_elsewhere(views, facts)))
        .with_columns(
            chance=pl.col("x_from_y")
            * pl.when("elsewhere").then(_ELSEWHERE).otherwise(1.0)
            * pl.col("share")
            / (1.0 + (-_PRIOR - _PER_TOKEN * pl.col("verbatim")).exp())
        )
    )


def _elsewhere(views: pl.DataFrame, facts: Facts) -> pl.Series:
    """[views] does a credit line of x or y name somebody, or is x an agency's, and y not?

    Never where x names y's outlet or links to it, or they are one outlet's.
    """
    clues = facts.clues
    x, y = (views[side].cast(pl.Int64()).to_numpy() for side in "xy")
    source = clues.articles["source"].to_numpy()
    named = (clues.credit(x, source[y]) > 0) | clues.link(x, y) | (source[x] == source[y])
    trusted = facts.credits.filter("trusted")["row"].unique().implode()
    agency = facts.articles["source"].is_in(facts.agencies).fill_null(value=False)
    other = views["x"].is_in(trusted) | views["y"].is_in(trusted)
    return (other | (agency.gather(x) & ~agency.gather(y))) & ~pl.Series(named)


def _candidates(sure: pl.DataFrame, parents: pl.DataFrame, views: pl.DataFrame) -> pl.DataFrame:
    """x, y, `at`, and `main` (0 or 1): a taker's parent, and the sources it may have beside."""
    both = ["x", "y"]
    wanted = sure.select(*both, "at", "chance", main=pl.lit(0)).join(parents, on=both, how="anti")
    main = (
        parents.join(wanted, on="x", how="semi")
        .join(views.select(*both, "at"), on=both)
        .select(*both, "at", chance=pl.lit(1.0), main=pl.lit(1))
    )
    return pl.concat([main, wanted]).sort("x", "chance", "y", descending=[False, True, False])


def _chosen(
    candidates: pl.DataFrame, pairs: pl.DataFrame, passages: pl.DataFrame, least: int
) -> pl.DataFrame:
    """x, y, rank of the sources that add at least `least` tokens, those that add most first."""
    x = candidates["x"].to_numpy()
    at = candidates["at"].to_numpy()
    spans, starts, stops = _spans(
        x == pairs["a"].to_numpy()[at], pairs["pair"].to_numpy()[at], passages
    )
    takers = np.append(np.flatnonzero(np.diff(x, prepend=-1)), len(x))
    rank = choose_sources(takers, spans, starts, stops, candidates["main"].to_numpy(), least)
    return candidates.select("x", "y", rank=pl.Series(rank)).filter(pl.col("rank") > 0)


def _spans(x_is_a: Flags, pair: I64, passages: pl.DataFrame) -> tuple[I64, I64, I64]:
    """[m + 1] offsets, and first and last token of what each pair's passages cover of x."""
    numbers = passages["pair"].to_numpy()
    offsets, places = laid_out(*(np.searchsorted(numbers, pair, s) for s in ("left", "right")))
    side = np.repeat(x_is_a, np.diff(offsets))
    starts, stops = (
        np.where(side, *(passages[f"{s}_{end}"].to_numpy()[places] for s in "ab"))
        for end in ("first", "last")
    )
    return offsets, starts, stops
