"""How likely each version of a story is to come from each other: the weights of copy trees.

For an article x, with neighbours y in its story:

- weight(x from y) = named · agreement · p̄ · y's part of p(x from y) · nearness(y), summed over the
  neighbours that x names or links to (named = 12; 4 for "told" and "reported"), or over the others
  (named 1). p̄ is the mean of p(x from y) by these parts: more copies to choose from are no more
  reason to be derived. Others that are farther than what x names lose by exp(10 · kinship), too;
- nearness(y) = exp(10 · kinship) ÷ (lag + ¼ hour). A version nearer by .1 of its words is
  2.7 times likelier to be the source; of several earlier ones each doubling of the lag is equally
  likely, since copies follow in minutes as well as in months;
- agreement: see `witnesses`; 1 where no unseen source is credited by others. The weight is a
  fifth where x is an agency's, y isn't, and x doesn't name y: agencies give;
- weight(x from the unseen text) = 12 (or 4) where x credits it; where others do, copies go without
  credit, too: (1 + their outlets) ÷ 2, at most 4. That there is one has the chance that its
  credits give it, or p(common);
- weight(x is the first) = exp(½ · what texts say of it as the source of its k neighbours ÷ √k),
  divided by how near x's likely sources are together, so that parts and wholes weigh alike.
  Texts count here and not in p(x from y): what two of them say of direction is weak, and an article
  that seems the source of one seems that of all. On chains of retellings .50 of the directed edges
  are right so, and .42 with texts in every edge; their errors go together, hence the root.
"""

from collections.abc import Callable, Sequence

import polars as pl

from pipeline.kernels.components import components
from pipeline.stages.claims import Facts
from pipeline.stages.clues import STRONG
from pipeline.stages.copy_trees import Versions
from pipeline.stages.direction import lag_between
from pipeline.stages.fixed import fixed_mean, fixed_sum
from pipeline.stages.spread import ends

_CLOSENESS = 10.0
_SOON_HOURS = 0.25
# Where the lag isn't known, or nothing: of two articles of one minute neither waited for the other.
_UNDATED_HOURS = 12.0
_NAMED = 12.0
_AGENCY_TAKES = 0.2
_NAMED_WEAKLY = 4.0
_MOST_UNNAMED = 4.0
_LEAST = 1e-6  # no way is impossible
_HOURS = 1 / 3.6e9  # in a microsecond


def unseen_sources(facts: Facts) -> pl.DataFrame:
    """The source that a story's articles credit and that isn't among them: cluster_id, unseen.

    What is only cited ("X reported") isn't one. A known agency, or a credit line, needs to be found
    once, else twice; the name with most credits is taken, of equals the first in the alphabet.
    """
    members = facts.articles.filter(pl.col("cluster_id").is_not_null())
    own = members.select("cluster_id", name="source").unique()
    trusted = pl.col("trusted") | pl.col("name").is_in(facts.agencies)
    return (
        members.select("row", "cluster_id")
        .join(facts.credits.filter("trace"), on="row")
        .group_by("cluster_id", "name")
        .agg(articles=pl.len(), trusted=trusted.any())
        .join(own, on=["cluster_id", "name"], how="anti")
        .filter(pl.col("trusted") | (pl.col("articles") >= 2))
        .sort("articles", "name", descending=[True, False])
        .group_by("cluster_id", maintain_order=True)
        .agg(unseen=pl.col("name").first())
    )


def both_ways(pairs: pl.DataFrame, more: Callable[[str], Sequence[str | pl.Expr]]) -> pl.DataFrame:
    """Each pair twice: `x` as the possible taker, `y` as its possible source.

    `at` is the pair's place; `more` says what else to keep, given "ab" where x is a, else "ba".
    """
    rows = pairs.with_row_index("at")
    ways = [
        rows.select(
            "at", "relation", "probability", "p_common", *more(x + y),
            x=x, y=y, x_from_y=f"p_{x}_from_{y}", y_from_x=f"p_{y}_from_{x}",
        )
        for x, y in ("ab", "ba")
    ]  # fmt: skip
    return pl.concat(ways).sort("x", "y")


def named_and_near(way: str) -> tuple[str | pl.Expr, ...]:
    """How near the two are, and how much likelier a source is for being named."""
    named = (
        pl.when(pl.col(f"link_{way}") | (pl.col(f"credit_{way}") >= STRONG)).then(_NAMED)
        .when(pl.col(f"credit_{way}") > 0).then(_NAMED_WEAKLY)
        .otherwise(1.0)
    )  # fmt: skip
    texts = pl.col("texts") if way == "ab" else -pl.col("texts")
    agreement = pl.col(f"agreement_{way}").alias("agreement")
    return "kinship", named.alias("named"), texts, agreement


