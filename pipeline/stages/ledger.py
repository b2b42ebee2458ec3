"""Derivations in, outlet-to-outlet tables out."""

import polars as pl

from pipeline import tables
from pipeline.stages.fixed import fixed_sum

_TAKEN = ("derived", "common_source")


def flows(derivations: pl.DataFrame, articles: pl.DataFrame, tokens: pl.DataFrame) -> pl.DataFrame:
    """The table `flows`: between outlets of different houses, over all ranks.

    Args:
        derivations: the table.
        articles: article_id, source, house, published_at.
        tokens: derived_id, source_id, tokens (equal tokens of the pair's passages).
    """
    rows = _movements(derivations, articles).join(
        tokens, on=["derived_id", "source_id"], how="left"
    )
    grouped = rows.group_by("from_source", "to_source").agg(
        articles=_articles(pl.lit(value=True)),
        expected=fixed_sum(pl.col("probability")),
        tokens=pl.col("tokens").sum().cast(pl.Int64()),
        median_lag=pl.col("lag").median().cast(pl.Duration("us")),
        credited=_articles(pl.col("credited")),
        uncredited=_articles(~pl.col("credited")),
    )
    return tables.FLOWS.check(grouped)


def flows_weekly(derivations: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The table `flows_weekly`."""
    rows = _movements(derivations, articles).filter(pl.col("published_at").is_not_null())
    grouped = rows.group_by(
        "from_source", "to_source", week=pl.col("published_at").dt.truncate("1w").dt.date()
    ).agg(
        articles=_articles(pl.lit(value=True)),
        expected=fixed_sum(pl.col("probability")),
        uncredited=_articles(~pl.col("credited")),
    )
    return tables.FLOWS_WEEKLY.check(grouped)


def sources(derivations: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The table `sources`: each outlet's account; articles without an outlet are left out."""
    columns = ("derived_id", "rank", "decision", "probability", "lag", "credited")
    main = derivations.select(columns).filter(rank=1)
    rows = articles.select("article_id", "source").drop_nulls("source")
    rows = rows.join(main, left_on="article_id", right_on="derived_id", how="left")
    # An article that is linked to nothing is its outlet's own.
    decision = pl.col("decision").fill_null("original")
    taken = decision.is_in(_TAKEN)
    accounts = rows.group_by("source").agg(
        articles=pl.len().cast(pl.Int64()),
        **{name: _count(decision == name) for name in tables.DECISIONS},
        expected=fixed_sum(pl.col("probability").filter(taken)),
        median_lag=pl.col("lag").filter(taken).median().cast(pl.Duration("us")),
        uncredited=_count(taken & ~pl.col("credited")),
    )
    reused = (
        _movements(derivations, articles)
        .filter(pl.col("decision") == "derived")
        .group_by(source="from_source")
        .agg(reused_by_others=pl.col("derived_id").n_unique().cast(pl.Int64()))
    )
    accounts = accounts.join(reused, on="source", how="left")
    return tables.SOURCES.check(accounts.with_columns(pl.col("reused_by_others").fill_null(0)))


def _movements(derivations: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Derivations with a named origin in another house."""
    outlet = articles.select("article_id", of="source", house_of="house")
    rows = (
        derivations.drop("evidence").filter(pl.col("decision").is_in(_TAKEN))
        .join(
            articles.select("article_id", "published_at", "house", to_source="source"),
            left_on="derived_id", right_on="article_id",
        )
        .join(outlet, left_on="source_id", right_on="article_id", how="left")
        .with_columns(
            from_source=pl.coalesce("of", "unseen_source"),
            house_of=pl.coalesce("house_of", "unseen_source"),
        )
    )  # fmt: skip
    return rows.filter(pl.col("house_of") != pl.col("house"))


def _articles(condition: pl.Expr) -> pl.Expr:
    return pl.col("derived_id").filter(condition).n_unique().cast(pl.Int64())


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(value=False).sum().cast(pl.Int64())
