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

import polars as pl

from pipeline.config import Derivation
from pipeline.stages.claims import Facts, claimed
from pipeline.stages.direction import STRONG, SYMMETRIC, WEAK_KINDS
from pipeline.stages.evidence import collected, signal
from pipeline.stages.fixed import added, fixed_mean, fixed_sum

# A version that is nearer by .1 of its shingles is 3.3 times likelier to be the source.
_CLOSENESS = 12.0
_NAMED = 12.0
_NAMED_WEAKLY = 4.0
_UNNAMED = 0.5


def unseen_sources(facts: Facts) -> pl.DataFrame:
    """The source that a story's articles credit and that isn't among them: cluster_id, unseen.

    An agency needs one credit, an outlet two; the name with most credits is taken, of equals the
    first in the alphabet.
    """
    members = facts.articles.filter(pl.col("cluster_id").is_not_null())
    own = members.select("cluster_id", name="source").unique()
    trusted = ~pl.col("kind").is_in(WEAK_KINDS) | pl.col("name").is_in(facts.agencies)
    return (
        members.join(facts.credits, on="article_id")
        .group_by("cluster_id", "name")
        .agg(articles=pl.col("article_id").n_unique(), trusted=trusted.any())
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
        pairs: the pairs inside stories: a_id, b_id, relation, probability, the three p's,
            jaccard, both containments, direction_evidence.
        rivals: x, rivals; see `twins.rivals`.
        facts: articles with their stories.
        options: the section `derivation`.
    """
    views = both_ways(pairs)
    scored = _weighed(views, facts).join(rivals, on="x", how="left")
    outcomes = _outcomes(_divided(scored), options)
    return claimed(outcomes, facts)


def both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    """Each pair twice: `x` as the possible taker, `y` as its possible source.

    In `evidence`, positive log-odds speak for "x from y".
    """
    field = pl.element().struct.field
    flipped = pl.col("direction_evidence").list.eval(
        pl.struct(
            field("signal"),
            field("detail"),
            log_odds=field("log_odds")
            * pl.when(field("signal").is_in(SYMMETRIC)).then(1.0).otherwise(-1.0),
        )
    )
    # An excerpt's Jaccard says little about how near it is to the article it was cut from.
    similarity = pl.max_horizontal(
        "jaccard", 0.5 * pl.max_horizontal("containment_a", "containment_b")
    )
    shared = ("relation", "probability", "p_common")
    a_from_b = pairs.select(
        *shared, x="a_id", y="b_id", x_from_y="p_a_from_b", y_from_x="p_b_from_a",
        similarity=similarity, evidence="direction_evidence", named=_named("ab"),
    )  # fmt: skip
    b_from_a = pairs.select(
        *shared, x="b_id", y="a_id", x_from_y="p_b_from_a", y_from_x="p_a_from_b",
        similarity=similarity, evidence=flipped, named=_named("ba"),
    )  # fmt: skip
    return pl.concat([a_from_b, b_from_a]).sort("x", "y")


def _named(way: str) -> pl.Expr:
    """How much likelier a source is for being named."""
    return (
        pl.when(pl.col(f"link_{way}") | (pl.col(f"credit_{way}") >= STRONG)).then(_NAMED)
        .when(pl.col(f"credit_{way}") > 0).then(_NAMED_WEAKLY)
        .otherwise(1.0)
    )  # fmt: skip


def _weighed(views: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The views with the weights of x's outcomes, and whether y stands before x in the order."""
    credited = facts.credits.select("article_id", unseen="name").unique()
    members = (
        facts.articles.select("article_id", "cluster_id")
        .join(unseen_sources(facts), on="cluster_id", how="left")
        .join(
            credited.with_columns(credits_unseen=pl.lit(value=True)),
            on=["article_id", "unseen"],
            how="left",
        )
    )
    direction = (pl.col("y_from_x") / pl.col("x_from_y")).log()
    order = views.group_by("x").agg(precedence=fixed_mean(direction))
    lead = pl.col("similarity").max() - pl.col("similarity")
    weight = pl.col("x_from_y") * (-_CLOSENESS * lead.over("x")).exp()
    return (
        views.join(members, left_on="x", right_on="article_id", how="left")
        .join(order, on="x", how="left")
        .join(order.rename({"x": "y", "precedence": "precedence_y"}), on="y", how="left")
        .with_columns(
            weight=weight,
            before=pl.col("precedence_y") > pl.col("precedence"),
            original=pl.col("y_from_x").min().over("x"),
            common=pl.max_horizontal(
                pl.col("p_common").min().over("x"),
                pl.when("credits_unseen").then(_NAMED)
                .when(pl.col("unseen").is_not_null()).then(_UNNAMED),
            ),
        )
    )  # fmt: skip


def _divided(scored: pl.DataFrame) -> pl.DataFrame:
    """The views with `from_y`, y's part of its kind's weight; 0 where y doesn't stand before x."""
    by_name = pl.col("named") > 1.0
    kind = ["x", by_name]
    earlier = pl.when("before").then("weight").otherwise(0.0)
    uncounted = pl.when(by_name).then(0).otherwise(pl.col("rivals").fill_null(0))
    share = (earlier / added(fixed_sum(earlier).over(kind), uncounted)).fill_nan(0.0)
    return (
        scored.with_columns(best=(pl.col("weight") * pl.col("named")).max().over(kind))
        .with_columns(from_y=pl.col("best") * share, kind=by_name)
        .sort("x", "from_y", "weight", "y", descending=[False, True, True, False])
    )


def _outcomes(views: pl.DataFrame, options: Derivation) -> pl.DataFrame:
    """One row per member: its probabilities, decision, and the evidence that carries it."""
    totals = views.group_by("x", maintain_order=True).agg(
        pl.col("original", "common", "unseen", "credits_unseen", "cluster_id").first(),
        named=pl.col("best").filter("kind").first().fill_null(0.0),
        other=pl.col("best").filter(~pl.col("kind")).first().fill_null(0.0),
        closest=pl.col("evidence").first(),
    )
    parents = (
        views.filter("before")
        .group_by("x", maintain_order=True)
        .first()
        .select("x", "y", "from_y", "relation", "probability", "evidence")
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
            evidence=pl.concat_list(
                pl.coalesce("evidence", "closest"),
                collected(
                    signal(
                        "credits_unseen", pl.format("credits {}", "unseen"),
                        (pl.col("p_common") / (1.0 - pl.col("p_common"))).log(),
                        pl.col("credits_unseen").fill_null(value=False),
                    )
                ),
            ),
        )
        .select(
            "decision", "probability", "evidence", "relation",
            rank=pl.lit(1, dtype=pl.Int64()),
            derived_id="x",
            source_id="y",
            unseen_source=pl.coalesce("unseen", pl.format("unseen:{}", "cluster_id")),
        )
    )  # fmt: skip
