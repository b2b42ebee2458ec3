"""Signals: named log-odds with their detail, collected into a table's `evidence` column."""

import polars as pl

from pipeline.tables import EVIDENCE

_ROW = EVIDENCE.inner


def signal(name: str, detail: pl.Expr, log_odds: pl.Expr, when: pl.Expr) -> pl.Expr:
    """One item of evidence where `when` holds, null elsewhere."""
    item = pl.struct(
        signal=pl.lit(name), detail=detail.cast(pl.String()), log_odds=log_odds.round(3)
    ).cast(_ROW)
    return pl.when(when).then(item).otherwise(pl.lit(None, dtype=_ROW))


def collected(*signals: pl.Expr) -> pl.Expr:
    """The signals that hold, in order, as one list."""
    return pl.concat_list(*signals).list.drop_nulls()
