"""Publication dates as dumps spell them: to UTC, each with the precision that it really has.

The common spellings are matched by regular expressions over the distinct values of a column;
what is left goes to python-dateutil, twice, with two different sets of defaults, so that a field
which the value doesn't name is noticed and never filled in from today's date.
"""

from datetime import datetime

import polars as pl

from pipeline.config import Read
from pipeline.io.odd_dates import MONTHS, ZONES, parse_odd
from pipeline.tables import TIME

UNREADABLE = "unreadable"
OUT_OF_RANGE = "out_of_range"
PARSED = pl.Schema(
    {
        "published_at": TIME,
        "published_precision": pl.String(),
        "midnight": pl.Boolean(),
        "date_problem": pl.String(),
    }
)

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+)?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_OFFSET = r"[+-]\d{1,2}(?::?\d{2})?"
_TIME = (
    r"(?:(?:\s*[t,]\s*|\s+)(?:at\s+)?(?P<h>\d{1,2}):(?P<mi>\d{2})"
    r"(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<half>[ap]m)?"
    rf"\s*(?P<zone>{_OFFSET}|[a-z]{{1,5}}(?:{_OFFSET})?)?)?$"
)
_SPELLINGS = (
    r"^(?P<y>\d{4})-(?P<mo>\d{2})-(?P<d>\d{2})" + _TIME,
    r"^(?P<y>\d{4})/(?P<mo>\d{1,2})/(?P<d>\d{1,2})" + _TIME,
    r"^(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})(?:t?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?(?P<zone>z)?)?$",
    rf"^{_WEEKDAY}{_DAY}[\s-]+{_MONTH}[\s,-]+(?P<y>\d{{4}}|\d{{2}})" + _TIME,
    rf"^{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<y>\d{{4}})" + _TIME,
    r"^(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<y>\d{4}|\d{2})" + _TIME,
)
_PLAIN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z?$"
_PARTS = ("y", "mo", "month", "d", "first", "second", "h", "mi", "s", "f", "half", "zone")
# Digits before the point → microseconds per unit: seconds, milli-, micro-, nanoseconds since 1970.
_EPOCHS = ((r"^-?\d{9,11}(?:\.\d+)?$", 1e6), (r"^-?\d{12,14}(?:\.\d+)?$", 1e3),
           (r"^-?\d{15,17}$", 1.0), (r"^-?\d{18,19}$", 1e-3))  # fmt: skip


def parse_dates(values: pl.Series, options: Read) -> pl.DataFrame:
    """The dates that strings spell.

    A date that lacks its year, month or day is unreadable: 7/23 names no year. A value without a
    zone is taken as UTC; one with a zone nobody knows keeps only its day.

    Args:
        values: strings, or null where there is no date.
        options: `day_first`, `earliest_date` and `latest_date` are heeded.

    Returns:
        One row per value, with the columns of `PARSED`. `midnight`: the value names the time
        00:00:00, in UTC or without a zone. `date_problem`: "unreadable", "out_of_range" or null.

    Example:
        >>> parse_dates(pl.Series(["Tue, 04 Mar 2025 09:15:00 EST", "7/23"]), Read()).row(0)[:2]
        (datetime.datetime(2025, 3, 4, 14, 15, tzinfo=zoneinfo.ZoneInfo(key='UTC')), 'second')
    """
    raw = values.cast(pl.String).alias("raw")
    unique = raw.drop_nulls().unique(maintain_order=True)
    parsed = _within(_parse_unique(unique, options), options)
    joined = raw.to_frame().join(parsed, on="raw", how="left", maintain_order="left")
    return joined.select(
        "published_at",
        pl.col("published_precision").fill_null("unknown"),
        pl.col("midnight").fill_null(value=False),
        "date_problem",
    )