def weighed(views: pl.DataFrame, facts: Facts, *, habits: bool) -> pl.DataFrame:
    """The views, a story's together, with y's `weight` as x's source.

    `graph` tells stories apart, and `log_near` how near all of x's sources are together. Without
    `habits` an agency is a taker like any other.
    """
    dates = facts.clues.articles.select("start", "end")
    of_x, of_y = (
        dates.select(pl.all().gather(views[side]).name.suffix(f"_{side}")) for side in "xy"
    )
    lag = lag_between(*(pl.col(name) for name in ("start_x", "end_x", "start_y", "end_y")))
    hours = (lag.abs() * _HOURS).fill_null(_UNDATED_HOURS)
    # If x is earlier than it seems, it is so for all that seem later: one chance, not one for each.
    later = pl.col("x_from_y") < pl.col("y_from_x")
    may = pl.col("x_from_y") / pl.when(later).then(later.sum().over("x")).otherwise(1)
    kind = ["x", pl.col("named") > 1.0]
    nearest = pl.col("kinship").max()
    farther = _CLOSENESS * (nearest.over(kind) - nearest.over("x"))
    log = pl.col("log")
    return (
        pl.concat([views, of_x, of_y], how="horizontal")
        .with_columns(may=may.clip(lower_bound=_LEAST))
        .with_columns(
            log=pl.col("may").log() + _CLOSENESS * pl.col("kinship") - (hours + _SOON_HOURS).log()
        )
        # Beside the likeliest they are summed with: sums have a grain, and far ones would be none.
        .with_columns(most=log.max().over("x"), of_kind=(log - log.max().over(kind)).exp())
        .with_columns(of_all=(log - pl.col("most")).exp())
        .with_columns(
            weight=pl.col("named") * _usual("of_kind").over(kind)
            * _habit(facts, habits=habits) * pl.col("agreement").exp()
            * pl.col("of_kind") / fixed_sum(pl.col("of_kind")).over(kind)
            * pl.when(pl.col("named") > 1.0).then(1.0).otherwise(farther.exp()),
            log_near=pl.col("most")
            + (fixed_sum(pl.col("of_all")) / _usual("of_all")).over("x").log(),
        )
        .drop("may", "log", "most", "of_kind", "of_all", "kinship", "agreement")
        .drop("start_x", "end_x", "start_y", "end_y")
        .with_columns(graph=_graphs(views))
        .sort("graph", "x", "y")
    )  # fmt: skip


def _habit(facts: Facts, *, habits: bool) -> pl.Expr:
    """How likely an outlet of x's kind takes from one of y's."""
    source = pl.lit(facts.articles["source"])
    x, y = (source.gather(side).is_in(facts.agencies) for side in "xy")
    rare = (x & ~y).fill_null(value=False) & (pl.col("named") <= 1.0) & habits
    return pl.when(rare).then(_AGENCY_TAKES).otherwise(1.0)


def _usual(near: str) -> pl.Expr:
    """What is true of the likely sources' `may`, each as likely as it is near."""
    return fixed_sum(pl.col("may") * pl.col(near)) / fixed_sum(pl.col(near))


def _graphs(views: pl.DataFrame) -> pl.Series:
    """[views] the smallest of the articles that ways connect."""
    x, y = (views[side].cast(pl.Int64()).to_numpy() for side in "xy")
    return pl.Series(components(int(x.max(initial=-1)) + 1, x, y)).gather(views["x"])


def members_of(views: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The stories' articles, those of a story together.

    row, graph (articles that views connect), cluster_id, unseen (its unseen source), credits
    (how much likelier that is for being credited by the article, null where it isn't),
    credits_unseen, unnamed (how much likelier that is where the article doesn't credit it),
    p_common (the least), log_near.
    """
    weight = pl.when("trusted").then(_NAMED).otherwise(_NAMED_WEAKLY)
    credited = facts.credits.select("row", unseen="name", credits=weight)
    seen = views.group_by("graph", row="x").agg(
        pl.col("p_common").min(),
        pl.col("log_near").first(),
        source_like=-0.5 * fixed_sum(pl.col("texts")) / pl.len().sqrt(),
    )
    return (
        facts.articles.select("row", "source", "cluster_id")
        .join(seen, on="row")
        .join(unseen_sources(facts), on="cluster_id", how="left")
        .join(credited, on=["row", "unseen"], how="left")
        .with_columns(credits_unseen=pl.col("credits").is_not_null())
        .with_columns(unnamed=_unnamed().over("cluster_id"))
        .drop("source")
        .sort("graph", "row")
    )


def _unnamed() -> pl.Expr:
    outlets = pl.col("source").filter("credits_unseen").n_unique()
    return ((1.0 + outlets) * 0.5).clip(upper_bound=_MOST_UNNAMED)


def versions_of(views: pl.DataFrame, members: pl.DataFrame) -> Versions:
    """What trees are made of; in the order of the views and of the members."""
    outside = pl.when("credits_unseen").then("credits").when(pl.col("unseen").is_null()).then(1.0)
    told = members.with_row_index("place").with_columns(
        outside=outside.otherwise("unnamed"),
        # Nearness is left out where a tree begins: no version is the first for being remote.
        first=pl.col("source_like") - pl.col("log_near"),
    )
    told = told.with_columns(
        first=(pl.col("first") - pl.col("first").max().over("graph")).clip(lower_bound=-50).exp()
    )
    stories = told.group_by("graph", maintain_order=True).agg(
        size=pl.len(),
        credited=1.0 - (-fixed_sum(pl.col("credits").log())).exp(),
        common=fixed_mean(pl.col("p_common")),
        named=pl.col("unseen").is_not_null().any(),
    )
    chance = stories.select(pl.when("named").then("credited").otherwise("common")).to_series()
    places = told.select(pl.col("place").cast(pl.Int64()), "row")
    source, target = (
        views.select(row=side).join(places, on="row", how="left", maintain_order="left")["place"]
        for side in "yx"
    )
    return Versions(
        ends(stories["size"].cast(pl.Int64()).to_numpy()),
        source.to_numpy(),
        target.to_numpy(),
        views["weight"].to_numpy(),
        told["first"].to_numpy(),
        told["outside"].to_numpy(),
        chance.to_numpy(),
    )
