"""The rare spellings of a date, one at a time, by python-dateutil without its guesses."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from dateutil import parser

from pipeline.config import Read

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
# Minutes east of UTC. Names that mean several zones (IST) are left out.
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420,
}  # fmt: skip

# What has neither a year of four digits nor a month's name beside numbers is never a date:
# dateutil would read "1 2 3" as one.
_NAME = "|".join(MONTHS)
_PLAUSIBLE = re.compile(rf"\b\d{{4}}\b|\b\d{{1,2}}\b.*\b(?:{_NAME})[a-z]*\W+\d{{2}}\b", re.ASCII)
_HOPELESS = re.compile(r"[\d\W]*|\d{4}-w?\d{2,3}(-\d)?", re.ASCII)
# Two moments that differ in every field: a field that follows the default isn't in the value.
_DEFAULTS = (datetime(2001, 1, 1), datetime(2004, 2, 2, 1, 1, 1))
_FAILURES = (ValueError, ArithmeticError, TypeError, LookupError, AttributeError)


class _Spelling(parser.parserinfo):  # type: ignore[misc]
    """dateutil's words, with a century that doesn't depend on today's date."""

    def __init__(self, options: Read) -> None:
        super().__init__(dayfirst=options.day_first)
        self.latest = options.latest_date.year

    def convertyear(self, year: int, century_specified: bool = False) -> int:
        if year >= 100 or century_specified:
            return year
        return year + (2000 if year + 2000 <= self.latest else 1900)


def parse_odd(value: str, options: Read) -> tuple[datetime | None, str, bool]:
    """A date in an unusual spelling, as naive UTC, its precision, and whether it's midnight.

    Args:
        value: the spelling, in lower case, not longer than about a hundred characters.
        options: `day_first` and `latest_date` are heeded.

    Returns:
        (None, "unknown", False) if the value doesn't name a year, month and day that exist.
    """
    nothing = (None, "unknown", False)
    if _HOPELESS.fullmatch(value) or not _PLAUSIBLE.search(value):
        return nothing
    try:
        first, zone = _parse(value, _DEFAULTS[0], options)
        second, _ = _parse(value, _DEFAULTS[1], options)
    except _FAILURES:
        return nothing
    if first.date() != second.date():
        return nothing
    if (first.hour, first.minute) != (second.hour, second.minute) or zone is None:
        return datetime(first.year, first.month, first.day), "day", False
    precision = "second" if first.second == second.second else "minute"
    midnight = zone == timedelta() and (first.hour, first.minute, first.second) == (0, 0, 0)
    try:
        return first - zone, precision, midnight
    except OverflowError:
        return nothing


def _parse(value: str, default: datetime, options: Read) -> tuple[datetime, timedelta | None]:
    """The naive local time and its offset from UTC; no offset if the zone is unknown."""
    unknown: list[str] = []

    def zone_of(name: str | None, offset: int | None) -> tzinfo:
        if offset is not None:
            return timezone(timedelta(seconds=offset))
        if name is not None and name.lower() not in ZONES:
            unknown.append(name)
        return timezone(timedelta(minutes=ZONES.get((name or "z").lower(), 0)))

    parsed = parser.parse(value, _Spelling(options), default=default, tzinfos=zone_of)
    offset = parsed.replace(tzinfo=parsed.tzinfo or UTC).utcoffset()
    return parsed.replace(tzinfo=None), None if unknown else offset