def _parse_unique(unique: pl.Series, options: Read) -> pl.DataFrame:
    """Rows of `raw`, published_at, published_precision, midnight; null dates where unreadable."""
    plain, rest = _match_plain(unique)
    tidy = pl.DataFrame({"raw": rest, "value": _tidied(rest)})
    spelled, left = _match_spellings(tidy)
    known = _assemble(spelled, options)
    epochs, left = _match_epochs(left)
    odd = pl.DataFrame(
        [(raw, *parse_odd(value, options)) for raw, value in left.iter_rows()],
        schema={"raw": pl.String(), **known.schema} | {"published_at": pl.Datetime("us")},
        orient="row",
    ).with_columns(pl.col("published_at").dt.replace_time_zone("UTC"))
    return pl.concat([plain, known, epochs, odd])


def _match_plain(unique: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The values that are spelled as machines do, which is most, and the others."""
    found = pl.DataFrame({"raw": unique}).filter(pl.col("raw").str.contains(_PLAIN))
    stamp = pl.col("raw").str.strip_suffix("Z").str.replace(" ", "T", literal=True)
    at = stamp.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    found = found.select(
        "raw",
        at.dt.replace_time_zone("UTC").alias("published_at"),
        pl.lit("second").alias("published_precision"),
        (at.dt.time() == datetime.min.time()).alias("midnight"),
    ).drop_nulls("published_at")
    return found, unique.filter(~unique.is_in(found["raw"].implode()))


def _tidied(unique: pl.Series) -> pl.Series:
    """Lower case, single spaces, "a.m." as "am", without a comment like "(UTC)" at the end."""
    return (
        unique.str.slice(0, 100)
        .str.to_lowercase()
        .str.replace_all(r"\s+", " ")
        .str.replace(r"\s*\([^()]*\)\s*$", "")
        .str.replace(r"\b([ap])\.m\.", "${1}m")
        .str.strip_chars()
    )


def _match_spellings(tidy: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The values' parts as strings, and the values that no spelling fits."""
    found = []
    for spelling in _SPELLINGS:
        # \d would match the digits of every script, which a cast to a number refuses.
        pattern = spelling.replace(r"\d", "[0-9]")
        parts = tidy.with_columns(pl.col("value").str.extract_groups(pattern).alias("parts"))
        named = pl.col("parts").struct.field("y")
        fits = parts.filter(named.is_not_null()).drop("value").unnest("parts")
        absent = [pl.lit(None, pl.String()).alias(p) for p in _PARTS if p not in fits.columns]
        found.append(fits.with_columns(absent).select("raw", *_PARTS))
        tidy = parts.filter(named.is_null()).select("raw", "value")
    return pl.concat(found), tidy


def _assemble(parts: pl.DataFrame, options: Read) -> pl.DataFrame:
    hour, half = pl.col("h").cast(pl.Int32), pl.col("half")
    hour24 = pl.when(half.is_null()).then(hour).when(hour.is_between(1, 12)).then(
        hour % 12 + pl.when(half == "pm").then(12).otherwise(0)
    )  # fmt: skip
    stamp = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        _year(options), _two(_month(options)), _two(_day_of_month(options)),
        _two(pl.when(pl.col("h").is_null()).then(0).otherwise(hour24)),
        pl.col("mi").fill_null("00"), pl.col("s").fill_null("00"),
        (pl.col("f").fill_null("") + "000000").str.slice(0, 6),
    )  # fmt: skip
    local = stamp.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return parts.select("raw", local.alias("local"), "h", "s", _offset().alias("offset")).select(
        "raw", *_settle_zone()
    )


def _settle_zone() -> list[pl.Expr]:
    """UTC time, precision and midnight from local time and offset (null: an unknown zone)."""
    local, offset = pl.col("local"), pl.col("offset")
    is_day = pl.col("h").is_null() | offset.is_null()
    utc = local - pl.duration(minutes=offset.fill_null(0))
    precision = pl.when(pl.col("s").is_null()).then(pl.lit("minute")).otherwise(pl.lit("second"))
    at_midnight = (local.dt.time() == datetime.min.time()) & (offset == 0)
    return [
        pl.when(is_day).then(local.dt.truncate("1d")).otherwise(utc)
        .dt.replace_time_zone("UTC").alias("published_at"),
        pl.when(is_day).then(pl.lit("day")).otherwise(precision).alias("published_precision"),
        (at_midnight & ~is_day).fill_null(value=False).alias("midnight"),
    ]  # fmt: skip


