"""Tables of known answers → frames: CSV or Parquet, told apart by their columns alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.config import ColumnNames
from pipeline.errors import InputError
from pipeline.io.columns import ColumnMap, short, shown
from pipeline.io.headers import check_header, separator_hint

SUFFIXES = (".csv", ".parquet")
_BROKEN = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
_LARGEST = 1 << 40  # sums of such offsets stay whole numbers
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True)
class Kind:
    """What a table of one kind holds.

    Attributes:
        ids: columns that name articles; none may be empty, but those that are `optional`.
        words: columns of text that must be there.
        numbers: columns of whole numbers from 0 that must be there.
        optional: columns that may be missing or empty.
    """

    name: str
    ids: tuple[str, ...]
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns by which the table is known."""
        return (*self.ids, *self.words, *self.numbers)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return tuple(dict.fromkeys((*self.needed, *self.optional)))


_OFFSETS = ("this_offset", "this_length", "source_offset", "source_length")
# The first that fits is it: those that hold more come before those that hold less.
KINDS = (
    Kind("decisions", ("derived_id", "source_id"), ("decision",), (),
         ("source_id", "decision", "unseen_source", "story", "needs")),
    Kind("labels", ("source_id", "derived_id"), ("category",)),
    Kind("cases", ("suspicious_id", "source_id"), (), _OFFSETS, ("obfuscation",)),
    Kind("pairs", ("suspicious_id", "source_id")),
    Kind("judgements", ("a_id", "b_id"), ("verdict",)),
    Kind("derivations", ("source_id", "derived_id"), (), (), ("kind", "hops")),
    Kind("events", ("article_id",), ("event_id",)),
    Kind("stories", ("article_id",), ("story",)),
)  # fmt: skip


@dataclass(frozen=True)
class TruthTable:
    """One file.

    Attributes:
        kind: a name in `KINDS`.
        rows: the kind's columns (strings, numbers Int64, what is blank null) and `row`, from 1.
    """

    kind: str
    path: Path
    rows: pl.DataFrame


def truth_tables(path: Path) -> list[TruthTable]:
    """The tables in a file, or in the .csv and .parquet files of a folder but articles.

    Raises:
        InputError: nothing is there, a file is broken or of no known kind, an id is empty or a
            value of another type than is due.
    """
    if not path.exists():
        raise InputError(f"truth {path}: no such file or folder")
    if not (path.is_dir() or path.is_file()):
        raise InputError(f"truth {path}: is neither a file nor a folder")
    files = sorted(_files(path)) if path.is_dir() else [path]
    found = [(file, _scan(file)) for file in files]
    # Articles often stand beside what is known about them.
    known = [(file, scan) for file, scan in found if not (path.is_dir() and _articles(scan))]
    if not known:
        raise InputError(f"truth {path}: holds no table of truth as .csv or .parquet")
    return [_table(file, scan) for file, scan in known]


def _files(folder: Path) -> Iterator[Path]:
    inside = folder.resolve()
    for file in folder.iterdir():
        if file.suffix.lower() in SUFFIXES and file.is_file():
            if not file.resolve().is_relative_to(inside):
                raise InputError(f"truth {file}: a link out of its folder; name its target itself")
            yield file


def _scan(file: Path) -> pl.LazyFrame:
    try:
        if file.suffix.lower() == ".parquet":
            scan = pl.scan_parquet(file, glob=False)
        else:
            scan = pl.scan_csv(file, infer_schema=False, glob=False)
        scan.collect_schema()
    except _BROKEN as error:
        raise InputError(f"truth {file}: can't be read: {_why(error)}") from error
    return scan


def _kind(scan: pl.LazyFrame) -> Kind | None:
    names = set(scan.collect_schema())
    return next((kind for kind in KINDS if names.issuperset(kind.needed)), None)


def _articles(scan: pl.LazyFrame) -> bool:
    names = scan.collect_schema().names()
    return _kind(scan) is None and bool(ColumnMap(ColumnNames()).candidates(names)["text"])


def _table(file: Path, scan: pl.LazyFrame) -> TruthTable:
    kind = _kind(scan)
    check_header(scan.collect_schema().names(), f"truth {file}")
    if kind is None:
        has = ", ".join(shown(it)[:40] for it in scan.collect_schema().names()[:12]) or "none"
        wanted = "; ".join(f"{it.name}: {', '.join(it.needed)}" for it in KINDS)
        raise InputError(
            f"truth {file}: its columns ({has}) are those of no table of truth; name them as in "
            f"one of these: {wanted}{separator_hint(scan.collect_schema().names())}"
        )
    columns = [name for name in kind.columns if name in scan.collect_schema()]
    try:
        raw = scan.select(columns).collect()
    except _BROKEN as error:
        raise InputError(f"truth {file}: can't be read: {_why(error)}") from error
    series = [_typed(file, raw[name], whole=name in kind.numbers) for name in columns]
    missing = [pl.Series(name, [None] * raw.height, pl.String())
               for name in kind.columns if name not in columns]  # fmt: skip
    rows = pl.DataFrame([*series, *missing]).with_columns(
        row=pl.int_range(1, raw.height + 1, dtype=pl.Int64())
    )
    if rows.is_empty():
        raise InputError(f"truth {file}: has a header and no rows")
    _complete(file, kind, rows)
    return TruthTable(kind.name, file, rows)


def _typed(file: Path, values: pl.Series, *, whole: bool) -> pl.Series:
    """As strings, what is blank as null; or as whole numbers from 0."""
    known = isinstance(values.dtype, _TEXTS) or values.dtype.is_integer()
    if not (known or values.dtype == pl.Null):
        raise InputError(
            f"truth {file}: column {values.name} holds {values.dtype}, "
            f"not {'whole numbers' if whole else 'text'}"
        )
    text = values.cast(pl.String())
    text = text.set(text.str.strip_chars() == "", None)
    if not whole:
        return text
    numbers = text.str.strip_chars().cast(pl.Int64(), strict=False)
    wrong = (numbers.is_null() | (numbers < 0) | (numbers > _LARGEST)).arg_true()
    if len(wrong):
        told = short(values[int(wrong[0])])
        raise InputError(
            f"truth {file}, row {wrong[0] + 1}: {values.name} '{told}' "
            f"is no whole number from 0 to {_LARGEST}"
        )
    return numbers


def _complete(file: Path, kind: Kind, rows: pl.DataFrame) -> None:
    for name in (*kind.ids, *kind.words):
        empty = rows.filter(pl.col(name).is_null())
        if len(empty) and name not in kind.optional:
            raise InputError(f"truth {file}, row {empty['row'][0]}: {name} is empty")


def _why(error: BaseException) -> str:
    told = error.strerror if isinstance(error, OSError) else None
    return told or (str(error).splitlines() or [type(error).__name__])[0][:200]
