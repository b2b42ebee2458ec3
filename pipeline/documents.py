"""The dump as numbers: what every stage after `normalise` works on.

Documents stand in the order of their article_id, so row i here is row i of `articles`, and
i < j means a_id < b_id.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

WIDE = 255  # a gap or a width that takes more than a byte


@dataclass(frozen=True)
class Documents:
    """Tokens of n documents, flat.

    Attributes:
        offsets: [n + 1] document i owns tokens offsets[i]:offsets[i + 1].
        tokens: [T] XXH64 of each token's normalised UTF-8.
        gaps: [T] code points of the original text between the token before and this one.
        widths: [T] code points from the token's first to its last.
        wide: [w, 4] of each token whose gap and width are `WIDE`: the document, the token's place
            in it, its gap and its width; ascending.
        flags: [T] bits of `pipeline.kernels.tokens`: is it quoted, the first of a sentence or line,
            a number, of a script without spaces, masked?
        text_hash: [n] XXH64 of the token hashes: equal for equal normalised texts.
    """

    offsets: I64
    tokens: U64
    gaps: U8
    widths: U8
    wide: I64
    flags: U8
    text_hash: U64

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, rows: range) -> "Documents":
        """Some documents in a row, nothing copied."""
        bounds = self.offsets[rows.start : rows.stop + 1]
        span = slice(bounds[0], bounds[-1])
        first, last = np.searchsorted(self.wide[:, 0], (rows.start, rows.stop))
        return Documents(
            bounds - bounds[0],
            self.tokens[span],
            self.gaps[span],
            self.widths[span],
            self.wide[first:last] - (rows.start, 0, 0, 0),
            self.flags[span],
            self.text_hash[rows.start : rows.stop],
        )

    @cached_property
    def starts(self) -> I64:
        """[T] first code point of each token in its text; for a few documents."""
        return self.ends - self._sizes()[1]

    @cached_property
    def ends(self) -> I64:
        """[T] one past the last code point of each token."""
        reach: I64 = np.cumsum(np.sum(self._sizes(), axis=0))
        before = np.append(0, reach)[self.offsets[:-1]]
        within: I64 = reach - np.repeat(before, np.diff(self.offsets))
        return within

    def _sizes(self) -> tuple[I64, I64]:
        gaps, widths = self.gaps.astype(np.int64), self.widths.astype(np.int64)
        at = self.offsets[self.wide[:, 0]] + self.wide[:, 1]
        gaps[at], widths[at] = self.wide[:, 2], self.wide[:, 3]
        return gaps, widths


@dataclass(frozen=True)
class Shingles:
    """The sets of shingle hashes of m documents, sorted.

    Attributes:
        rows: [m] which documents, ascending.
        offsets: [m + 1] the set at place i is values[offsets[i]:offsets[i + 1]].
        values: [S] XXH64 of the shingle's token hashes, little-endian; ascending, no repeats.
    """

    rows: I64
    offsets: I64
    values: U64

    def places(self, rows: I64) -> I64:
        """Where the sets of these documents stand."""
        return np.searchsorted(self.rows, rows)
