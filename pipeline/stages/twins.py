"""The pairs that derivation looks at: those of a story's distinct texts, by their oldest carriers.

`pairs` ties identical articles to a representative that is chosen by id. Who took from whom can't
hang on that: a text's relations to others belong to its oldest carriers, and the later ones are
compared with these, and with whom they name or link to.
"""

import polars as pl

from pipeline.stages.claims import Facts

_SHARED = ("relation", "probability", "jaccard")
_HUBS = 8
_PAIR = (*_SHARED, "a", "b", "containment_a", "containment_b")


def derivation_pairs(pairs: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """a, b and what their texts share, for every comparison inside stories.

    Args:
        pairs: the pairs inside stories: a, b (rows), relation, probability, jaccard, containments.
        facts: articles with their dates, credits and links.
    """
    members = _members(pairs, facts)
    several = pl.any_horizontal(pl.col("a", "b").is_in(members["x"].implode()))
    # Most texts have one carrier: theirs are the pairs that there are already.
    plain = pairs.filter(~several).select(_PAIR)
    return pl.concat([plain, _of_carriers(pairs.filter(several), members, facts)]).sort("a", "b")


def _of_carriers(pairs: pl.DataFrame, members: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The comparisons of texts that several carry, with each other and with the other texts."""
    hubs = members.filter("hub").select("text", "x")
    views = pl.concat([_seen_from(pairs, "a", "b"), _seen_from(pairs, "b", "a")])
    texts = members.select("x", "text")
    others = (
        views.filter(pl.col("relation") != "identical")
        .join(texts, on="x", how="left")
        .join(texts.rename({"x": "y", "text": "text_y"}), on="y", how="left")
        .with_columns(pl.coalesce("text", "x"), text_y=pl.coalesce("text_y", "y"))
        .drop("x", "y")
        .unique(["text", "text_y"], maintain_order=True)
    )
    carriers = pl.concat([hubs, _alone(others, members)])
    between = others.join(carriers, on="text").join(
        carriers.rename({"x": "y", "text": "text_y"}), on="text_y"
    )
    found = [between, _named(others, members, carriers, facts)]
    added = pl.concat(
        [_identical(members), *(part.select(views.columns) for part in found)]
    ).unique(["x", "y"], maintain_order=True)
    return _as_pairs(added)


def _members(pairs: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """x, text, hub, at: carriers of a text that several carry, oldest first.

    A text is named by its representative. Its hubs are all carriers of the oldest date; undated
    carriers only where none is dated.
    """
    same = pairs.filter(pl.col("relation") == "identical")
    # The representative is a in each of the group's pairs.
    rows = pl.concat([same.select(x="b", text="a"), same.select(x="a", text="a").unique()])
    dates = facts.articles.select(x="row", at="published_at")
    oldest = pl.col("at").min().over("text")
    return (
        rows.join(dates, on="x")
        .sort("text", "at", "x", nulls_last=True)
        .with_columns(hub=pl.col("at").eq_missing(oldest))
    )


def _alone(others: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Texts that one article carries, each with it."""
    return (
        others.select("text")
        .unique(maintain_order=True)
        .join(members, on="text", how="anti")
        .with_columns(x="text")
    )


def _seen_from(pairs: pl.DataFrame, x: str, y: str) -> pl.DataFrame:
    """Pairs as x, y, containment_x, containment_y and the rest."""
    return pairs.select(
        *_SHARED, x=x, y=y,
        containment_x=f"containment_{x}", containment_y=f"containment_{y}",
    )  # fmt: skip


def _identical(members: pl.DataFrame) -> pl.DataFrame:
    """Carriers of one text, each with the oldest."""
    among = members.join(_centers(members).select("text", y="x"), on="text")
    whole = dict.fromkeys(("probability", "jaccard", "containment_x", "containment_y"), pl.lit(1.0))
    rows = among.filter(pl.col("x") != pl.col("y")).with_columns(
        relation=pl.lit("identical"), **whole
    )
    return rows.select(*_SHARED, "x", "y", "containment_x", "containment_y")


def _centers(members: pl.DataFrame) -> pl.DataFrame:
    """Each text's hubs; of many two stand for all: with two alike nothing can be decided."""
    hubs = members.filter("hub")
    few = pl.len().over("text") <= _HUBS
    return hubs.filter(few | (pl.int_range(pl.len()).over("text") < 2))


def rivals(pairs: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """x, rivals: earlier carriers of x's own text that it isn't paired with.

    Any of them may be the source just as well; counted, they needn't be compared one by one.
    """
    members = _members(pairs, facts)
    centers = _centers(members).group_by("text").agg(paired=pl.len().cast(pl.Int64()))
    earlier = (pl.col("at").rank("min") - 1).over("text").cast(pl.Int64())
    return (
        members.with_columns(earlier=earlier)
        .filter(~pl.col("hub") & pl.col("at").is_not_null())
        .join(centers, on="text")
        .select("x", rivals=(pl.col("earlier") - pl.col("paired")).clip(lower_bound=0))
    )


def _named(
    others: pl.DataFrame, members: pl.DataFrame, carriers: pl.DataFrame, facts: Facts
) -> pl.DataFrame:
    """Later carriers with those of another text that they name by outlet or link to."""
    outlet = facts.articles.select(y="row", name="source")
    everyone = (
        pl.concat([members.select("text", "x"), carriers])
        .unique(maintain_order=True)
        .select(y="x", text_y="text")
        .join(outlet, on="y")
    )
    later = members.filter(~pl.col("hub")).select("text", "x")
    names = facts.credits.select("name", x="row").join(everyone, on="name", how="semi")
    links = facts.links.select(x="row", y="target")
    by_name = (
        later.join(names, on="x").join(others, on="text").join(everyone, on=["text_y", "name"])
    )
    by_link = later.join(links, on="x").join(everyone, on="y").join(others, on=["text", "text_y"])
    columns = ["x", "y", *_SHARED, "containment_x", "containment_y"]
    return pl.concat([by_name.select(columns), by_link.select(columns)]).sort("x", "y")


def _as_pairs(views: pl.DataFrame) -> pl.DataFrame:
    """Views as pairs with a < b."""
    ordered = pl.col("x") < pl.col("y")

    def side(first: str, second: str) -> pl.Expr:
        return pl.when(ordered).then(first).otherwise(second)

    rows = views.select(
        *_SHARED, a=pl.min_horizontal("x", "y"), b=pl.max_horizontal("x", "y"),
        containment_a=side("containment_x", "containment_y"),
        containment_b=side("containment_y", "containment_x"),
    )  # fmt: skip
    return rows.unique(["a", "b"], maintain_order=True)
