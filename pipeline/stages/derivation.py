"""Stories in, copy trees out: each article's source with its probability, or undecided.

All trees are summed with the weights of `ways`: the probabilities are shares of trees. Of several
carriers of x's own text, those that x isn't compared with (rivals) take their part of it.
"""

import polars as pl

from pipeline.config import Derivation
from pipeline.documents import I64
from pipeline.stages.claims import Facts, claimed
from pipeline.stages.clues import Clues
from pipeline.stages.copy_trees import Shares, best_trees, shares_of
from pipeline.stages.direction import SYMMETRIC, direct
from pipeline.stages.evidence import Signal, appended, collected, turned
from pipeline.stages.ways import both_ways, members_of, named_and_near, versions_of, weighed

_HALF = 0.5
_GRAIN = 1e-9  # of shares
_SHOWN = 3  # sources whose shares are told
_SHARES = {"derived": "p_derived", "original": "p_original", "common_source": "p_common"}
_CREDITS_UNSEEN = pl.col("credits_unseen").fill_null(value=False)


def derive(
    pairs: pl.DataFrame, rivals: pl.DataFrame, facts: Facts, options: Derivation
) -> pl.DataFrame:
    """Rank 1 of `derivations`: one row for every article of a story.

    Args:
        pairs: the pairs inside stories: a, b (rows), relation, probability, kinship, both
            containments, and what `leanings` and `with_agreement` add.
        rivals: x, rivals; see `twins.rivals`.
        facts: articles with their stories.
        options: the section `derivation`.
    """
    views = weighed(both_ways(pairs, named_and_near), facts, habits=options.habits)
    members = members_of(views, facts)
    versions = versions_of(views, members)
    shares = shares_of(versions)
    chosen = best_trees(versions, shares)
    outcomes = _outcomes(_shared(views, shares, rivals), members, shares, chosen, options)
    evidence = seen_evidence(pairs, outcomes["x"], outcomes["at"], facts.clues)
    # The unseen source isn't in a pair: what speaks for it comes after the pair's evidence.
    credited = Signal("credits_unseen", pl.format("credits {}", "unseen"), "odds", _CREDITS_UNSEEN)
    told = collected(outcomes, credited, _alternatives(facts.articles["article_id"]))
    outcomes = outcomes.with_columns(appended(evidence, told))
    return claimed(outcomes.rename({"x": "derived", "y": "source"}), facts)


def seen_evidence(pairs: pl.DataFrame, x: pl.Series, at: pl.Series, clues: Clues) -> pl.Series:
    """[m] the evidence of some pairs; positive log-odds speak for "x from" the other.

    It is made for these alone: lists of it for all pairs would be most of their memory.

    Args:
        pairs: a, b, both containments.
        x: the side that each is seen from.
        at: places of pairs.
        clues: of all articles.
    """
    chosen = pairs.select("a", "b", "containment_a", "containment_b").select(pl.all().gather(at))
    evidence = direct(chosen, clues)["direction_evidence"]
    return turned(evidence, chosen["a"].to_numpy() != x.to_numpy(), SYMMETRIC)


def _shared(views: pl.DataFrame, shares: Shares, rivals: pl.DataFrame) -> pl.DataFrame:
    """The views with y's `share`, rivals of the unnamed kind having theirs."""
    likeliest = pl.when(pl.col("named") > 1.0).then(None).otherwise("weight").max().over("x")
    taken = pl.col("rivals").fill_null(0) * likeliest.fill_null(0.0)
    total = pl.col("weight").sum().over("x")
    return (
        views.with_columns(share=pl.Series(shares.ways))
        .join(rivals, on="x", how="left", maintain_order="left")
        .with_columns(share=pl.col("share") * total / (total + taken))
    )


def _outcomes(
    views: pl.DataFrame, members: pl.DataFrame, shares: Shares, chosen: I64, options: Derivation
) -> pl.DataFrame:
    """One row per member: its probability, decision, and `at`, the pair that carries it.

    Args:
        views: with `share`, ascending by `x`.
        members: as `members_of` gives them.
        shares: of the same.
        chosen: [n] the view by which each member is entered, −1 for none.
        options: the section `derivation`.
    """
    entered = pl.Series(chosen)
    sure = pl.col("p_common").clip(_GRAIN, 1.0 - _GRAIN)
    parent = views.select(
        pl.col("y", "relation", "probability", "at", "share").gather(entered.clip(lower_bound=0))
    ).select(pl.when(entered >= 0).then(pl.all()))
    likely = pl.col("share") * pl.col("probability")
    views = views.group_by("x").agg(
        closest=pl.col("at").sort_by("share", "at").last(),
        likeliest=likely.max(),
        nearest=pl.col("y").sort_by("share", "y", descending=[True, False]).head(_SHOWN),
        parts=pl.col("share").sort(descending=True).head(_SHOWN),
    )
    return (
        pl.concat([members.rename({"row": "x"}), parent], how="horizontal")
        .join(views, on="x", how="left", maintain_order="left")
        .with_columns(
            p_original=pl.Series(shares.first),
            p_common=pl.Series(shares.outside),
            # Of the tree's own way: another may be likelier, where one article has to be the first.
            p_derived=likely.fill_null(0.0),
        )
        .with_columns(stated=_stated(entered >= 0))
        .with_columns(p_stated=pl.coalesce(
            pl.when(stated=name).then(share) for name, share in _SHARES.items()
        ))
        .with_columns(
            decision=pl.when(pl.col("p_stated") >= options.decision_confidence).then("stated")
            .otherwise(pl.lit("undecided")),
        )
        .with_columns(
            # Of equal trees one is taken: what is undecided doesn't depend on which.
            probability=pl.when(decision="undecided")
            .then(pl.max_horizontal("likeliest", "p_original", "p_common")).otherwise("p_stated"),
            at=pl.coalesce("at", "closest"),
            odds=(sure / (1.0 - sure)).log(),
        )
        .select(
            "x", "y", "at", "decision", "probability", "relation", "unseen", "odds",
            "credits_unseen", "nearest", "parts", "p_original", "p_common",
            rank=pl.lit(1, dtype=pl.Int64()),
            unseen_source=pl.coalesce("unseen", pl.format("unseen:{}", "cluster_id")),
        )
    )  # fmt: skip


def _alternatives(ids: pl.Series) -> Signal:
    """How all trees divide: what else an article may come from."""
    parts = [
        pl.format(
            "{} {}", pl.lit(ids).gather(pl.col("nearest").list.get(at, null_on_oob=True)),
            pl.col("parts").list.get(at, null_on_oob=True).round(3),
        )
        for at in range(_SHOWN)
    ]  # fmt: skip
    text = pl.format(
        "of all trees: the first {}, from outside {}, from {}",
        pl.col("p_original").round(3), pl.col("p_common").round(3),
        pl.concat_str(parts, separator=", ", ignore_nulls=True),
    )  # fmt: skip
    return Signal("trees", text, 0.0, pl.lit(value=True))


def _stated(entered: pl.Series) -> pl.Expr:
    """What the tree makes of an article, unless it comes from outside: a story has one first."""
    return (
        pl.when(pl.col("p_common") >= _HALF).then(pl.lit("common_source"))
        .when(entered).then(pl.lit("derived"))
        .when(pl.col("p_common") > pl.col("p_original")).then(pl.lit("common_source"))
        .otherwise(pl.lit("original"))
    )  # fmt: skip
