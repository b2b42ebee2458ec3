"""The pairs that identical articles lend each other.

`pairs` ties the members of an identical group to its representative only, which is chosen by id.
Any of them may be the source, and what holds for the representative's text holds for theirs; so
before derivation the group's oldest member takes the representative's pairs too, and every member
is paired with it, with the one before it, and with those neighbours of the representative that it
names or links to.
"""

import polars as pl

from pipeline.stages.claims import Facts

_TEXT = ("relation", "probability", "jaccard", "containment_a", "containment_b")


def twin_pairs(pairs: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Further pairs inside stories, for derivation alone; none of those already there.

    Args:
        pairs: a_id, b_id, cluster_id, and what their texts share (`_TEXT`).
        facts: articles with their dates, credits and links.
    """
    members = _members(pairs, facts)
    hubs = members.filter("hub")
    views = pl.concat([_seen_from(pairs, "a", "b"), _seen_from(pairs, "b", "a")])
    others = views.filter(pl.col("relation") != "identical")
    among = members.filter(~pl.col("hub")).join(hubs.select("rep", y="x"), on="rep")
    lent = others.rename({"x": "rep"}).join(members, on="rep").filter(pl.col("x") != pl.col("rep"))
    named = _names(lent, facts)
    added = pl.concat(
        [
            _identical(pl.concat([among.select("x", "y"), _one_before(members)])),
            lent.filter("hub").select(views.columns),
            named.select(views.columns),
        ]
    ).unique(["x", "y"], maintain_order=True)
    return _as_pairs(added).join(pairs, on=["a_id", "b_id"], how="anti").sort("a_id", "b_id")


def _members(pairs: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """x, rep, hub: members of identical groups; the hub is the oldest, undated ones last."""
    same = pairs.filter(pl.col("relation") == "identical")
    # The representative is a in each of the group's pairs.
    rows = pl.concat(
        [same.select(x="b_id", rep="a_id"), same.select(x="a_id", rep="a_id").unique()]
    )
    dates = facts.articles.select("article_id", "published_at")
    return (
        rows.join(dates, left_on="x", right_on="article_id")
        .sort("rep", "published_at", "x", nulls_last=True)
        .select("x", "rep", hub=pl.int_range(pl.len()).over("rep") == 0)
    )


def _one_before(members: pl.DataFrame) -> pl.DataFrame:
    """x, y: each member and the next older one, so that it isn't the hub by default."""
    before = members.select("x", y=pl.col("x").shift(1).over("rep"))
    return before.filter(pl.col("y").is_not_null())


def _seen_from(pairs: pl.DataFrame, x: str, y: str) -> pl.DataFrame:
    """Pairs as x, y, containment_x, containment_y and the rest."""
    return pairs.select(
        "relation", "probability", "jaccard", x=f"{x}_id", y=f"{y}_id",
        containment_x=f"containment_{x}", containment_y=f"containment_{y}",
    )  # fmt: skip


def _identical(rows: pl.DataFrame) -> pl.DataFrame:
    whole = dict.fromkeys(("probability", "jaccard"), pl.lit(1.0))
    return rows.select(
        relation=pl.lit("identical"), **whole, x="x", y="y",
        containment_x=pl.lit(1.0), containment_y=pl.lit(1.0),
    )  # fmt: skip


def _names(lent: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Those of the lent pairs in which x names y's outlet or links to y."""
    outlet = facts.articles.select(y="article_id", name="source")
    credited = facts.credits.select(x="article_id", name="name").unique()
    linked = facts.links.select(x="article_id", y="target_id").unique()
    by_name = lent.join(outlet, on="y").join(credited, on=["x", "name"], how="semi")
    by_link = lent.join(linked, on=["x", "y"], how="semi")
    return pl.concat([by_name.select(lent.columns), by_link])


def _as_pairs(views: pl.DataFrame) -> pl.DataFrame:
    """Views with a_id < b_id again."""
    ordered = pl.col("x") < pl.col("y")

    def side(first: str, second: str) -> pl.Expr:
        return pl.when(ordered).then(first).otherwise(second)

    return views.select(
        "relation", "probability", "jaccard",
        a_id=side("x", "y"), b_id=side("y", "x"),
        containment_a=side("containment_x", "containment_y"),
        containment_b=side("containment_y", "containment_x"),
    ).unique(["a_id", "b_id"], maintain_order=True)  # fmt: skip
