"""Which articles link to which."""

from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.documents import I64, U64
from pipeline.stages.addresses import page_address
from pipeline.stages.articles import Articles
from pipeline.stages.spread import Spread, joined, ranges

_LINK = r"(?i)(?:https?://|www\.)[^\s<>\"'“”‘’)\]}|\\^`]{4,2000}"
_ROWS = pl.Schema({"row": pl.Int64(), "target": pl.Int64(), "detail": pl.String()})
_FOUND = pl.Schema({name: pl.String() for name in ("article_id", "target_id", "detail")})


class _Pages(NamedTuple):
    """Hashes of the articles' addresses, ascending, and whose they are."""

    hashes: U64
    rows: I64


def find_links(articles: Articles, batch: int = 2000, spread: Spread = map) -> pl.DataFrame:
    """Addresses in an article's text that are another article's.

    An address counts without scheme, www., fragment, tracking parameters and last slash. All
    articles of one address (its versions) are targets; links to the article's own address are not.

    Args:
        articles: of which only ids, addresses and texts matter.
        batch: articles read at once; changes nothing but memory and speed.
        spread: runs the batches.

    Returns:
        article_id, target_id, detail (the address as it stands), sorted by the first two.

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
        >>> find_links(articles_of(dump)).row(0)
        ('b', 'a', 'http://www.X.org/1/?utm_source=y')
    """
    batches = list(ranges(len(articles), batch))
    linking = joined(spread(partial(_linking, articles), batches), np.int64)
    if not len(linking):
        return _FOUND.to_frame()
    pages = _pages(list(spread(partial(_addresses, articles), batches)))
    work = partial(_links, articles, pages)
    parts = spread(work, (linking[part] for part in map(_slice, ranges(len(linking), batch))))
    found: pl.DataFrame = pl.concat([_ROWS.to_frame(), *parts])
    ids = [
        articles.frame(found[name].to_numpy(), ["article_id"])["article_id"].alias(column)
        for name, column in (("row", "article_id"), ("target", "target_id"))
    ]
    return found.with_columns(ids).select(_FOUND.names())


def _slice(rows: range) -> slice:
    return slice(rows.start, rows.stop)


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


def _links(articles: Articles, pages: _Pages, rows: I64) -> pl.DataFrame:
    """Links of some articles: row, target, detail."""
    texts = articles.frame(rows, ["text", "url"])
    links = (
        texts.select(
            row=pl.Series(rows),
            own=page_address(pl.col("url")),
            detail=pl.col("text").str.extract_all(_LINK),
        )
        .explode("detail")
        .with_columns(detail=pl.col("detail").str.strip_chars_end(".,;:!?*_"))
        .with_columns(address=page_address(pl.col("detail")))
        .filter(pl.col("address").ne_missing(pl.col("own")))
        .drop_nulls("address")
    )
    hashes = links["address"].hash().to_numpy()
    low = np.searchsorted(pages.hashes, hashes)
    counts = np.searchsorted(pages.hashes, hashes, side="right") - low
    each = np.repeat(np.arange(len(counts)), counts)
    behind = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
    target = pages.rows[low[each] + behind]
    there = articles.frame(target, ["url"]).select(there=page_address(pl.col("url")))
    found = links[each].with_columns(there["there"], target=pl.Series(target))
    return (
        found.filter(pl.col("there") == pl.col("address"))
        .unique(("row", "target"), keep="first", maintain_order=True)
        .sort("row", "target")
        .select(_ROWS.names())
    )
