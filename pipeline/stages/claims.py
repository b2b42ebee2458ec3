"""What a row of `derivations` claims of its source: nothing where undecided, else lag, credit."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipeline.config import Outlets
from pipeline.stages.clues import Clues
from pipeline.stages.direction import lag_between
from pipeline.stages.houses import houses_of
from pipeline.stages.outlets import groups_of, licensed
from pipeline.tables import DERIVATIONS


@dataclass(frozen=True)
class Facts:
    """What derivation knows of articles and outlets; an article is named by its row.

    Attributes:
        articles: row, article_id, source, house (see `houses_of`), published_at, cluster_id; sorted
            by row and by article_id.
        clues: of the same articles.
        credits: row, name, trusted (by a credit line, which "told X" isn't), trace (a credit that
            tells where the whole text is from).
        links: row, target.
        agencies: full names of known agencies.
        groups: source, group; outlets that belong to an owner's group.
        licences: source, agency; agencies whose text an outlet may use without credit.
    """

    articles: pl.DataFrame
    clues: Clues
    credits: pl.DataFrame
    links: pl.DataFrame
    agencies: tuple[str, ...]
    groups: pl.DataFrame
    licences: pl.DataFrame


def facts_of(articles: pl.DataFrame, clues: Clues, outlets: Outlets) -> Facts:
    """The facts, with what the registry says of agencies, owners and licences.

    Args:
        articles: article_id, source, url, published_at, cluster_id; sorted by article_id.
        clues: of the same articles.
        outlets: the registry.
    """
    agencies = tuple(agency.name for agency in outlets.agencies)
    named = articles.select(
        "article_id", "source", "published_at", "cluster_id", house=houses_of(articles, agencies)
    )
    return Facts(
        named.select(pl.int_range(pl.len(), dtype=pl.Int64()).alias("row"), pl.all()),
        clues,
        clues.credited(),
        clues.linked(),
        agencies=agencies,
        groups=_frame(groups_of(outlets).items(), "source", "group"),
        licences=_frame(licensed(outlets), "source", "agency"),
    )


def _frame(rows: Iterable[tuple[str, str]], *names: str) -> pl.DataFrame:
    return pl.DataFrame(sorted(rows), schema=dict.fromkeys(names, pl.String()), orient="row")


def claimed(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Rows of `derivations`: what a decision doesn't claim is emptied, lag and credit are added.

    Args:
        rows: derived, rank, source (rows of articles), unseen_source, decision, probability,
            relation, evidence.
        facts: as in `derive`.
    """
    derived, common = pl.col("decision") == "derived", pl.col("decision") == "common_source"
    rows = rows.with_columns(
        source=pl.when(derived).then("source"),
        relation=pl.when(derived).then("relation"),
        unseen_source=pl.when(common).then("unseen_source"),
    )
    dates = facts.clues.articles.select("start", "end")
    of_derived = dates.select(pl.all().gather(rows["derived"]))
    of_source = dates.select(pl.all().gather(rows["source"]).name.suffix("_of"))
    rows = pl.concat([rows, of_derived, of_source], how="horizontal")
    lag = lag_between(*(pl.col(name) for name in ("start", "end", "start_of", "end_of")))
    ids = facts.articles["article_id"]
    named = _credited(rows, facts).with_columns(
        lag=lag.cast(pl.Duration("us")),
        derived_id=pl.lit(ids).gather("derived"),
        source_id=pl.lit(ids).gather("source"),
    )
    return DERIVATIONS.check(named)


def _credited(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Add `credited`: is the source's outlet, its house or an agency named, or its page linked?"""
    outlets, houses = (pl.lit(facts.articles[name]) for name in ("source", "house"))
    rows = rows.with_columns(
        outlet=outlets.gather("derived"),
        origin=pl.coalesce(outlets.gather("source"), "unseen_source"),
        house=houses.gather("derived"),
        house_of=pl.coalesce(houses.gather("source"), "unseen_source"),
    )
    yes = pl.lit(value=True)
    named = facts.credits.select(derived="row", origin="name").with_columns(named=yes)
    housed = named.rename({"origin": "house_of", "named": "housed"})
    linked = facts.links.select(derived="row", source="target")
    licensed = facts.licences.select(outlet="source", origin="agency").unique()
    groups = facts.groups.rename({"source": "house"})
    owners = facts.groups.rename({"source": "house_of", "group": "group_of"})
    rows = (
        rows.join(named, on=["derived", "origin"], how="left")
        .join(housed, on=["derived", "house_of"], how="left")
        .join(linked.with_columns(linked=yes), on=["derived", "source"], how="left")
        .join(licensed.with_columns(licensed=yes), on=["outlet", "origin"], how="left")
        .join(groups, on="house", how="left")
        .join(owners, on="house_of", how="left")
    )
    taken = pl.col("decision").is_in(["derived", "common_source"])
    inside = (pl.col("house") == pl.col("house_of")) | (pl.col("group") == pl.col("group_of"))
    credited = pl.coalesce("named", "housed", "linked", pl.lit(value=False))
    excused = inside.fill_null(value=False) | (
        pl.col("licensed").fill_null(value=False) & ~credited
    )
    known = pl.col("origin").is_not_null() | credited
    return rows.with_columns(credited=pl.when(taken & known & ~excused).then(credited))
