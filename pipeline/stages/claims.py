"""What a row of `derivations` claims of its source: nothing where undecided, else lag, credit."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipeline.config import Outlets
from pipeline.stages.direction import lag_between, publication_interval
from pipeline.stages.outlets import groups_of, licensed
from pipeline.tables import DERIVATIONS


@dataclass(frozen=True)
class Facts:
    """What derivation knows of articles and outlets.

    Attributes:
        articles: article_id, source, published_at, published_precision, cluster_id.
        credits: article_id, name, kind.
        links: article_id, target_id.
        agencies: full names of known agencies.
        groups: source, group; outlets that belong to an owner's group.
        licences: source, agency; agencies whose text an outlet may use without credit.
    """

    articles: pl.DataFrame
    credits: pl.DataFrame
    links: pl.DataFrame
    agencies: tuple[str, ...]
    groups: pl.DataFrame
    licences: pl.DataFrame


def facts_of(
    articles: pl.DataFrame, credits: pl.DataFrame, links: pl.DataFrame, outlets: Outlets
) -> Facts:
    """The facts, with what the registry says of agencies, owners and licences."""
    return Facts(
        articles,
        credits,
        links,
        agencies=tuple(agency.name for agency in outlets.agencies),
        groups=_frame(groups_of(outlets).items(), "source", "group"),
        licences=_frame(licensed(outlets), "source", "agency"),
    )


def _frame(rows: Iterable[tuple[str, str]], *names: str) -> pl.DataFrame:
    return pl.DataFrame(sorted(rows), schema=dict.fromkeys(names, pl.String()), orient="row")


def claimed(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Rows of `derivations`: what a decision doesn't claim is emptied, lag and credit are added.

    Args:
        rows: derived_id, rank, source_id, unseen_source, decision, probability, relation,
            evidence.
        facts: as in `derive`.
    """
    derived, common = pl.col("decision") == "derived", pl.col("decision") == "common_source"
    rows = rows.with_columns(
        source_id=pl.when(derived).then("source_id"),
        relation=pl.when(derived).then("relation"),
        unseen_source=pl.when(common).then("unseen_source"),
    )
    start, end = publication_interval(pl.col("published_at"), pl.col("published_precision"))
    about = facts.articles.select("article_id", "source", start=start, end=end)
    source = about.rename({name: f"{name}_of" for name in about.columns if name != "article_id"})
    rows = rows.join(about, left_on="derived_id", right_on="article_id", how="left").join(
        source, left_on="source_id", right_on="article_id", how="left"
    )
    lag = lag_between(*(pl.col(name) for name in ("start", "end", "start_of", "end_of")))
    rows = _credited(rows, facts).with_columns(lag=lag.cast(pl.Duration("us")))
    return DERIVATIONS.check(rows)


def _credited(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Add `credited`: is the source's outlet or agency named, or its page linked?"""
    rows = rows.with_columns(origin=pl.coalesce("source_of", "unseen_source"))
    yes = pl.lit(value=True)
    named = facts.credits.select(derived_id="article_id", origin="name").unique()
    linked = facts.links.select(derived_id="article_id", source_id="target_id").unique()
    licensed = facts.licences.select("source", origin="agency").unique()
    owners = facts.groups.rename({"source": "origin", "group": "group_of"})
    rows = (
        rows.join(named.with_columns(named=yes), on=["derived_id", "origin"], how="left")
        .join(linked.with_columns(linked=yes), on=["derived_id", "source_id"], how="left")
        .join(licensed.with_columns(licensed=yes), on=["source", "origin"], how="left")
        .join(facts.groups, on="source", how="left")
        .join(owners, on="origin", how="left")
    )
    taken = pl.col("decision").is_in(["derived", "common_source"])
    inside = (pl.col("source") == pl.col("origin")) | (pl.col("group") == pl.col("group_of"))
    credited = pl.coalesce("named", "linked", pl.lit(value=False))
    excused = inside.fill_null(value=False) | (
        pl.col("licensed").fill_null(value=False) & ~credited
    )
    known = pl.col("origin").is_not_null() | credited
    return rows.with_columns(credited=pl.when(taken & known & ~excused).then(credited))
