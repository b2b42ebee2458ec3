"""Columns of strings that may be longer than memory: UTF-8 end to end, in an array or a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nanoarrow as na
import numpy as np
import polars as pl
from nanoarrow.c_array import CArray
from numpy.typing import NDArray

from pipeline.documents import I64, U8, Flags
from pipeline.kernels.strings import string_sizes, take_strings
from pipeline.kernels.tokens import PADDING
from pipeline.stages.spread import ends, ranges

Rows = range | I64
# Of texts that are worked on together: the tokeniser sets aside room for the most tokens that so
# many bytes can hold.
_BATCH_BYTES = 1 << 25
# A joined string's size is told in 32 bits.
_JOINED_BYTES = 1 << 30


@dataclass(frozen=True)
class Strings:
    """n strings, end to end.

    Attributes:
        data: UTF-8 of all, then `PADDING` bytes, which kernels that look at eight at once read;
            may be a mapped file. Where no string has a byte, nothing need stand behind them.
        bounds: place i holds data[bounds[i]:bounds[i + 1]].
        known: false at places where there is no string; None where all are known.
        order: [n] the place of each string; None where they stand in their order.
    """

    data: U8
    bounds: I64
    known: Flags | None = None
    order: I64 | None = None

    def __len__(self) -> int:
        return len(self.bounds) - 1 if self.order is None else len(self.order)

    def packed(self, rows: Rows) -> tuple[U8, I64, Flags | None]:
        """Some strings end to end, `PADDING` bytes behind them, with bounds, and which are known.

        A range of strings that stand in their order isn't copied.
        """
        if isinstance(rows, range) and self.order is None:
            bounds = self.bounds[rows.start : rows.stop + 1]
            data = self.data[bounds[0] : bounds[-1]]
            known = None if self.known is None else self.known[rows.start : rows.stop]
            return data, bounds - bounds[0], known
        places = self.places(rows)
        bounds = ends(string_sizes(self.bounds, places))
        data = np.empty(bounds[-1] + PADDING, np.uint8)
        take_strings(self.data, self.bounds, places, data)
        return data[: bounds[-1]], bounds, None if self.known is None else self.known[places]

    def places(self, rows: Rows) -> I64:
        """Where the strings of the rows stand."""
        wanted = np.arange(rows.start, rows.stop) if isinstance(rows, range) else rows
        return wanted if self.order is None else self.order[wanted]

    def sizes(self, rows: Rows) -> I64:
        """Bytes of each string of the rows."""
        if isinstance(rows, range) and self.order is None:
            return np.diff(self.bounds[rows.start : rows.stop + 1])
        return string_sizes(self.bounds, self.places(rows))

    def series(self, rows: Rows) -> pl.Series:
        """The strings of the rows.

        Example:
            >>> strings = strings_of(pl.Series(["ice", None, "thaw"]))
            >>> strings.series(range(1, 3)).to_list()
            [None, 'thaw']
        """
        return _series(*self.packed(rows))


def _series(data: U8, bounds: I64, known: Flags | None) -> pl.Series:
    missing = 0 if known is None else len(known) - int(np.count_nonzero(known))
    valid = None if known is None or not missing else np.packbits(known, bitorder="little")
    array = na.c_array_from_buffers(
        na.large_string(), len(bounds) - 1, [valid, bounds, data], null_count=missing
    )
    return pl.Series(pl.from_arrow(array), dtype=pl.String())


def batches(texts: Strings, batch: int) -> Iterator[range]:
    """Consecutive ranges of at most `batch` texts, and of little more than 32 MiB.

    Example:
        >>> list(batches(strings_of(pl.Series(["ice", "thaw", "pass"])), 2))
        [range(0, 2), range(2, 3)]
    """
    for rows in ranges(len(texts), batch):
        for part in _cut(texts.sizes(rows), _BATCH_BYTES):
            yield rows[part.start : part.stop]


def pieces(texts: Strings, rows: I64, batch: int) -> Iterator[I64]:
    """Some rows in pieces, each of at most `batch` texts and of little more than 32 MiB."""
    for part in ranges(len(rows), batch):
        chosen = rows[part.start : part.stop]
        for piece in _cut(texts.sizes(chosen), _BATCH_BYTES):
            yield chosen[piece.start : piece.stop]


def _cut(sizes: I64, most: int) -> Iterator[range]:
    """Consecutive ranges, each up to the first string with which it has `most` bytes."""
    reach = ends(sizes)
    start = 0
    while start < len(sizes):
        stop = min(int(np.searchsorted(reach, reach[start] + most)), len(sizes))
        stop = max(stop, start + 1)
        yield range(start, stop)
        start = stop


def flat(series: pl.Series) -> tuple[U8, I64]:
    """A series' UTF-8 end to end, and [n] sizes, −1 where null.

    Up to a GiB isn't copied twice; of more, a GiB at a time is.
    """
    sizes = series.str.len_bytes().cast(pl.Int64()).fill_null(-1).to_numpy()
    reach = ends(np.maximum(sizes, 0))
    if reach[-1] <= _JOINED_BYTES:
        return _joined(series, int(reach[-1])), sizes
    data = np.empty(reach[-1], np.uint8)
    for rows in _cut(np.diff(reach), _JOINED_BYTES):
        low, high = reach[rows.start], reach[rows.stop]
        data[low:high] = _joined(series[rows.start : rows.stop], int(high - low))
    return data, sizes


def _joined(series: pl.Series, size: int) -> U8:
    """The bytes of strings that have so many together."""
    if size == 0:
        return np.empty(0, np.uint8)
    chunks = na.c_array_stream(series.str.join(""))
    data = _bytes_of(next(chunk for chunk in chunks if len(chunk)))
    if len(data) != size:
        raise ValueError(f"{size} bytes of strings came out as {len(data)}")
    return data


def _bytes_of(one: CArray) -> U8:
    """The bytes of an Arrow array of one string view."""
    view = one.view()
    head = np.frombuffer(view.buffer(1), np.uint8)[16 * one.offset :]
    size = int(head[:4].view(np.uint32)[0])
    if size <= 12:  # such short ones stand in the view itself
        return head[4 : 4 + size].copy()
    buffer, start = head[8:16].view(np.uint32)
    return np.frombuffer(view.buffer(2 + int(buffer)), np.uint8)[start : start + size]


def named(names: Sequence[str] | pl.Series, places: NDArray[np.signedinteger]) -> pl.Series:
    """[n] the name at each place, null for −1.

    Example:
        >>> named(["de", "en"], np.array([1, -1, 0])).to_list()
        ['en', None, 'de']
    """
    wanted = pl.Series(places, dtype=pl.Int64())
    return pl.Series(names, dtype=pl.String()).gather(wanted.set(wanted < 0, None))


def strings_of(series: pl.Series) -> Strings:
    """A column in memory as `Strings`."""
    data, sizes = flat(series)
    known = sizes >= 0
    padded = np.concatenate([data, np.zeros(PADDING, np.uint8)])
    bounds = ends(np.maximum(sizes, 0))
    return Strings(padded, bounds, None if known.all() else known)
