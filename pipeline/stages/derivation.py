"""Stories in, copy trees out: each article's source with its probability, or undecided.

Within a story the articles are put in order, the most source-like first, by the mean direction of
their pairs; each takes as parent the likeliest earlier one. So the result has no cycles, and it
depends on texts, credits, links and times only. For an article x, with neighbours y:

- weight(x from y) = p(x from y) · exp(−closeness · (similarity of the closest y − that of y));
- weight(x from a source it names or links to) = 12 · the best such weight (4 · for "told" and
  "reported"), weight(x from any other) = the best of theirs: more copies to choose from are no
  more reason to be derived;
- weight(x original) = the least p(y from x) over all y;
- weight(x from an unseen text) = the least p(common) over all y, but where x credits the story's
  unseen source 12, and where only others do at least ½: copies go without credit, too.

Normalised, these are the outcomes' probabilities; those of the named and of the other sources are
divided among the earlier articles of their kind by their weights, earlier carriers of x's own text
(rivals) counting 1 each.
"""

from collections.abc import Callable

import polars as pl

from pipeline.config import Derivation
from pipeline.stages.claims import Facts, claimed
from pipeline.stages.clues import STRONG, Clues
from pipeline.stages.direction import SYMMETRIC, direct
from pipeline.stages.evidence import Signal, appended, collected, turned
from pipeline.stages.fixed import added, fixed_mean, fixed_sum

# A version that is nearer by .1 of its shingles is 3.3 times likelier to be the source.
_CLOSENESS = 12.0
_NAMED = 12.0
_NAMED_WEAKLY = 4.0
_UNNAMED = 0.5
_CREDITS_UNSEEN = pl.col("credits_unseen").fill_null(value=False)


def unseen_sources(facts: Facts) -> pl.DataFrame:
    """The source that a story's articles credit and that isn't among them: cluster_id, unseen.

    An agency needs one credit, an outlet two; the name with most credits is taken, of equals the
    first in the alphabet.
    """
    members = facts.articles.filter(pl.col("cluster_id").is_not_null())
    own = members.select("cluster_id", name="source").unique()
    trusted = pl.col("trusted") | pl.col("name").is_in(facts.agencies)
    return (
        members.select("row", "cluster_id")
        .join(facts.credits, on="row")
        .group_by("cluster_id", "name")
        .agg(articles=pl.len(), trusted=trusted.any())
        .join(own, on=["cluster_id", "name"], how="anti")
        .filter(pl.col("trusted") | (pl.col("articles") >= 2))
        .sort("articles", "name", descending=[True, False])
        .group_by("cluster_id", maintain_order=True)
        .agg(unseen=pl.col("name").first())
    )


def derive(
    pairs: pl.DataFrame, rivals: pl.DataFrame, facts: Facts, options: Derivation
) -> pl.DataFrame:
    """Rank 1 of `derivations`: one row for every article of a story.

    Args:
        pairs: the pairs inside stories: a, b (rows), relation, probability, jaccard, both
            containments, and what `leanings` adds.
        rivals: x, rivals; see `twins.rivals`.
        facts: articles with their stories.
        options: the section `derivation`.
    """
    views = _divided(_weighed(both_ways(pairs, _named)).join(rivals, on="x", how="left"))
    outcomes = _outcomes(_totals(views, _members(facts)), views, options)
    evidence = seen_evidence(pairs, outcomes["x"], outcomes["at"], facts.clues)
    # The unseen source isn't in a pair: what speaks for it comes after the pair's evidence.
    credited = Signal("credits_unseen", pl.format("credits {}", "unseen"), "odds", _CREDITS_UNSEEN)
    outcomes = outcomes.with_columns(appended(evidence, collected(outcomes, credited)))
    return claimed(outcomes.rename({"x": "derived", "y": "source"}), facts)


def both_ways(pairs: pl.DataFrame, more: Callable[[str], pl.Expr]) -> pl.DataFrame:
    """Each pair twice: `x` as the possible taker, `y` as its possible source.

    `at` is the pair's place; `more` says what else to keep, given "ab" where x is a, else "ba".
    """
    # An excerpt's Jaccard says little about how near it is to the article it was cut from.
    similarity = pl.max_horizontal(
        "jaccard", 0.5 * pl.max_horizontal("containment_a", "containment_b")
    )
    same = ("at", "relation", "probability", "p_common", "similarity")
    rows = pairs.with_columns(similarity=similarity).with_row_index("at")
    ways = [
        rows.select(
            *same, more(x + y), x=x, y=y, x_from_y=f"p_{x}_from_{y}", y_from_x=f"p_{y}_from_{x}"
        )
        for x, y in ("ab", "ba")
    ]
    return pl.concat(ways).sort("x", "y")


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


