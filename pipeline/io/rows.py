"""Raw strings → articles: values tidied, dates read, outlets filled in, unusable rows refused."""

import json
from collections import Counter
from functools import lru_cache

import polars as pl
import tldextract

from pipeline.config import Read
from pipeline.io.batch import RAW
from pipeline.io.dates import OUT_OF_RANGE, UNREADABLE, parse_dates
from pipeline.io.ids import fill_ids
from pipeline.io.jsonl import too_long
from pipeline.io.sources import MEGABYTE
from pipeline.kernels.characters import characters
from pipeline.kernels.wordless import wordless
from pipeline.stages.strings import strings_of
from pipeline.tables import REJECTS, TIME

COLUMNS = ("article_id", "source", "published_at", "published_precision", "title", "author",
           "url", "text")  # fmt: skip
ARTICLE = pl.Schema(
    {"input": pl.String(), "midnight": pl.Boolean()}
    | {name: TIME if name == "published_at" else pl.String() for name in COLUMNS}
)
NO_TEXT = "its text is missing or empty"
NO_WORDS = "its text holds no letters or digits"
_OPTIONAL = tuple(name for name in RAW if name not in ("locator", "text"))
# Keys under which an object names itself; the last two are MongoDB's.
_NAMES = ("name", "$date", "$oid")
_HOST = r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?(?:[^/?#@\s]*@)?([^/?#:@\s]{1,255})"
# The snapshot that ships with the package: no look-ups, no cache folder.
_DOMAINS = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)


def make_articles(
    raw: pl.DataFrame, options: Read, counts: Counter[str], examples: dict[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Articles and rejects of raw rows.

    Args:
        raw: columns `input` and those of `RAW`.
        options: how to read dates, and how long an article may be.
        counts: what was seen is added to it.
        examples: gets the first value of each kind of trouble, with its place.

    Returns:
        A frame of `ARTICLE`, in the order of the rows, and one of `REJECTS`.
    """
    raw = raw.with_columns(_tidy(raw[name]) for name in _OPTIONAL)
    limit = int(options.max_article_mb * MEGABYTE)
    text = pl.col("text")
    reason = (
        pl.when(~text.str.contains(r"\S").fill_null(value=False)).then(pl.lit(NO_TEXT))
        .when(wordless=True).then(pl.lit(NO_WORDS))
        .when(text.str.len_bytes() > limit).then(pl.lit(too_long(options)))
    )  # fmt: skip
    raw = raw.with_columns(_wordless(raw["text"])).with_columns(reason.alias("reason"))
    rejects = raw.filter(pl.col("reason").is_not_null()).select(*REJECTS.columns)
    rows = raw.filter(pl.col("reason").is_null()).drop("wordless")
    dates = parse_dates(rows["published_at"], options)
    _note_dates(rows, dates, counts, examples)
    rows = rows.drop("published_at").hstack(dates.drop("date_problem"))
    rows = fill_ids(_with_source(rows), counts)
    return rows.select(*ARTICLE), rejects


def _wordless(texts: pl.Series) -> pl.Series:
    """Which texts hold no token; most are told from others by their first letter."""
    found = ~texts.str.contains("[A-Za-z0-9]").fill_null(value=True)
    if found.any():
        others = strings_of(texts.filter(found))
        none = pl.Series(wordless(others.data, others.bounds, *characters()))
        found = found.scatter(found.arg_true(), none)
    return found.alias("wordless")


def _tidy(column: pl.Series) -> pl.Series:
    """Without blanks around it, blank as null, a JSON list or object as the names in it."""
    column = column.str.strip_chars()
    column = column.set(column == "", None)
    nested = column.str.contains(r"(?s)^(?:\[.*\]|\{.*\})$").fill_null(value=False)
    if not nested.any():
        return column
    names = {value: _name_in(value) for value in column.filter(nested).unique()}
    return column.replace_strict(names, default=column, return_dtype=pl.String())


def _name_in(value: str) -> str | None:
    try:
        return _flat(json.loads(value, strict=False)) or None
    except (ValueError, RecursionError):
        return value


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return next((_flat(value[key]) for key in _NAMES if value.get(key)), "")
    if isinstance(value, list):
        return ", ".join(name for part in value if (name := _flat(part)))
    return "" if value is None else str(value).strip()


def _note_dates(
    rows: pl.DataFrame, dates: pl.DataFrame, counts: Counter[str], examples: dict[str, str]
) -> None:
    places = rows.select("input", "locator", "published_at").hstack(dates.select("date_problem"))
    for problem in (UNREADABLE, OUT_OF_RANGE):
        found = places.filter(pl.col("date_problem") == problem)
        counts[f"dates_{problem}"] += found.height
        if found.height and problem not in examples:
            label, locator, value, _ = found.row(0)
            examples[problem] = f"{value[:60]!r} in {label} {locator}"


def _with_source(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, those without a source with the registered domain of their URL."""
    host = pl.when(pl.col("source").is_null()).then(pl.col("url").str.extract(_HOST))
    hosts = rows.select(host.str.to_lowercase().alias("host")).to_series()
    domains = {value: _domain(value) for value in hosts.drop_nulls().unique()}
    if not domains:
        return rows
    found = hosts.replace_strict(domains, default=None, return_dtype=pl.String())
    return rows.with_columns(pl.coalesce("source", found.alias("domain")).alias("source"))


@lru_cache(maxsize=1 << 16)
def _domain(host: str) -> str | None:
    try:
        return _DOMAINS(host).top_domain_under_public_suffix or None
    except ValueError:
        return None
