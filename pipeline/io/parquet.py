"""Parquet: only the columns in use, in slices, each made strings like any other input."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl

from pipeline.config import Read
from pipeline.errors import InputError
from pipeline.io.batch import BYTES, RAW, Batch, as_string, decode, first_filled, mend
from pipeline.io.columns import FIELDS, ColumnMap, shown
from pipeline.io.sources import Source
from pipeline.stages.spread import ranges

_ROWS = 4000
_TOGETHER = 4  # batches that are decoded at a time
_TEXTS = (pl.String, pl.Binary, pl.Categorical, pl.Enum)


Chosen = Callable[[int], Iterable[range]]


def read_parquet(
    source: Source, label: str, options: Read, chosen: Chosen | None = None
) -> Iterator[Batch]:
    """Batches of a Parquet file.

    Args:
        source: the file.
        label: its name for messages.
        options: the section `read`.
        chosen: given the number of rows, those that are wanted; None means all.

    Raises:
        InputError: it isn't Parquet, has no text column, or not one that the config maps.
    """
    for _ in source.raw():
        pass
    if not source.size or source.trouble:
        return
    columns = ColumnMap(options.columns)
    try:
        scan = pl.scan_parquet(source.path, glob=False)
        schema = scan.collect_schema()
        names = _usable(schema, columns, label)
        wanted = scan.select(sorted({name for found in names.values() for name in found}))
        total: int = scan.select(pl.len()).collect().item()
        if chosen:
            for part in chosen(total):
                yield _batch(wanted.slice(part.start, len(part)).collect(), names, part.start)
            return
        # As many rows as hold about `BYTES`; only what they take in the file is known beforehand.
        rows = max(1, min(_ROWS, total * BYTES // source.size))
        # Polars' own batches are decoded ahead, the whole file of them if the reader is slow.
        for part in ranges(total, _TOGETHER * rows):
            frame = wanted.slice(part.start, len(part)).collect()
            for at, piece in enumerate(frame.iter_slices(rows)):
                yield _batch(piece, names, part.start + at * rows)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise InputError(f"{label} can't be read as Parquet: {reason}") from error


def _usable(
    schema: Mapping[str, pl.DataType], columns: ColumnMap, label: str
) -> dict[str, list[str]]:
    """The columns of each field; those for the text are of a type that can hold one."""
    columns.require(list(schema), label)
    names = columns.candidates(schema)
    texts = [name for name in names["text"] if isinstance(schema[name], _TEXTS)]
    if not texts:
        name = names["text"][0]
        raise InputError(
            f"{label}: column '{shown(name)}' holds {schema[name]}, not texts; "
            "name the one that holds the text in read.columns.text"
        )
    return names | {"text": texts}


def _batch(frame: pl.DataFrame, names: dict[str, list[str]], start: int) -> Batch:
    strings, replaced = {}, 0
    for name in frame.columns:
        strings[name], count = _as_strings(frame[name])
        replaced += count
    rows = pl.int_range(start + 1, start + 1 + frame.height, eager=True)
    table = pl.DataFrame({"row": rows} | strings)
    fields = [first_filled(field, names[field]) for field in FIELDS]
    return Batch(table.select(pl.format("row {}", "row").alias("locator"), *fields).cast(RAW),
                 replaced=replaced)  # fmt: skip


def _as_strings(column: pl.Series) -> tuple[pl.Series, int]:
    """A column as strings, spelled as JSON would, and how many characters were replaced."""
    kind = column.dtype
    if isinstance(kind, pl.Datetime):
        utc = column if kind.time_zone is None else column.dt.convert_time_zone("UTC")
        zone = "" if kind.time_zone is None else "Z"
        return utc.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.6f{zone}"), 0
    if isinstance(kind, pl.Binary):
        mended = [(None, 0) if v is None else mend(decode(v)) for v in column]
        texts = pl.Series(column.name, [text for text, _ in mended], dtype=pl.String())
        return texts, sum(count for _, count in mended)
    if kind.is_nested() or kind.is_float():
        values = [as_string(value) for value in column.to_list()]
        return pl.Series(column.name, values, dtype=pl.String()), 0
    return column.cast(pl.String()), 0
