"""JSON lines: Polars reads whole runs of lines; what it refuses or may misread, `json` reads."""

import json
import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from pipeline.config import Read
from pipeline.io.batch import Batch, Reject, decode, first_filled, from_rows, pick, refused
from pipeline.io.columns import FIELDS, ColumnMap
from pipeline.io.lines import Lines, line_runs, utf8
from pipeline.io.sources import MEGABYTE, Source

_KEY = re.compile(rb'"([A-Za-z_][A-Za-z0-9_ -]{0,31})"\s*:')
# Polars makes a string of any value: these texts may have been numbers, booleans, lists, objects.
_MAYBE_NOT_TEXT = r"(?s)^(?:-?[0-9][0-9.eE+-]*|true|false|\[.*\]|\{.*\})$"
# Polars reads a lone surrogate as U+0000, which it escapes inside of lists and objects.
_PLAIN_NESTED = r'^\s*(?:"[^"\\\x00-\x1f]*"|[\[\]{}:,\s]|null|true|false|[0-9.eE+-])*$'
_NULS = ("\0", "\\u0000")
_HEAD = 1 << 16
_SPACE = b" \t\r\n"


def read_jsonl(source: Source, label: str, options: Read) -> Iterator[Batch]:
    """Batches of the objects in a file of one JSON object per line.

    Raises:
        InputError: the file has no text column, or not one that the config maps.
    """
    columns, seen = ColumnMap(options.columns), set[str]()
    limit = int((options.max_article_mb + 1) * MEGABYTE)
    for lines in line_runs(utf8(source.blocks()), limit):
        if lines.data is None:
            yield refused(f"line {lines.first}", too_long(options))
            continue
        if not lines.data.strip(_SPACE):
            continue
        names = _keys(lines.data, columns)
        if not seen:
            seen |= _all_names(lines.data[:_HEAD])
            if not columns.candidates(names)["text"] and (there := _all_names(lines.data)):
                columns.require(sorted(there), label)
        seen |= names
        yield _read_run(lines, names, columns)
    if seen and not set(columns.mapped.values()) <= seen:
        columns.require(sorted(seen), label)


def too_long(options: Read) -> str:
    """Why an article over the limit is refused."""
    return f"longer than {options.max_article_mb:g} MB (read.max_article_mb)"


def _keys(data: bytes, columns: ColumnMap) -> set[str]:
    """Names of the columns in use: those that stand before a colon anywhere in the data."""
    usual = {key.decode() for key in set(_KEY.findall(data))}
    mapped = {n for n in columns.mapped.values() if json.dumps(n).encode() in data
              or json.dumps(n, ensure_ascii=False).encode() in data}  # fmt: skip
    return {name for name in usual if columns.field_of(name)} | mapped


def _all_names(data: bytes) -> set[str]:
    """Names of all columns, for messages: those of the lines that are objects."""
    names: set[str] = set()
    for line in _split(data):
        try:
            value = parse(line)
        except ValueError:
            continue
        names |= value.keys() if isinstance(value, dict) else set()
    return names


def _read_run(lines: Lines, names: set[str], columns: ColumnMap) -> Batch:
    assert lines.data is not None
    schema = {name: pl.String() for name in sorted(names)}
    try:
        frame = pl.read_ndjson(lines.data, schema=schema) if schema else None
    except pl.exceptions.PolarsError:
        frame = None
    if frame is None or frame.height != len(places := _places(lines, frame.height)):
        return _read_slowly(lines, columns)
    chosen = columns.candidates(names)
    frame = frame.select(places, *(first_filled(field, chosen[field]) for field in FIELDS))
    return _reread_doubtful(frame, lines, columns)


def _places(lines: Lines, rows: int) -> pl.Series:
    """Numbers of the lines that aren't blank; there are `rows` of them, or something is wrong."""
    assert lines.data is not None
    numbers = pl.int_range(lines.first, lines.first + lines.count, eager=True).alias("line")
    if lines.count == rows:
        return numbers
    return numbers.filter(pl.Series([bool(x.strip(_SPACE)) for x in _split(lines.data)]))


def _split(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n")


def _reread_doubtful(frame: pl.DataFrame, lines: Lines, columns: ColumnMap) -> Batch:
    assert lines.data is not None
    optional = [name for name in FIELDS if name != "text"]
    nested = [pl.col(name).str.contains(r"^\s*[\[{]") & ~pl.col(name).str.contains(_PLAIN_NESTED)
              for name in optional]  # fmt: skip
    nul = [pl.col(name).str.contains(mark, literal=True) for name in FIELDS for mark in _NULS]
    doubtful = pl.any_horizontal(pl.col("text").str.contains(_MAYBE_NOT_TEXT), *nul, *nested)
    doubtful = doubtful.fill_null(value=False)
    clean = frame.filter(~doubtful).select(pl.format("line {}", "line").alias("locator"), *FIELDS)
    if clean.height == frame.height:
        return Batch(clean)
    split = _split(lines.data)
    numbers = frame.filter(doubtful)["line"]
    again = _parse_lines([(n, split[n - lines.first]) for n in numbers], columns)
    return Batch(pl.concat([clean, again.frame]), again.rejects, again.replaced)


def _read_slowly(lines: Lines, columns: ColumnMap) -> Batch:
    assert lines.data is not None
    numbered = enumerate(_split(lines.data), lines.first)
    return _parse_lines([(n, line) for n, line in numbered if line.strip(_SPACE)], columns)


def _parse_lines(numbered: list[tuple[int, bytes]], columns: ColumnMap) -> Batch:
    rows: list[tuple[str, dict[str, Any]]] = []
    rejects: list[Reject] = []
    for number, line in numbered:
        locator = f"line {number}"
        try:
            rows.append((locator, fields_of(parse(line), columns)))
        except ValueError as error:
            rejects.append((locator, str(error)))
    return from_rows(rows, rejects)


def fields_of(value: object, columns: ColumnMap) -> dict[str, Any]:
    """The fields of one object.

    Raises:
        ValueError: it isn't an object.
    """
    if isinstance(value, list):
        raise ValueError("a JSON array, not an object; a file that is one array is named .json")
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return pick(value, columns.candidates(value))


def parse(line: bytes | str) -> object:
    """One JSON value.

    Raises:
        ValueError: it isn't JSON, or is nested too deeply; the message is a reason to show.
    """
    text = decode(line) if isinstance(line, bytes) else line
    try:
        return DECODER.decode(text.strip(" \t\r\n"))
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError:
        raise ValueError("not valid JSON: a number with too many digits") from None


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Polars takes the first of two equal keys; the two ways of reading have to agree.
    return dict(reversed(pairs))


DECODER = json.JSONDecoder(object_pairs_hook=_first_wins)
