"""What every reader gives: rows as strings, each with its place, and the rows it refused."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.io.columns import FIELDS

RAW = pl.Schema({"locator": pl.String()} | {field: pl.String() for field in FIELDS})
WHOLE = "file"
BYTES = 64 << 20  # of text that is held at a time, about
NOT_TEXT = "its text is not a string"
Reject = tuple[str, str]
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Batch:
    """Some rows of one input.

    Attributes:
        frame: columns of `RAW`.
        rejects: (locator, reason) of rows that can't be used.
        replaced: characters that were no characters and became U+FFFD.
    """

    frame: pl.DataFrame
    rejects: tuple[Reject, ...] = ()
    replaced: int = 0


def refused(locator: str, reason: str) -> Batch:
    """A batch of no rows and one reject."""
    return Batch(RAW.to_frame(), ((locator, reason),))


def text_bytes(frame: pl.DataFrame) -> pl.Series:
    """Bytes of each row's text."""
    return frame["text"].str.len_bytes().fill_null(0).cast(pl.Int64())


def as_string(value: object) -> str | None:
    """A JSON value as a string; lists and objects stay JSON, to be read where they're needed."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def pick(row: Mapping[str, Any], columns: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Each field's value: of its columns, the first that isn't blank."""
    return {
        field: next((v for name in names if not _blank(v := row.get(name))), None)
        for field, names in columns.items()
    }


def first_filled(field: str, names: list[str]) -> pl.Expr:
    """Of several columns the first that isn't blank; what `pick` does, for a frame."""
    if len(names) < 2:
        return (pl.col(names[0]) if names else pl.lit(None, pl.String())).alias(field)
    filled = [pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name)) for name in names]
    return pl.coalesce(filled).alias(field)


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def from_rows(rows: Iterable[tuple[str, Mapping[str, Any]]], rejects: Iterable[Reject]) -> Batch:
    """A batch from Python values, one (locator, field → value) per row."""
    bad, kept, replaced = list(rejects), [], 0
    for locator, row in rows:
        text = row.get("text")
        if text is not None and not isinstance(text, str):
            bad.append((locator, NOT_TEXT))
            continue
        values = [as_string(row.get(field)) for field in FIELDS]
        mended = [mend(value) if value else (value, 0) for value in values]
        replaced += sum(count for _, count in mended)
        kept.append((locator, *(value for value, _ in mended)))
    return Batch(pl.DataFrame(kept, schema=RAW, orient="row"), tuple(bad), replaced)


def mend(text: str) -> tuple[str, int]:
    """The text with U+FFFD for what stands for no character, and how often that was."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.subn("\ufffd", text)
    return text, 0


def decode(data: bytes) -> str:
    """Bytes as text; a byte that isn't UTF-8 is kept as a surrogate, for `mend` to count."""
    return data.decode("utf-8", "surrogateescape")
