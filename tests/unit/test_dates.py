"""Dates in the spellings of real dumps: the right moment, the right precision, never a guess."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Read
from pipeline.io.dates import parse_dates
from pipeline.io.odd_dates import parse_odd

READ = Read()


def parse(value: str | None, options: Read = READ) -> tuple[str | None, str]:
    at, precision, _, _ = parse_dates(pl.Series([value], dtype=pl.String), options).row(0)
    return at and at.strftime("%Y-%m-%d %H:%M:%S"), precision


@pytest.mark.parametrize(
    ("value", "expected", "precision"),
    [
        ("2019-11-12", "2019-11-12 00:00:00", "day"),
        ("2019-11-12T10:30", "2019-11-12 10:30:00", "minute"),
        ("2019-11-12 10:30:11.123456789+0530", "2019-11-12 05:00:11", "second"),
        ("20191112", "2019-11-12 00:00:00", "day"),
        ("20191112103011", "2019-11-12 10:30:11", "second"),
        ("1573554600", "2019-11-12 10:30:00", "second"),
        ("1573554600123", "2019-11-12 10:30:00", "second"),
        ("9/16/17", "2017-09-16 00:00:00", "day"),
        ("13/5/2017", "2017-05-13 00:00:00", "day"),
        ("12/31/69", "1969-12-31 00:00:00", "day"),
        ("3/4/2025 1:15:22 PM", "2025-03-04 13:15:22", "second"),
        ("March 4, 2025", "2025-03-04 00:00:00", "day"),
        ("4 March 2025 09:15", "2025-03-04 09:15:00", "minute"),
        ("Tue, 04 Mar 2025 09:15:00 GMT", "2025-03-04 09:15:00", "second"),
        ("Tue, 04 Mar 25 09:15:00 PDT", "2025-03-04 16:15:00", "second"),
        ("Nov. 12, 2019 at 9:15 a.m. EST", "2019-11-12 14:15:00", "minute"),
        ("Tue Mar 04 2025 09:15:00 GMT+0100 (CET)", "2025-03-04 08:15:00", "second"),
        ("Mon Nov 11 10:30:00 2019", "2019-11-11 10:30:00", "second"),
        ("Tuesday 12th of November 2019", "2019-11-12 00:00:00", "day"),
        # A zone that nobody knows, or that can't be, leaves the day.
        ("Nov 12 2019 23:30 IST", "2019-11-12 00:00:00", "day"),
        ("2019-11-12T10:30:00+99:00", "2019-11-12 00:00:00", "day"),
    ],
)
def test_readable(value, expected, precision):
    assert parse(value) == (expected, precision)


@pytest.mark.parametrize(
    "value",
    [
        "7/23", "2019-11", "2019", "Tuesday", "10:30", "noon", "November 2019", "12 Nov", "1 2 3",
        "2020-02-30", "2019-13-13", "31/31/2019", "2019-11-12T24:00:00", "2019-11-12 10:61",
        "2019-W46-2", "2019-316", "13:15 pm 3/4/2025", "99999999999999999999",
        "\u0662\u0660\u0661\u0669-\u0661\u0661-\u0661\u0662",
        "-1", "0", "NaN", "null", "n/a", "today", "yesterday", "\0", "1e400", "infinity 2019",
        "0000-00-00", "2019-11-12 " * 50,
    ],
)  # fmt: skip
def test_unreadable(value):
    assert parse_dates(pl.Series([value]), READ).row(0) == (None, "unknown", False, "unreadable")


@pytest.mark.parametrize("value", ["0001-01-01", "0000-01-01", "9999-12-31", "2050-06-01"])
def test_out_of_range(value):
    assert parse_dates(pl.Series([value]), READ).row(0) == (None, "unknown", False, "out_of_range")


def test_overflowing_offsets_are_out_of_range():
    values = pl.Series(["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
    assert set(parse_dates(values, READ)["date_problem"]) == {"out_of_range"}


def test_blank_is_no_problem():
    assert parse_dates(pl.Series([None], dtype=pl.String), READ)["date_problem"].to_list() == [None]


def test_day_first():
    assert parse("3/4/2025", Read(day_first=True)) == ("2025-04-03 00:00:00", "day")
    assert parse("3/14/2025", Read(day_first=True)) == ("2025-03-14 00:00:00", "day")


def test_the_range_is_a_knob_and_chooses_the_century():
    options = Read(earliest_date=date(1940, 1, 1), latest_date=date(2000, 12, 31))
    assert parse("9/16/45", options) == ("1945-09-16 00:00:00", "day")
    assert parse("2001-01-01", options) == (None, "unknown")


SPELLINGS = {
    "%Y-%m-%d": "day", "%Y/%m/%d": "day", "%m/%d/%Y": "day", "%d %B %Y": "day", "%B %d, %Y": "day",
    "%b. %d, %Y": "day", "%A, %B %d, %Y": "day", "%d-%b-%Y": "day", "%Y%m%d": "day",
    "%Y-%m-%dT%H:%M": "minute", "%d %b %Y %H:%M": "minute", "%m/%d/%Y %I:%M %p": "minute",
    "%B %d, %Y at %I:%M %p UTC": "minute", "%Y-%m-%d %H:%M:%S": "second",
    "%Y-%m-%dT%H:%M:%SZ": "second", "%Y-%m-%dT%H:%M:%S.%fZ": "second", "%Y%m%d%H%M%S": "second",
    "%a, %d %b %Y %H:%M:%S GMT": "second", "%a %b %d %H:%M:%S %Y": "second",
    "%A, %d %B %Y, %H:%M:%S": "second",
}  # fmt: skip
MOMENTS = st.datetimes(datetime(1700, 1, 1), datetime(2039, 12, 30)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@settings(max_examples=300, deadline=None)
@given(MOMENTS, st.sampled_from(sorted(SPELLINGS)))
def test_what_is_written_is_read(moment, spelling):
    got, precision, _, problem = parse_dates(pl.Series([moment.strftime(spelling)]), READ).row(0)
    kept = {"day": {"hour": 0, "minute": 0, "second": 0}, "minute": {"second": 0}, "second": {}}
    assert (got, precision) == (moment.replace(**kept[SPELLINGS[spelling]]), SPELLINGS[spelling])
    assert problem is None


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_offsets_lead_to_utc(moment, minutes):
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    values = pl.Series([local.isoformat(), format_datetime(local)])
    assert parse_dates(values, READ)["published_at"].to_list() == [moment, moment]


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.sampled_from([1, 1000, 10**6, 10**9]))
def test_epochs(moment, unit):
    seconds = int(moment.timestamp())
    if abs(seconds) >= 10**8:
        got = parse_dates(pl.Series([str(seconds * unit)]), READ)["published_at"][0]
        compact = unit == 1000 and len(str(abs(seconds * unit))) == 12
        assert got == moment or compact


ODD = st.text() | st.text(alphabet="0123456789/-:., TZ+APMapmJanFebMonday", max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(ODD | st.none(), max_size=3))
def test_nothing_raises_or_warns_and_rows_stay_in_place(values):
    frame = parse_dates(pl.Series(values, dtype=pl.String), READ)
    assert frame.height == len(values)
    for value, row in zip(values, frame.iter_rows(), strict=True):
        assert parse_dates(pl.Series([value], dtype=pl.String), READ).row(0) == row
        assert (row[0] is None) == (row[1] == "unknown")


@settings(max_examples=500, deadline=None)
@given(ODD)
def test_the_rare_path_never_raises(value):
    at, precision, _ = parse_odd(value.lower(), READ)
    assert (at is None) == (precision == "unknown")
