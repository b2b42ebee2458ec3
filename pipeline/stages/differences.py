"""What two texts themselves tell of who took from whom: counts, before any model weighs them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from pipeline.documents import F64, I64, Documents, Flags
from pipeline.kernels.edits import BOTH, SIDES, edits
from pipeline.kernels.outlines import Outlines, capital_letters, outlines
from pipeline.kernels.places import code_points
from pipeline.kernels.runs import MOST_TOKENS
from pipeline.kernels.surroundings import recurring_words
from pipeline.kernels.words import byte_places
from pipeline.stages.spread import Spread, blocks, laid_out
from pipeline.stages.strings import Strings

_TOKENS = 1 << 20  # of documents that are read at a time
_CAPITALS = 0x20000  # no script has letters of two cases beyond


@dataclass(frozen=True)
class Differences:
    """Counts of p pairs of texts; those of equal texts are all 0.

    Attributes:
        sides: by the names of `SIDES`, [p, 2] counts of a and b.
        both: by the names of `BOTH`, [p].
        recurring: [p, 2] words of the pair's passages that recur around them.
    """

    sides: dict[str, F64]
    both: dict[str, F64]
    recurring: F64


def differences(
    pairs: pl.DataFrame,
    passages: pl.DataFrame,
    documents: Documents,
    texts: Strings,
    spread: Spread = map,
) -> Differences:
    """Compare the texts of pairs.

    Args:
        pairs: `pair`, `a`, `b` (rows).
        passages: `pair`, a_first, a_last, b_first, b_last (tokens); by pair.
        documents: what was made of the texts; masked tokens take no part.
        texts: for their capitals.
        spread: runs blocks of pairs.

    Example:
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.strings import strings_of
        >>> texts = strings_of(pl.Series([
        ...     "The ferry sank off Brackwater, the mayor, Ada Quill, said on 3 May.",
        ...     "The ferry sank, the mayor said.",
        ... ]))
        >>> pairs = pl.DataFrame({"pair": [0], "a": [0], "b": [1]})
        >>> none = pl.DataFrame(schema=dict.fromkeys(
        ...     ("pair", "a_first", "a_last", "b_first", "b_last"), pl.Int64))
        >>> found = differences(pairs, none, documents_of(texts), texts)
        >>> found.sides["names"].tolist(), found.sides["numbers"].tolist()
        ([[4.0, 0.0]], [[1.0, 0.0]])
    """
    a, b = (pairs[side].to_numpy() for side in ("a", "b"))
    sizes = np.minimum(np.diff(documents.offsets), MOST_TOKENS)
    # Which text is laid beside which must not hang on their ids.
    turned = _turned(a, b, sizes, documents)
    x, y = np.where(turned, b, a), np.where(turned, a, b)

    def work(rows: range) -> tuple[F64, F64]:
        part = slice(rows.start, rows.stop)
        chosen, places = np.unique(np.concatenate([x[part], y[part]]), return_inverse=True)
        made = _outlines(documents, texts, chosen, sizes)
        return edits(made, places[: len(rows)], places[len(rows) :])

    parts = list(spread(work, blocks(sizes[a] + sizes[b], _TOKENS)))
    sides = np.concatenate([np.empty((0, 2, len(SIDES))), *(one for one, _ in parts)])
    both = np.concatenate([np.empty((0, len(BOTH))), *(other for _, other in parts)])
    sides[turned] = sides[turned, ::-1]
    both[turned, BOTH.index("growth")] *= -1.0
    same = documents.text_hash[a] == documents.text_hash[b]
    sides[same], both[same] = 0.0, 0.0
    return Differences(
        {name: sides[:, :, at] for at, name in enumerate(SIDES)},
        {name: both[:, at] for at, name in enumerate(BOTH)},
        _recurring(pairs, passages, documents),
    )


def _turned(a: I64, b: I64, sizes: I64, documents: Documents) -> Flags:
    hashes = documents.text_hash
    longer = sizes[a] > sizes[b]
    turned: Flags = longer | ((sizes[a] == sizes[b]) & (hashes[a] > hashes[b]))
    return turned


def _outlines(documents: Documents, texts: Strings, rows: I64, sizes: I64) -> Outlines:
    first = documents.offsets[rows]
    _, tokens = laid_out(first, first + sizes[rows])
    held = (documents.offsets, documents.gaps, documents.widths, documents.wide)
    starts, _ = code_points(*held, tokens)
    owner = texts.places(np.repeat(rows, sizes[rows]))
    opens, _ = byte_places(texts.data, texts.bounds, owner, starts, starts)
    capital = capital_letters(texts.data, opens, _capitals())
    return outlines(
        documents.tokens, documents.flags, documents.widths, documents.offsets, rows, capital
    )


@cache
def _capitals() -> Flags:
    """Is each code point a capital?"""
    return np.array([chr(point).isupper() for point in range(_CAPITALS)], np.bool_)


def _recurring(pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> F64:
    number = pairs["pair"].to_numpy()
    owners = passages["pair"].to_numpy()
    low, high = (np.searchsorted(owners, number, side) for side in ("left", "right"))
    firsts, at = laid_out(low.astype(np.int64), high.astype(np.int64))
    names = ("a_first", "a_last", "b_first", "b_last")
    places = np.column_stack([passages[name].to_numpy()[at] for name in names]).astype(np.int64)
    return recurring_words(
        documents.tokens, documents.flags, documents.widths, documents.offsets,
        pairs["a"].to_numpy().astype(np.int64), pairs["b"].to_numpy().astype(np.int64),
        firsts, np.ascontiguousarray(places),
    ).astype(np.float64)  # fmt: skip
