"""The optional finder: articles that mean the same, by the mean of their words' vectors.

The vectors are those of a model that the user brings; none is shipped, and nothing else needs one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.config import Semantic
from pipeline.documents import F32, F64, I16, I32, I64, U8, U64, Documents, Flags
from pipeline.kernels.meaning import UNIT, keep_nearest, mean_vectors, pair_products
from pipeline.kernels.tokens import MASKED_FLAG
from pipeline.stages.spread import Gather, Kinds, Spread, ends, in_memory, joined, ranges
from pipeline.stages.strings import Strings, batches

# Time grows with the square of their number.
MOST_ARTICLES = 200_000
# Of an article, so many tokens are read at most, and so many code points for each of those.
MOST_TOKENS = 4096
_WIDTH = 16
_TEXTS = 64  # cut into pieces of words at a time
# Rows and columns of the matrix of all products that are held at a time.
_ROWS, _COLUMNS = 512, 4096
_PAIRS = 1 << 16
_PARTED = "\n"


@dataclass(frozen=True)
class WordVectors:
    """What a model knows of pieces of words.

    Attributes:
        vectors: [v, d] of each piece, finite.
        pieces: for each of some texts the numbers of its pieces, all below v; unknown ones left
            out. Threads may call it at once.
        digest: hash of all that the model's answers depend on.
    """

    vectors: F32
    pieces: Callable[[list[str]], Sequence[Sequence[int]]]
    digest: str


@dataclass(frozen=True)
class Meanings:
    """What n articles are about.

    Attributes:
        vectors: [n, d] directions as whole numbers of length `UNIT`.
        told: [n] 0 where the model knows no word.
        cut: articles of which only the beginning was read.
    """

    vectors: I16
    told: U8
    cut: dict[str, int]


def meanings_of(
    documents: Documents,
    texts: Strings,
    model: WordVectors,
    batch: int = 2000,
    gather: Gather = in_memory,
) -> Meanings:
    """The mean of the vectors of each article's words.

    Args:
        documents: masked tokens take no part.
        texts: what the documents were made of.
        model: of words.
        batch: documents at a time; changes nothing but memory and speed.
        gather: runs the batches.

    Example:
        >>> import polars as pl
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.strings import strings_of
        >>> known = {"ice": 0, "frost": 1, "jar": 2}
        >>> vectors = np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32)
        >>> def pieces(texts):
        ...     return [[known[word] for word in text.split() if word in known] for text in texts]
        >>> texts = strings_of(pl.Series(["ice", "more frost", "jar", "?!"]))
        >>> model = WordVectors(vectors, pieces, "")
        >>> meant = meanings_of(documents_of(texts), texts, model)
        >>> cosines(meant, np.array([0, 0, 0]), np.array([1, 2, 3])).round(2).tolist()
        [0.99, 0.0, nan]
    """
    size = model.vectors.shape[1]
    kinds: Kinds = {"vectors": (np.int16, size), "told": (np.uint8,), "cut": (np.uint8,)}

    def work(rows: range) -> tuple[np.ndarray, ...]:
        clear, cut = _clear_texts(documents.part(rows), texts.series(rows).to_list())
        made = np.zeros((len(rows), size), np.int16)
        told = np.zeros(len(rows), np.uint8)
        for few in ranges(len(rows), _TEXTS):
            part = slice(few.start, few.stop)
            ids = model.pieces(clear[part])
            offsets = ends(np.array([len(one) for one in ids], np.int64))
            flat = joined((np.array(one, np.int32) for one in ids), np.int32)
            mean_vectors(model.vectors, flat, offsets, made[part], told[part])
        return made, told, cut

    vectors, told, cut = gather(work, batches(texts, batch), kinds)
    return Meanings(vectors, told, {"articles_meant_in_part": int(np.count_nonzero(cut))})


def cosines(meanings: Meanings, a: I64, b: I64, spread: Spread = map) -> F64:
    """[pairs] cosine of two articles' vectors, NaN where the model knows no word of one."""

    def work(rows: range) -> I64:
        part = slice(rows.start, rows.stop)
        return pair_products(meanings.vectors, a[part], b[part])

    products = joined(spread(work, ranges(len(a), _PAIRS)), np.int64)
    told: Flags = (meanings.told[a] & meanings.told[b]).astype(np.bool_)
    return np.where(told, np.clip(products / UNIT**2, -1.0, 1.0), np.nan)


def find_same_meaning(
    meanings: Meanings, group: I64, order: U64, options: Semantic, spread: Spread = map
) -> I64:
    """For each group of near copies the others that are nearest in meaning.

    Every group is compared with every other: time grows with the square of their number.

    Args:
        meanings: of n articles.
        group: [n] the row that stands for each article's near copies.
        order: [n] which of two equally near articles comes first.
        options: the section `semantic`.
        spread: runs blocks of groups.

    Returns:
        pairs of rows that stand for groups, (a << 32) | b with a < b, ascending.
    """
    stands = (group == np.arange(len(group))) & (meanings.told != 0)
    rows = np.flatnonzero(stands)
    vectors, order = meanings.vectors[rows], order[rows]
    least = max(1, round(options.similarity * UNIT**2))
    most = max(1, min(options.neighbours, len(rows)))

    def work(block: range) -> I64:
        near = _nearest(vectors, order, block, least, most)
        own, at = np.nonzero(near >= 0)
        one, other = rows[own + block.start], rows[near[own, at]]
        return np.unique((np.minimum(one, other) << 32) | np.maximum(one, other))

    return np.unique(joined(spread(work, ranges(len(rows), _ROWS)), np.int64))


def _nearest(vectors: I16, order: U64, block: range, least: int, most: int) -> I32:
    """[rows, most] places of the nearest to each of a block's, −1 where there are no more."""
    best = np.zeros((len(block), most), np.float32)
    near = np.full((len(block), most), -1, np.int32)
    own = vectors[block.start : block.stop].astype(np.float32)
    for part in ranges(len(vectors), _COLUMNS):
        others = vectors[part.start : part.stop].astype(np.float32)
        keep_nearest(own @ others.T, block.start, part.start, order, least, best, near)
    return near


def _clear_texts(documents: Documents, texts: list[str]) -> tuple[list[str], U8]:
    """Texts without what is masked, and which of them were cut short."""
    masked = (documents.flags & MASKED_FLAG) != 0
    starts, stops = documents.starts, documents.ends
    clear, cut = [], np.zeros(len(texts), np.uint8)
    for i, text in enumerate(texts):
        span = slice(documents.offsets[i], documents.offsets[i + 1])
        stretches = _stretches(masked[span], starts[span], stops[span])
        whole = _PARTED.join(text[first:last] for first, last in stretches)
        clear.append(whole[: MOST_TOKENS * _WIDTH])
        left = np.count_nonzero(~masked[span])
        cut[i] = left > MOST_TOKENS or len(whole) > MOST_TOKENS * _WIDTH
    return clear, cut


def _stretches(masked: Flags, starts: I64, stops: I64) -> list[tuple[int, int]]:
    """Code points from the first to the last of the tokens in a row that aren't masked."""
    kept = np.flatnonzero(~masked)[:MOST_TOKENS]
    if not len(kept):
        return []
    breaks = np.flatnonzero(np.diff(kept) > 1)
    first, last = kept[np.append(0, breaks + 1)], kept[np.append(breaks, len(kept) - 1)]
    return list(zip(starts[first].tolist(), stops[last].tolist(), strict=True))
