"""Linked pairs in, stories out."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import xxhash

from pipeline.documents import I64, Documents, Flags
from pipeline.kernels.components import components
from pipeline.kernels.stories import bridges, join_links
from pipeline.stages.articles import Articles
from pipeline.stages.normalise import unmasked_sizes
from pipeline.stages.spread import laid_out
from pipeline.stages.strings import named
from pipeline.tables import JOINING

# Probability from which one link of a rewrite is enough to join two groups.
_SURE = 0.9


@dataclass(frozen=True)
class Stories:
    """Which story each article is in.

    Attributes:
        of: [n] the story's number, or −1; numbered in the order of their smallest member.
        pairs: rows of the pairs that hold the stories together, with `story` and `bridge`.
    """

    of: I64
    pairs: pl.DataFrame

    def members(self, articles: Articles) -> pl.DataFrame:
        """article_id, source, published_at, title and story of the articles in stories."""
        rows = np.flatnonzero(self.of >= 0)
        frame = articles.frame(rows, ["article_id", "source", "published_at", "title"])
        return frame.with_columns(story=self.of[rows])

    def named(self, names: pl.Series) -> pl.Series:
        """[n] the name of each article's story, null for none; `names` are in their order."""
        return named(names, self.of)


def find_stories(pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> Stories:
    """Join linked pairs into stories.

    Two links that meet at an article join their ends only if the parts of it that they cover
    overlap by half of the smaller; an article belongs to the story that covers most of it, and
    stands alone if none covers half. Partial and related pairs never join, and a rewrite of which
    little is sure joins two groups only if enough of their articles are linked.

    Args:
        pairs: `a`, `b` (rows), `relation`, `probability`, with `pair` numbering the rows of
            `passages`.
        passages: `pair` (ascending), `a_first`, `a_last`, `b_first`, `b_last` (token places).
        documents: of all articles.
    """
    n = len(documents)
    links = (
        _supported(pairs.filter(pl.col("relation").is_in(JOINING)), n)
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


def _supported(links: pl.DataFrame, n: int) -> pl.DataFrame:
    """Without unsure rewrites between groups that hardly anything else links.

    Groups are what the sure links join. Of two retold stories, one link in a hundred is wrong: in
    a story of forty versions there are so many pairs with another that one is bound to be. The
    smaller group needs as many links as half of its articles.
    """
    unsure = (links["relation"] == "rewrite") & (links["probability"] < _SURE)
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    sure = ~unsure.to_numpy()
    group = components(n, a[sure], b[sure])
    sizes = np.bincount(group, minlength=n)
    x, y = np.minimum(group[a], group[b]), np.maximum(group[a], group[b])
    _, number, counts = np.unique((x << 32) | y, return_inverse=True, return_counts=True)
    enough = 2 * counts[number] >= np.minimum(sizes[x], sizes[y])
    return links.filter(pl.Series(sure | enough, dtype=pl.Boolean()))


def _held(links: pl.DataFrame, of: I64) -> pl.DataFrame:
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    return links.select("pair").with_columns(
        story=pl.Series(of[a] if len(a) else np.empty(0, np.int64), dtype=pl.Int64()),
        bridge=pl.Series(bridges(len(of), a, b), dtype=pl.Boolean()),
    )


def _joined(links: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> tuple[I64, I64]:
    """[links] the joined links' name, and [n] the name of the links an article belongs to."""
    document, link, start, stop = _spans(links, passages, documents)
    # An end is one link at one document.
    first_of_end = np.flatnonzero(_changes(document) | _changes(link))
    rows, first_end = np.unique(document[first_of_end], return_index=True)
    story_of_link, at_home = join_links(
        np.append(first_end, len(first_of_end)),
        link[first_of_end],
        np.append(first_of_end, len(document)),
        start,
        stop,
        unmasked_sizes(documents)[rows],
        len(links),
    )
    home = np.full(len(documents), -1, np.int64)
    home[rows] = at_home
    return story_of_link, home


def _changes(values: I64) -> Flags:
    """[n] does the value differ from the one before? The first does."""
    changes: Flags = np.diff(values, prepend=-1) != 0
    return changes


def _spans(
    links: pl.DataFrame, passages: pl.DataFrame, documents: Documents
) -> tuple[I64, I64, I64, I64]:
    """What each link covers of its two articles: document, link, start, stop; sorted by these.

    A link without passages (texts shorter than a seed) covers both articles whole.
    """
    numbers, pair = passages["pair"].to_numpy(), links["pair"].to_numpy()
    offsets, places = laid_out(*(np.searchsorted(numbers, pair, s) for s in ("left", "right")))
    bare = np.flatnonzero(np.diff(offsets) == 0)
    link = np.concatenate([np.repeat(np.arange(len(pair)), np.diff(offsets)), bare])
    sides = []
    for side in ("a", "b"):
        row = links[side].to_numpy()
        ways = (("first", documents.offsets[:-1]), ("last", documents.offsets[1:]))
        start, stop = (
            np.concatenate([passages[f"{side}_{end}"].to_numpy()[places], whole[row[bare]]])
            for end, whole in ways
        )
        sides.append((row[link], link, start, stop))
    document, link, start, stop = (np.concatenate(parts) for parts in zip(*sides, strict=True))
    order = np.lexsort((start, link, document))
    return document[order], link[order], start[order], stop[order]


def held_pairs(pairs: pl.DataFrame, stories: Stories, articles: pl.DataFrame) -> pl.DataFrame:
    """The pairs that hold stories together, without their evidence.

    Args:
        pairs: `pair`, a, b (rows), relation, probability, jaccard, both containments.
        stories: what `find_stories` gave for them.
        articles: with `cluster_id`.
    """
    shared = ("relation", "probability", "jaccard", "containment_a", "containment_b")
    held = pairs.select("pair", "a", "b", *shared).join(stories.pairs, on="pair")
    return held.with_columns(cluster_id=pl.lit(articles["cluster_id"]).gather("a"))


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
