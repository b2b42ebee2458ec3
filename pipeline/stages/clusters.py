"""Linked pairs in, stories out."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import xxhash

from pipeline.documents import I64, Documents
from pipeline.kernels.components import components
from pipeline.kernels.stories import bridges, join_links
from pipeline.stages.normalise import unmasked_sizes
from pipeline.stages.spread import ends
from pipeline.tables import JOINING


@dataclass(frozen=True)
class Stories:
    """Which story each article is in.

    Attributes:
        of: [n] the story's number, or −1; numbered in the order of their smallest member.
        pairs: rows of the pairs that hold the stories together, with `story` and `bridge`.
    """

    of: I64
    pairs: pl.DataFrame


def find_stories(pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> Stories:
    """Join linked pairs into stories.

    Two links that meet at an article join their ends only if the parts of it that they cover
    overlap by half of the smaller; an article belongs to the story that covers most of it, and
    stands alone if none covers half. Partial and related pairs never join.

    Args:
        pairs: `a`, `b` (rows), `relation`, with `pair` numbering the rows of `passages`.
        passages: `pair`, `a_first`, `a_last`, `b_first`, `b_last` (token places).
        documents: of all articles.
    """
    n = len(documents)
    links = (
        pairs.filter(pl.col("relation").is_in(JOINING))
        .select("pair", "a", "b")
        .with_row_index("link")
        .with_columns(pl.col("link").cast(pl.Int64()))
    )
    if links.is_empty():
        return Stories(np.full(n, -1, np.int64), _held(links, np.empty(0, np.int64)))
    story_of_link, home = _joined(links, passages, documents)
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    inside = (home[a] == story_of_link) & (home[b] == story_of_link)
    kept = links.filter(pl.Series(inside))
    group = components(n, kept["a"].to_numpy(), kept["b"].to_numpy())
    sizes = np.bincount(group, minlength=n)
    heads = np.flatnonzero(sizes > 1)
    number = np.full(n, -1, np.int64)
    number[heads] = np.arange(len(heads))
    of = number[group]
    return Stories(of, _held(kept, of))


def _held(links: pl.DataFrame, of: I64) -> pl.DataFrame:
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    return links.select("pair").with_columns(
        story=pl.Series(of[a] if len(a) else np.empty(0, np.int64), dtype=pl.Int64()),
        bridge=pl.Series(bridges(len(of), a, b), dtype=pl.Boolean()),
    )


def _joined(links: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> tuple[I64, I64]:
    """[links] the joined links' name, and [n] the name of the links an article belongs to."""
    spans = _spans(links, passages, documents)
    grouped = spans.group_by("document", "link", maintain_order=True).agg("start", "stop")
    rows, per_document = np.unique(grouped["document"].to_numpy(), return_counts=True)
    story_of_link, at_home = join_links(
        ends(per_document),
        grouped["link"].to_numpy(),
        ends(grouped["start"].list.len().cast(pl.Int64()).to_numpy()),
        grouped["start"].explode(empty_as_null=False).to_numpy(),
        grouped["stop"].explode(empty_as_null=False).to_numpy(),
        unmasked_sizes(documents)[rows],
        len(links),
    )
    home = np.full(len(documents), -1, np.int64)
    home[rows] = at_home
    return story_of_link, home


def _spans(links: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> pl.DataFrame:
    """What each link covers of its two articles, sorted by article and link.

    A link without passages (texts shorter than a seed) covers both articles whole.
    """
    covered = links.join(passages, on="pair", how="left")
    sides = []
    for side in ("a", "b"):
        row = covered[side].to_numpy()
        sides.append(
            covered.select(
                "link",
                document=pl.col(side),
                start=pl.col(f"{side}_first").fill_null(pl.Series(documents.offsets[row])),
                stop=pl.col(f"{side}_last").fill_null(pl.Series(documents.offsets[row + 1])),
            )
        )
    return pl.concat(sides).sort("document", "link", "start")


def cluster_ids(members: pl.DataFrame) -> pl.Series:
    """[stories] each story's cluster_id, in the order of their numbers.

    The id is a hash of the founding member, the earliest by date and id, so that a story keeps
    its name while later articles join it.

    Args:
        members: article_id, published_at and story of the articles in stories.
    """
    founders = (
        members.sort("story", "published_at", "article_id", nulls_last=True)
        .group_by("story", maintain_order=True)
        .agg(pl.col("article_id").first())
    )
    return pl.Series([_name(founder) for founder in founders["article_id"]], dtype=pl.String())


def _name(article_id: str) -> str:
    return f"s{xxhash.xxh64_hexdigest(article_id.encode())}"
