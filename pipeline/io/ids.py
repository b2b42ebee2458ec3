"""Article ids: the input's own where it has one, made from content where it hasn't or must be."""

from collections import Counter

import polars as pl
import xxhash

_LONGEST = 512
_NAMED_BY = ("source", "url", "published_at", "title", "text")
_ROW = ("source", "published_at", "title", "author", "url", "text")
# Coarser first: of two equal rows, the one that claims less about its date stays.
_PRECISIONS = ("unknown", "day", "minute", "second")


def content_hash(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """XXH3-128 in hex of each row's values; the same on every machine, in every version."""
    values = [pl.col("published_at").dt.epoch("us").cast(pl.String) if c == "published_at"
              else pl.col(c) for c in columns]  # fmt: skip
    # Lengths keep ("ab", "c") apart from ("a", "bc"), and null from "".
    parts = [pl.format("{}:{}", v.str.len_bytes(), v).fill_null("-") for v in values]
    rows = frame.select(pl.concat_str(parts, separator=",")).to_series()
    return pl.Series([xxhash.xxh3_128_hexdigest(row.encode()) for row in rows], dtype=pl.String())


def fill_ids(frame: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """The rows with an id each; unusable ids count as "replaced_ids"."""
    own = pl.col("article_id")
    unusable = (own.str.len_chars() > _LONGEST) | own.str.contains(r"[\x00-\x1f\x7f-\x9f]")
    unusable = unusable.fill_null(value=False)
    counts["replaced_ids"] += frame.select(unusable.sum()).item()
    frame = frame.with_columns(pl.when(~unusable).then(own).alias("article_id"))
    nameless = frame.filter(own.is_null())
    if nameless.is_empty():
        return frame
    made = iter(content_hash(nameless, _NAMED_BY).str.slice(0, 16))
    ids = [next(made) if value is None else value for value in frame["article_id"]]
    return frame.with_columns(pl.Series("article_id", ids, dtype=pl.String()))


def resolve_ids(articles: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Unique ids: equal rows become one, different rows under one id become `id~<8 hex>`.

    A function of the set of rows, not of their order. Adds to `counts` "duplicate_rows" and
    "renamed_ids".
    """
    shared = pl.col("article_id").is_duplicated()
    rest, clash = articles.filter(~shared), articles.filter(shared)
    if not clash.is_empty():
        clash = clash.with_columns(content_hash(clash, _ROW).alias("hash"))
        order = pl.col("published_precision").replace_strict(
            {name: rank for rank, name in enumerate(_PRECISIONS)}, return_dtype=pl.Int8
        )
        unique = clash.sort(order).unique(["article_id", "hash"], keep="first", maintain_order=True)
        counts["duplicate_rows"] += clash.height - unique.height
        counts["renamed_ids"] += unique.select(shared.sum()).item()
        rest = pl.concat([rest, _renamed(unique, set(rest["article_id"]))])
    return rest.sort("article_id")


def _renamed(unique: pl.DataFrame, taken: set[str]) -> pl.DataFrame:
    shared = pl.col("article_id").is_duplicated()
    for length in (8, 32):
        longer = pl.format("{}~{}", "article_id", pl.col("hash").str.slice(0, length))
        ids = unique.select(pl.when(shared).then(longer).otherwise("article_id")).to_series()
        if ids.is_unique().all() and taken.isdisjoint(ids):
            break
    return unique.with_columns(ids.alias("article_id")).drop("hash")
