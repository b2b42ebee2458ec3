"""Which articles link to which."""

from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.documents import I64, U64
from pipeline.stages.addresses import page_address
from pipeline.stages.articles import Articles
from pipeline.stages.spread import Spread, joined
from pipeline.stages.strings import batches, pieces

_LINK = r"(?i)(?:https?://|www\.)[^\s<>\"'“”‘’)\]}|\\^`]{4,2000}"
# A front page that is stored day by day has thousands of versions, and as many articles may link to
# it: of all pairs of these, none tells more than the first.
_VERSIONS = 100
_ROWS = pl.Schema({"row": pl.Int64(), "target": pl.Int64(), "detail": pl.String()})
_FOUND = pl.Schema({name: pl.String() for name in ("article_id", "target_id", "detail")})


class _Pages(NamedTuple):
    """Hashes of the articles' addresses, ascending, and whose they are."""

    hashes: U64
    rows: I64


class Links(NamedTuple):
    """Which articles link to which.

    Attributes:
        found: article_id, target_id, detail (the address as it stands), sorted by the first two.
        cut: how many links more there are to addresses with too many versions.
    """

    found: pl.DataFrame
    cut: int


def find_links(articles: Articles, batch: int = 2000, spread: Spread = map) -> Links:
    """Addresses in an article's text that are another article's.

    An address counts without scheme, www., fragment, tracking parameters and last slash. The
    articles of one address (its versions) are targets, of more than 100 those with the smallest
    ids; links to the article's own address are not.

    Args:
        articles: of which only ids, addresses and texts matter.
        batch: articles read at once, fewer where they are long; changes nothing but memory and
            speed.
        spread: runs the batches.

    Example:
        >>> from pipeline.stages.articles import articles_of
        >>> columns = ("article_id", "source", "title", "author", "url", "text")
        >>> dump = pl.DataFrame([
        ...     ("a", "X", "", "", "https://x.org/1", "First."),
        ...     ("b", "Y", "", "", "https://y.org/2", "See [x](http://www.X.org/1/?utm_source=y)."),
        ... ], columns, orient="row").with_columns(
        ...     published_at=pl.lit(None, pl.Datetime("us", "UTC")),
        ...     published_precision=pl.lit("unknown"),
        ... )
        >>> find_links(articles_of(dump)).found.row(0)
        ('b', 'a', 'http://www.X.org/1/?utm_source=y')
    """
    linking = joined(spread(partial(_linking, articles), batches(articles.text, batch)), np.int64)
    if not len(linking):
        return Links(_FOUND.to_frame(), 0)
    pages = _pages(list(spread(partial(_addresses, articles), batches(articles.url, batch))))
    work = partial(_links, articles, pages)
    parts = list(spread(work, pieces(articles.text, linking, batch)))
    found = pl.concat([_ROWS.to_frame(), *(rows for rows, _ in parts)])
    ids = [
        articles.frame(found[name].to_numpy(), ["article_id"])["article_id"].alias(column)
        for name, column in (("row", "article_id"), ("target", "target_id"))
    ]
    return Links(found.with_columns(ids).select(_FOUND.names()), sum(cut for _, cut in parts))


def _linking(articles: Articles, rows: range) -> I64:
    """The articles whose text may hold an address."""
    text = articles.text.series(rows)
    found = text.str.contains_any(["://", "www."], ascii_case_insensitive=True)
    return np.flatnonzero(found) + rows.start


def _addresses(articles: Articles, rows: range) -> _Pages:
    """The hashes of a batch's own addresses, but for hosts alone."""
    url = pl.DataFrame({"url": articles.url.series(rows)}).with_row_index("row").drop_nulls()
    pages = url.select("row", address=page_address(pl.col("url")))
    pages = pages.filter(pl.col("address").str.contains("/."))
    return _Pages(
        pages["address"].hash().to_numpy(), pages["row"].to_numpy() + np.int64(rows.start)
    )


def _pages(parts: list[_Pages]) -> _Pages:
    hashes = joined((part.hashes for part in parts), np.uint64)
    rows = joined((part.rows for part in parts), np.int64)
    order = np.argsort(hashes, kind="stable")
    return _Pages(hashes[order], rows[order])


def _links(articles: Articles, pages: _Pages, rows: I64) -> tuple[pl.DataFrame, int]:
    """Links of some articles: row, target, detail; and how many are left out."""
    links = _addressed(articles, rows)
    hashes = links["address"].hash().to_numpy()
    low = np.searchsorted(pages.hashes, hashes)
    versions = np.searchsorted(pages.hashes, hashes, side="right") - low
    counts = np.minimum(versions, _VERSIONS)
    each = np.repeat(np.arange(len(counts)), counts)
    behind = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
    target = pages.rows[low[each] + behind]
    there = articles.frame(target, ["url"]).select(there=page_address(pl.col("url")))
    found = links[each].with_columns(there["there"], target=pl.Series(target))
    found = found.filter(pl.col("there") == pl.col("address")).sort("row", "target")
    return found.select(_ROWS.names()), int(np.sum(versions - counts))


def _addressed(articles: Articles, rows: I64) -> pl.DataFrame:
    """The addresses in some articles, other than their own: row, detail, address; each once."""
    texts = articles.frame(rows, ["text", "url"])
    links = texts.select(
        row=pl.Series(rows),
        own=page_address(pl.col("url")),
        detail=pl.col("text").str.extract_all(_LINK),
    ).explode("detail")
    return (
        links.with_columns(detail=pl.col("detail").str.strip_chars_end(".,;:!?*_"))
        .with_columns(address=page_address(pl.col("detail")))
        .filter(pl.col("address").ne_missing(pl.col("own")))
        .drop_nulls("address")
        .unique(("row", "address"), keep="first", maintain_order=True)
    )