def _named(way: str) -> pl.Expr:
    """How much likelier a source is for being named."""
    return (
        pl.when(pl.col(f"link_{way}") | (pl.col(f"credit_{way}") >= STRONG)).then(_NAMED)
        .when(pl.col(f"credit_{way}") > 0).then(_NAMED_WEAKLY)
        .otherwise(1.0)
        .alias("named")
    )  # fmt: skip


def _weighed(views: pl.DataFrame) -> pl.DataFrame:
    """The views with y's weight as x's source, and whether y stands before x in the order."""
    direction = (pl.col("y_from_x") / pl.col("x_from_y")).log()
    order = views.group_by("x").agg(precedence=fixed_mean(direction))
    lead = pl.col("similarity").max().over("x") - pl.col("similarity")
    return (
        views.join(order, on="x", how="left")
        .join(order.rename({"x": "y", "precedence": "precedence_y"}), on="y", how="left")
        .with_columns(
            weight=pl.col("x_from_y") * (-_CLOSENESS * lead).exp(),
            before=pl.col("precedence_y") > pl.col("precedence"),
        )
        .drop("similarity", "precedence", "precedence_y", "x_from_y")
    )


def _divided(scored: pl.DataFrame) -> pl.DataFrame:
    """The views with `from_y`, y's part of its kind's weight; 0 where y doesn't stand before x."""
    by_name = pl.col("named") > 1.0
    kind = 2 * pl.col("x") + by_name.cast(pl.Int64())
    earlier = pl.when("before").then("weight").otherwise(0.0)
    uncounted = pl.when(by_name).then(0).otherwise(pl.col("rivals").fill_null(0))
    share = (earlier / added(fixed_sum(earlier).over("kind"), uncounted)).fill_nan(0.0)
    return (
        scored.with_columns(kind=kind)
        .with_columns(best=(pl.col("weight") * pl.col("named")).max().over("kind"))
        .with_columns(from_y=pl.col("best") * share, by_name=by_name)
        .sort("x", "from_y", "weight", "y", descending=[False, True, True, False])
    )


def _members(facts: Facts) -> pl.DataFrame:
    """The stories' articles: row, cluster_id, its unseen source, and if the article credits it."""
    credited = facts.credits.select("row", unseen="name", credits_unseen=pl.lit(value=True))
    return (
        facts.articles.select("row", "cluster_id")
        .drop_nulls("cluster_id")
        .join(unseen_sources(facts), on="cluster_id", how="left")
        .join(credited, on=["row", "unseen"], how="left")
    )


def _totals(views: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """One row per member, with the weights of its outcomes."""
    return (
        views.group_by("x", maintain_order=True)
        .agg(
            pl.col("p_common").min(),
            original=pl.col("y_from_x").min(),
            named=pl.when("by_name").then("best").otherwise(0.0).max(),
            other=pl.when("by_name").then(0.0).otherwise("best").max(),
            closest=pl.col("at").first(),
        )
        .join(members, left_on="x", right_on="row", how="left", maintain_order="left")
        .with_columns(
            common=pl.max_horizontal(
                "p_common",
                pl.when("credits_unseen").then(_NAMED)
                .when(pl.col("unseen").is_not_null()).then(_UNNAMED),
            )
        )
    )  # fmt: skip


def _outcomes(totals: pl.DataFrame, views: pl.DataFrame, options: Derivation) -> pl.DataFrame:
    """One row per member: its probability, decision, and `at`, the pair that carries it."""
    parents = (
        views.filter("before")
        .group_by("x", maintain_order=True)
        .first()
        .select("x", "y", "from_y", "relation", "probability", "at")
    )
    best = pl.max_horizontal("p_original", "p_common", "p_derived")
    outcomes = [pl.col(name) for name in ("original", "common", "named", "other")]
    return (
        totals.join(parents, on="x", how="left", maintain_order="left")
        .with_columns(total=added(*outcomes))
        .with_columns(
            p_original=pl.col("original") / pl.col("total"),
            p_common=pl.col("common") / pl.col("total"),
            p_derived=(
                pl.col("from_y") / pl.col("total") * pl.col("probability")
            ).fill_null(0.0),
        )
        .with_columns(
            decision=pl.when(best < options.decision_confidence).then(pl.lit("undecided"))
            .when(pl.col("p_derived") == best).then(pl.lit("derived"))
            .when(pl.col("p_common") == best).then(pl.lit("common_source"))
            .otherwise(pl.lit("original")),
            probability=best,
            at=pl.coalesce("at", "closest"),
            odds=(pl.col("p_common") / (1.0 - pl.col("p_common"))).log(),
        )
        .select(
            "x", "y", "at", "decision", "probability", "relation", "unseen", "odds",
            "credits_unseen",
            rank=pl.lit(1, dtype=pl.Int64()),
            unseen_source=pl.coalesce("unseen", pl.format("unseen:{}", "cluster_id")),
        )
    )  # fmt: skip
