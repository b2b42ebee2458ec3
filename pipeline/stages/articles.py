"""The dump's articles as columns that may be longer than memory."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.config import Outlets
from pipeline.documents import I32, I64, U8
from pipeline.stages.outlets import canonical_names
from pipeline.stages.strings import Rows, Strings, named, strings_of
from pipeline.tables import TIME

PRECISIONS = ("unknown", "day", "minute", "second")
COLUMNS = ("article_id", "source", "published_at", "published_precision", "title", "author",
           "url", "text")  # fmt: skip
UNDATED = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Articles:
    """n articles in the order of their ids, which are unique.

    Attributes:
        article_id, title, author, url, text: [n] strings; ids and texts are all known.
        source: [n] places in `sources`, −1 where unknown.
        sources: the outlets' names, ascending.
        published_at: [n] microseconds since 1970 in UTC, `UNDATED` where unknown.
        published_precision: [n] places in `PRECISIONS`.
    """

    article_id: Strings
    source: I32
    sources: tuple[str, ...]
    published_at: I64
    published_precision: U8
    title: Strings
    author: Strings
    url: Strings
    text: Strings

    def __len__(self) -> int:
        return len(self.source)

    def frame(self, rows: Rows | None = None, columns: Iterable[str] = COLUMNS) -> pl.DataFrame:
        """Some rows and columns as a frame; strings of a range aren't copied."""
        rows = range(len(self)) if rows is None else rows
        return pl.DataFrame({name: self._series(name, rows) for name in columns})

    def _series(self, name: str, rows: Rows) -> pl.Series:
        column = getattr(self, name)
        if isinstance(column, Strings):
            return column.series(rows)
        values = column[rows.start : rows.stop] if isinstance(rows, range) else column[rows]
        if name == "published_at":
            times = pl.Series(values)
            return times.set(times == UNDATED, None).cast(TIME)
        return named(self.sources if name == "source" else PRECISIONS, values)

    def under(self, outlets: Outlets) -> "Articles":
        """The same with each outlet under its canonical name; an empty one becomes unknown."""
        canonical = canonical_names(self.sources, outlets)
        names = tuple(sorted({name for name in canonical if name}))
        place = {name: at for at, name in enumerate(names)}
        places = np.array([*(place.get(name or "", -1) for name in canonical), -1], np.int32)
        return replace(self, sources=names, source=places[self.source])


def articles_of(frame: pl.DataFrame) -> Articles:
    """A frame of `COLUMNS`, in the order of its ids, as `Articles`."""
    names = frame["source"].drop_nulls().unique().sort()
    places = {name: at for at, name in enumerate(names)}
    precisions = {name: at for at, name in enumerate(PRECISIONS)}
    source = frame["source"].replace_strict(places, default=-1, return_dtype=pl.Int32())
    precision = frame["published_precision"].replace_strict(precisions, return_dtype=pl.UInt8())
    published = frame["published_at"].dt.epoch("us").fill_null(UNDATED)
    strings = {
        name: strings_of(frame[name]) for name in ("article_id", "title", "author", "url", "text")
    }
    return Articles(
        source=source.to_numpy(),
        sources=tuple(names),
        published_at=published.to_numpy(),
        published_precision=precision.to_numpy(),
        **strings,
    )
