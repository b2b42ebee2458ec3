"""Signals: named log-odds with their detail, collected into a table's `evidence` column.

The items of all rows are laid out end to end and cut into lists once: a struct that may be null
for every signal and row, and a list of those for every row, cost several times as much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.documents import I64, Flags
from pipeline.stages.spread import ends
from pipeline.tables import EVIDENCE

_FIELDS = ("signal", "detail", "log_odds")


@dataclass(frozen=True)
class Signal:
    """One kind of evidence.

    Attributes:
        name: in the table.
        detail: its text; worked out only in the rows that have the signal.
        log_odds: the column that holds its weight, or the weight itself.
        when: which rows have it.
    """

    name: str
    detail: pl.Expr
    log_odds: str | float
    when: pl.Expr


def collected(rows: pl.DataFrame, *signals: Signal) -> pl.Series:
    """[n] the signals that each row has, in order, as a list."""
    numbered = rows.lazy().with_row_index("row")
    parts = pl.collect_all([_items(numbered, signal) for signal in signals])
    return _lists(
        pl.concat([part.drop("row") for part in parts]),
        [part["row"].to_numpy().astype(np.int64) for part in parts],
        len(rows),
    )


def _items(numbered: pl.LazyFrame, signal: Signal) -> pl.LazyFrame:
    weight = signal.log_odds
    log_odds = pl.col(weight) if isinstance(weight, str) else pl.lit(weight, dtype=pl.Float64())
    return numbered.filter(signal.when).select(
        "row",
        signal=pl.lit(signal.name),
        detail=signal.detail.cast(pl.String()),
        log_odds=log_odds.round(3),
    )


def appended(*columns: pl.Series) -> pl.Series:
    """[n] row by row, the items of several columns of evidence as one list."""
    sizes = [_sizes(column) for column in columns]
    rows = [np.repeat(np.arange(len(size)), size) for size in sizes]
    return _lists(pl.concat([_flat(column) for column in columns]), rows, len(sizes[0]))


def turned(evidence: pl.Series, around: Flags, symmetric: Sequence[str]) -> pl.Series:
    """[n] evidence as seen from the other side in the rows to turn around.

    Args:
        evidence: [n] lists.
        around: [n] which to turn.
        symmetric: names of the signals that mean the same from either side.
    """
    sizes = _sizes(evidence)
    flips = pl.Series(np.repeat(around, sizes)) & ~pl.col("signal").is_in(symmetric)
    items = _flat(evidence).with_columns(
        log_odds=pl.col("log_odds") * pl.when(flips).then(-1.0).otherwise(1.0)
    )
    return _cut(items.to_struct("evidence"), sizes)


def _sizes(evidence: pl.Series) -> I64:
    return evidence.list.len().cast(pl.Int64()).to_numpy()


def _flat(evidence: pl.Series) -> pl.DataFrame:
    return evidence.explode(empty_as_null=False).struct.unnest()


def _lists(items: pl.DataFrame, rows: Sequence[I64], n: int) -> pl.Series:
    """Several runs of items, each with the rows they belong to, ascending, as one list per row."""
    counts = [np.bincount(run, minlength=n) for run in rows]
    total: I64 = np.add.reduce(counts)
    free = ends(total)[:-1]
    order, done = np.empty(len(items), np.int64), 0
    for run, count in zip(rows, counts, strict=True):
        places = (free - ends(count)[:-1])[run] + np.arange(len(run))
        order[places] = np.arange(done, done + len(run))
        free = free + count
        done += len(run)
    flat = items.select(pl.col(_FIELDS).gather(pl.Series(order)))
    return _cut(flat.to_struct("evidence"), total)


def _cut(items: pl.Series, counts: I64) -> pl.Series:
    """Consecutive items as lists of these lengths."""
    filled = np.flatnonzero(counts)
    keys = pl.Series("row", np.repeat(filled, counts[filled])).set_sorted()
    lists = (
        pl.DataFrame([keys, items.cast(EVIDENCE.inner)])
        .group_by("row", maintain_order=True)
        .agg("evidence")
    )
    if len(filled) < len(counts):
        every = pl.DataFrame({"row": np.arange(len(counts))})
        lists = every.join(lists, on="row", how="left", maintain_order="left").with_columns(
            pl.col("evidence").fill_null(pl.lit([], dtype=EVIDENCE))
        )
    return lists["evidence"]
