"""Working frames in, the declared tables out."""

import numpy as np
import polars as pl

from pipeline import tables
from pipeline.documents import I64, Documents
from pipeline.stages.candidates import FINDERS
from pipeline.stages.evidence import appended
from pipeline.stages.fixed import fixed_mean
from pipeline.stages.normalise import spans_of

# By the bits of `found_by`.
_FINDER_NAMES = pl.Series(
    [
        [name for name, bit in FINDERS.items() if bits & bit]
        for bits in range(2 * max(FINDERS.values()))
    ],
    dtype=pl.List(pl.String()),
)
_QUOTATION = 0.8  # a passage with this share of its tokens quoted is a quotation


def articles_table(articles: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """`articles`, or a part of them, with what they credit.

    Args:
        articles: the table's other columns.
        credits: article_id, name; also of other articles.
    """
    named = credits.group_by("article_id").agg(credits=pl.col("name").unique().sort())
    rows = articles.join(named, on="article_id", how="left").with_columns(
        pl.col("credits").fill_null(pl.lit([], dtype=pl.List(pl.String())))
    )
    return tables.ARTICLES.check(rows)


def pairs_table(pairs: pl.DataFrame) -> pl.DataFrame:
    """`pairs` from related and directed pairs."""
    evidence = appended(pairs["share_evidence"], pairs["direction_evidence"])
    names = pl.lit(_FINDER_NAMES)
    return tables.PAIRS.check(
        pairs.with_columns(
            evidence=evidence, found_by=names.gather(pl.col("found_by").cast(pl.Int64()))
        )
    )


def passages_table(
    pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents
) -> pl.DataFrame:
    """`passages` of the pairs that are kept, in code points of the original texts."""
    rows = passages.join(
        pairs.select("pair", "a_id", "b_id", "a", "b"), on="pair", maintain_order="left"
    )
    longer = pl.max_horizontal(
        pl.col("a_last") - pl.col("a_first"), pl.col("b_last") - pl.col("b_first")
    )
    quotation = pl.col("quoted") >= _QUOTATION * longer
    places = {
        f"{side}_{end}": pl.Series(points)
        for side in ("a", "b")
        for end, points in zip(("start", "end"), _code_points(rows, side, documents), strict=True)
    }
    told = [name for name in ("kind", "similarity") if name in rows.columns]
    kind = pl.when(quotation).then(pl.lit("quotation")).otherwise(pl.lit("verbatim"))
    rows = rows.with_columns(
        kind=pl.coalesce("kind", kind) if told else kind,
        similarity=pl.coalesce("similarity", pl.col("equal") / longer)
        if told
        else pl.col("equal") / longer,
        passage=_numbers(rows["pair"]),
        **places,
    )
    return tables.PASSAGES.check(rows)


def sentence_links_table(
    pairs: pl.DataFrame, links: pl.DataFrame, documents: Documents
) -> pl.DataFrame:
    """`sentence_links` of the pairs that are kept."""
    ids = pairs.select("pair", "a_id", "b_id")
    rows = links.sort("pair", "a_first", "b_first").join(ids, on="pair", maintain_order="left")
    places = {
        f"{side}_{end}": pl.Series(points)
        for side in ("a", "b")
        for end, points in zip(("start", "end"), _code_points(rows, side, documents), strict=True)
    }
    return tables.SENTENCE_LINKS.check(rows.with_columns(link=_numbers(rows["pair"]), **places))


def _code_points(rows: pl.DataFrame, side: str, documents: Documents) -> tuple[I64, I64]:
    return spans_of(documents, rows[f"{side}_first"].to_numpy(), rows[f"{side}_last"].to_numpy())


def _numbers(pair: pl.Series) -> pl.Series:
    """0, 1, … in each run of equal pairs."""
    pairs = pair.to_numpy()
    place = np.arange(len(pairs))
    first = np.where(np.diff(pairs, prepend=-1) != 0, place, 0)
    return pl.Series(place - np.maximum.accumulate(first))


def clusters_table(
    articles: pl.DataFrame, held: pl.DataFrame, derivations: pl.DataFrame, unseen: pl.DataFrame
) -> pl.DataFrame:
    """`clusters`: what holds each story together, its root and its unseen source.

    Args:
        articles: the table.
        held: cluster_id, probability, bridge; the links inside stories.
        derivations: the table.
        unseen: cluster_id, unseen; sources credited and not in the story.
    """
    columns = ("article_id", "cluster_id", "source", "published_at", "title")
    members = articles.select(columns).drop_nulls("cluster_id")
    # Null dates last: a story's title is that of its earliest dated member.
    ordered = members.sort("cluster_id", "published_at", "article_id", nulls_last=True)
    stories = ordered.group_by("cluster_id", maintain_order=True).agg(
        articles=pl.len().cast(pl.Int64()),
        sources=pl.col("source").drop_nulls().n_unique().cast(pl.Int64()),
        first_seen=pl.col("published_at").min(),
        last_seen=pl.col("published_at").max(),
        earliest_title=pl.col("title").first(),
    )
    links = held.group_by("cluster_id").agg(
        cohesion=fixed_mean(pl.col("probability")), bridges=pl.col("bridge").sum().cast(pl.Int64())
    )
    rows = (
        stories.join(links, on="cluster_id", how="left")
        .join(_roots(members, derivations), on="cluster_id", how="left")
        .join(_outside(members, derivations, unseen), on="cluster_id", how="left")
        .with_columns(
            aliases=pl.lit([], dtype=pl.List(pl.String())),
            title=pl.coalesce("root_title", "earliest_title"),
        )
    )
    return tables.CLUSTERS.check(rows)


def _roots(members: pl.DataFrame, derivations: pl.DataFrame) -> pl.DataFrame:
    """The one member decided original, where there is exactly one."""
    originals = derivations.filter((pl.col("rank") == 1) & (pl.col("decision") == "original"))
    return (
        members.join(
            originals.select("derived_id", "probability"),
            left_on="article_id",
            right_on="derived_id",
        )
        .filter(pl.len().over("cluster_id") == 1)
        .select(
            "cluster_id", root_id="article_id", root_probability="probability", root_title="title"
        )
    )


def _outside(
    members: pl.DataFrame, derivations: pl.DataFrame, unseen: pl.DataFrame
) -> pl.DataFrame:
    """Unseen sources that at least one member credits or was decided to come from."""
    decided = (
        members.select("article_id", "cluster_id")
        .join(
            derivations.select("derived_id", "unseen_source").drop_nulls("unseen_source"),
            left_on="article_id",
            right_on="derived_id",
        )
        .sort("unseen_source")
        .group_by("cluster_id", maintain_order=True)
        .agg(pl.col("unseen_source").first())
    )
    return unseen.join(decided, on="cluster_id", how="full", coalesce=True).select(
        "cluster_id", unseen_source=pl.coalesce("unseen_source", "unseen")
    )


def passage_tokens(pairs: pl.DataFrame, passages: pl.DataFrame) -> pl.DataFrame:
    """derived_id, source_id, tokens: equal tokens in a pair's passages, both ways round."""
    sums = passages.group_by("pair").agg(tokens=pl.col("equal").sum())
    rows = pairs.select("pair", "a_id", "b_id").join(sums, on="pair")
    ways = (("a_id", "b_id"), ("b_id", "a_id"))
    return pl.concat([rows.select("tokens", derived_id=x, source_id=y) for x, y in ways])
