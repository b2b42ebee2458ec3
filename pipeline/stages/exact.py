"""Groups of articles with one normalised text."""

import numpy as np
import polars as pl

from pipeline.documents import I64


def identical_groups(articles: pl.DataFrame) -> pl.Series:
    """Each article's representative: the row of the smallest article_id with the same text.

    Args:
        articles: `text_hash`, sorted by article_id.

    Returns:
        [n] rows; later stages work on those that represent themselves.

    Example:
        >>> identical_groups(pl.DataFrame({"text_hash": [7, 9, 7]})).to_list()
        [0, 1, 0]
    """
    rows = articles.select("text_hash").with_row_index("row")
    return rows.select(pl.col("row").min().over("text_hash").cast(pl.Int64()))["row"]


def publication_order(articles: pl.DataFrame) -> I64:
    """[n] each article's place by publication time, then id; undated ones last."""
    rows = articles.with_row_index("row").sort("published_at", "article_id", nulls_last=True)
    order = np.empty(len(rows), np.int64)
    order[rows["row"].to_numpy()] = np.arange(len(rows))
    return order