def _year(options: Read) -> pl.Expr:
    # A century is chosen by the range of dates allowed, never by today's date.
    year = pl.col("y").cast(pl.Int32)
    recent = pl.when(year + 2000 <= options.latest_date.year).then(2000).otherwise(1900)
    full = pl.when(pl.col("y").str.len_chars() == 2).then(year + recent).otherwise(year)
    return full.cast(pl.String).str.zfill(4)


def _month(options: Read) -> pl.Expr:
    named = pl.col("month").str.slice(0, 3).replace_strict(MONTHS, default=None)
    return pl.coalesce(named, pl.col("mo").cast(pl.Int32), _numeric(options, month=True))


def _day_of_month(options: Read) -> pl.Expr:
    return pl.coalesce(pl.col("d").cast(pl.Int32), _numeric(options, month=False))


def _numeric(options: Read, *, month: bool) -> pl.Expr:
    """Month or day of 9/16/17; the order is turned round where the month would be over 12."""
    first, second = (pl.col(c).cast(pl.Int32) for c in ("first", "second"))
    as_month, as_day = (second, first) if options.day_first else (first, second)
    turned = (as_month > 12) & (as_day <= 12)
    right, wrong = (as_month, as_day) if month else (as_day, as_month)
    return pl.when(turned).then(wrong).otherwise(right)


def _two(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).str.zfill(2)


def _offset() -> pl.Expr:
    """Minutes east of UTC; 0 without a zone; null for a zone that is unknown or impossible."""
    zone = pl.col("zone").fill_null("z")
    hours = zone.str.extract(r"[+-](\d{1,2})").cast(pl.Int32)
    minutes = zone.str.extract(r"[+-]\d{1,2}:?(\d{2})$").cast(pl.Int32).fill_null(0)
    sign = pl.when(zone.str.contains("-", literal=True)).then(-1).otherwise(1)
    possible = zone.str.contains(r"^(?:gmt|utc|z)?[+-]") & (hours <= 14) & (minutes <= 59)
    numeric = pl.when(possible).then(sign * (hours * 60 + minutes))
    return pl.coalesce(numeric, zone.replace_strict(ZONES, default=None, return_dtype=pl.Int32))


def _match_epochs(left: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    number = pl.col("value").cast(pl.Float64, strict=False)
    whole = pl.col("value").cast(pl.Int64, strict=False)
    micros = pl.lit(None, pl.Int64())
    for pattern, scale in _EPOCHS:
        scaled = whole * int(scale) if scale >= 1 else whole // 1000
        exact = pl.coalesce(scaled, (number * scale).round().cast(pl.Int64, strict=False))
        fits = pl.col("value").str.contains(pattern.replace(r"\d", "[0-9]"))
        micros = pl.when(fits).then(exact).otherwise(micros)
    left = left.with_columns(micros.cast(TIME).alias("published_at"))
    epochs = left.filter(pl.col("published_at").is_not_null()).select(
        "raw",
        "published_at",
        pl.lit("second").alias("published_precision"),
        (pl.col("published_at").dt.truncate("1d") == pl.col("published_at")).alias("midnight"),
    )
    return epochs, left.filter(pl.col("published_at").is_null()).select("raw", "value")


def _within(parsed: pl.DataFrame, options: Read) -> pl.DataFrame:
    """Dates outside the range become null, and every null date says why."""
    at = pl.col("published_at")
    inside = at.dt.date().is_between(options.earliest_date, options.latest_date)
    problem = pl.when(at.is_null()).then(pl.lit(UNREADABLE)).when(~inside).then(
        pl.lit(OUT_OF_RANGE)
    )  # fmt: skip
    return parsed.with_columns(problem.alias("date_problem")).with_columns(
        pl.when(inside).then(at).alias("published_at"),
        pl.when(inside).then(pl.col("published_precision")).alias("published_precision"),
        (pl.col("midnight") & inside).fill_null(value=False).alias("midnight"),
    )
