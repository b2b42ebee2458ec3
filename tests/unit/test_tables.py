"""Declarations of tables hold what is written to them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import TableError
from pipeline.tables import FLOWS_WEEKLY, RELATIONS, TABLES, Column, Table

SAMPLE = Table(
    "sample",
    ("name", "number"),
    "A table.",
    {
        "name": Column(pl.String(), "a name"),
        "number": Column(pl.Int64(), "a number"),
        "at": Column(pl.Datetime("us", "UTC"), "a time", nullable=True),
    },
)
ROWS = {
    "name": ["b", "a", "a"],
    "number": [1, 2, 1],
    "at": pl.Series([None, datetime(2025, 3, 1, tzinfo=UTC), None], dtype=pl.Datetime("us", "UTC")),
}


def frame(**changes):
    return pl.DataFrame(ROWS | changes)


def test_rows_are_sorted_by_the_key_and_columns_put_in_order():
    checked = SAMPLE.check(frame(extra=[1, 2, 3]).select("extra", "at", "number", "name"))
    assert checked.columns == ["name", "number", "at"]
    assert checked.select("name", "number").rows() == [("a", 1), ("a", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (frame().drop("number"), "sample: columns missing: number"),
        (frame().select("at"), "sample: columns missing: name, number"),
        (frame(number=[1.0, 2.0, 1.0]), r"sample\.number: Float64, not Int64"),
        (frame(number=pl.Series([1, 2, 1], dtype=pl.Int32)), r"sample\.number: Int32"),
        (frame().with_columns(pl.col("at").dt.replace_time_zone(None)), r"sample\.at: Datetime"),
        (frame(name=[None, "a", "a"]), r"sample\.name: null"),
        (frame(number=[1, 1, 1]), "sample: key name, number isn't unique"),
    ],
)
def test_what_breaks_the_declaration_is_an_error(wrong, message):
    with pytest.raises(TableError, match=message):
        SAMPLE.check(wrong)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=8))
def test_a_key_is_unique_or_refused(keys):
    rows = pl.DataFrame(keys, schema={"name": pl.String(), "number": pl.Int64()}, orient="row")
    rows = rows.with_columns(at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    if len(set(keys)) < len(keys):
        with pytest.raises(TableError):
            SAMPLE.check(rows)
    else:
        assert SAMPLE.check(rows).select("name", "number").rows() == sorted(keys)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_is_declared_in_full(table):
    assert set(table.key) <= set(table.columns)
    assert list(table.columns)[: len(table.key)] == list(table.key)
    assert not any(table.columns[name].nullable for name in table.key)
    assert table.about.endswith(".")
    assert all(column.about for column in table.columns.values())
    assert table.check(table.empty()).schema == table.schema


def test_pairs_name_every_relation():
    about = TABLES["pairs"].columns["relation"].about
    assert all(relation in about for relation in RELATIONS)


def test_every_column_of_a_time_says_its_zone():
    for table in TABLES.values():
        for column in table.columns.values():
            if isinstance(column.dtype, pl.Datetime):
                assert column.dtype.time_zone == "UTC"
    assert isinstance(FLOWS_WEEKLY.columns["week"].dtype, pl.Date)


def test_durations_are_whole_microseconds():
    lag = TABLES["flows"].columns["median_lag"].dtype
    assert pl.Series([timedelta(hours=1)]).dtype == lag
