"""Article ids: the input's own where it has one, made from content where it hasn't or must be."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl
import xxhash

from pipeline.documents import I64, U8

_LONGEST = 512
_NAMED_BY = ("source", "url", "published_at", "title", "text")
_ROW = ("source", "published_at", "title", "author", "url", "text")
_BATCH = 4000


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


def row_hashes(frame: pl.DataFrame) -> pl.Series:
    """[n] a hash of all that an article says, but for its id."""
    return content_hash(frame, _ROW)


def resolve_ids(
    ids: pl.Series,
    precisions: U8,
    hashes: Callable[[I64], pl.Series],
    counts: Counter[str],
) -> tuple[I64, pl.Series]:
    """Unique ids: equal rows become one, different rows under one id become `id~<8 hex>`.

    A function of the set of rows, not of their order.

    Args:
        ids: [n] as they came.
        precisions: [n] what each row claims of its date; of equal rows the one with least stays.
        hashes: gives the `row_hashes` of some rows; asked for those that share an id only.
        counts: "duplicate_rows" and "renamed_ids" are added to it.

    Returns:
        the rows that stay, in the order of their ids, and these.
    """
    frame = pl.DataFrame({"article_id": ids}).with_row_index("row")
    shared = ids.is_duplicated()
    rest, clash = frame.filter(~shared), frame.filter(shared)
    if not clash.is_empty():
        rows = clash["row"].to_numpy().astype(np.int64)
        parts = [hashes(rows[at : at + _BATCH]) for at in range(0, len(rows), _BATCH)]
        clash = clash.with_columns(hash=pl.concat(parts), precision=pl.Series(precisions[rows]))
        unique = clash.sort("precision", "row").unique(
            ["article_id", "hash"], keep="first", maintain_order=True
        )
        counts["duplicate_rows"] += clash.height - unique.height
        counts["renamed_ids"] += int(unique["article_id"].is_duplicated().sum())
        renamed = _renamed(unique.drop("precision"), rest["article_id"])
        rest = pl.concat([rest, renamed.select(rest.columns)])
    rest = rest.sort("article_id")
    return rest["row"].to_numpy().astype(np.int64), rest["article_id"]


def _renamed(unique: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    shared = pl.col("article_id").is_duplicated()
    for length in (8, 32):
        longer = pl.format("{}~{}", "article_id", pl.col("hash").str.slice(0, length))
        ids = unique.select(pl.when(shared).then(longer).otherwise("article_id")).to_series()
        if ids.is_unique().all() and not taken.is_in(ids.implode()).any():
            break
    return unique.with_columns(ids.alias("article_id")).drop("hash")
