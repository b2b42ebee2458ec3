"""Pairs that a user wants compared: read from CSV or Parquet."""

from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.io.columns import short
from pipeline.io.headers import check_header, listed, separator_hint

_IDS = ("a_id", "b_id")


def read_pairs(path: Path) -> pl.DataFrame:
    """a_id < b_id of a table with these two columns, in either order; each pair once.

    Raises:
        InputError: no such file, a column missing, an id missing, or an article beside itself.
    """
    raw = _read(path)
    missing = [name for name in _IDS if name not in raw.columns]
    if missing:
        raise InputError(
            f"pairs {path}: column {', '.join(missing)} missing; it has "
            f"{listed(raw.columns)}; name the two columns a_id and b_id"
            f"{separator_hint(raw.columns)}"
        )
    rows = raw.select(pl.col(_IDS).cast(pl.String())).with_row_index("row", offset=1)
    blank = rows.filter(pl.any_horizontal(pl.col(_IDS).fill_null("").str.strip_chars() == ""))
    if len(blank):
        raise InputError(f"pairs {path}, row {blank['row'][0]}: an id is missing")
    same = rows.filter(pl.col("a_id") == pl.col("b_id"))
    if len(same):
        raise InputError(
            f"pairs {path}, row {same['row'][0]}: '{short(same['a_id'][0])}' stands beside itself"
        )
    if rows.is_empty():
        raise InputError(f"pairs {path}: has no rows")
    ends = {"a_id": pl.min_horizontal(_IDS), "b_id": pl.max_horizontal(_IDS)}
    return rows.select(**ends).unique().sort(_IDS)


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path, glob=False)
        raw = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise InputError(f"pairs {path}: no such file") from None
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"pairs {path}: not a readable CSV or Parquet file: {reason}") from error
    check_header(raw.columns, f"pairs {path}")
    return raw
