"""Whose pages articles are on: a columnist whom a dump lists as a source writes in a paper."""

from collections.abc import Collection

import polars as pl

from pipeline.stages.outlets import sounds_like_agency
from pipeline.stages.sites import host_of

_MOST = 0.5


def houses_of(articles: pl.DataFrame, agencies: Collection[str] = ()) -> pl.Series:
    """[n] the outlet in whose house each article appeared; null where nobody's is known.

    A host belongs to the outlet of most of its articles. An outlet most of whose articles are on
    hosts of others has no house, and what it has there counts as theirs. Agencies are houses
    wherever they are printed.

    Args:
        articles: source, url.
        agencies: full names of those that no name's form gives away.

    Example:
        >>> names = ["Quay Post"] * 3 + ["Guest Writer", "Reuters"]
        >>> rows = pl.DataFrame({"source": names, "url": ["http://quay.example/1"] * 5})
        >>> houses_of(rows, ["Reuters"]).to_list()
        ['Quay Post', 'Quay Post', 'Quay Post', 'Quay Post', 'Reuters']
    """
    rows = articles.select("source", host=host_of(articles["url"]))
    known = rows.drop_nulls()
    share = pl.col("len") / pl.col("len").sum().over("host")
    owners = (
        known.group_by("host", "source").len().filter(share > _MOST)
        .select("host", owner="source")
    )  # fmt: skip
    at_home = (pl.col("owner") == pl.col("source")).fill_null(value=False).mean()
    guests = (
        known.join(owners, on="host", how="left")
        .group_by("source").agg(at_home=at_home)
        .filter(pl.col("at_home") < _MOST)["source"]
    )  # fmt: skip
    homeless = [name for name in guests if name not in agencies and not sounds_like_agency(name)]
    rows = rows.join(owners, on="host", how="left", maintain_order="left")
    theirs = pl.when(pl.col("source").is_in(homeless)).then("owner")
    return rows.select(house=pl.coalesce(theirs, "source")).to_series()
