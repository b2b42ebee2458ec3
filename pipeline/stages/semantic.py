"""The optional finder: articles that mean the same, by the mean of their words' vectors.

The vectors are those of a model that the user brings; none is shipped, and nothing else needs one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.config import Semantic
from pipeline.documents import F32, F64, I16, I32, I64, U8, U64, Documents, Flags
from pipeline.kernels.meaning import UNIT, keep_nearest, mean_vectors, pair_products
from pipeline.stages.spread import Gather, Kinds, Spread, ends, in_memory, joined, ranges
from pipeline.stages.stems import Stems
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


@dataclass(frozen=True)
class WordVectors:
    """What a model knows of pieces of words.

    Attributes:
        vectors: [v, d] of each piece, finite; zero for what stands for unknown ones.
        pieces: for each of some texts the numbers of its pieces, all below v, and the code point
            that is the last of each. Threads may call it at once.
        digest: hash of all that the model's answers depend on.
    """

    vectors: F32
    pieces: Callable[[list[str]], Sequence[tuple[I32, I64]]]
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
    stems: Stems,
    weights: I32,
    model: WordVectors,
    batch: int = 2000,
    gather: Gather = in_memory,
) -> Meanings:
    """The mean of the vectors of each article's words, the rarer ones counting more.

    Unweighed, the words that all articles have would make all of them alike.

    Args:
        documents: masked tokens take no part.
        texts: what the documents were made of.
        stems: of the documents.
        weights: [s] idf of each stem.
        model: of words; a piece weighs what the stem of the token does in which it stands.
        batch: documents at a time; changes nothing but memory and speed.
        gather: runs the batches.

    Example:
        >>> import polars as pl
        >>> from pipeline.stages.language import Languages
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.stems import stems_of
        >>> from pipeline.stages.strings import strings_of
        >>> vectors = np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32)
        >>> known = {"ice": 0, "frost": 1, "jar": 2}
        >>> def pieces(texts):
        ...     found = [known.get(text, -1) for text in texts]
        ...     return [(np.array([k], "i4")[:k + 1], np.array([1])[:k + 1]) for k in found]
        >>> model = WordVectors(vectors, pieces, "")
        >>> texts = strings_of(pl.Series(["ice", "frost", "jar", "thaw"]))
        >>> documents = documents_of(texts)
        >>> stems = stems_of(documents, texts, Languages(np.zeros(4, np.int16), ("en",)))
        >>> meant = meanings_of(documents, texts, stems, np.ones(4, np.int32), model)
        >>> cosines(meant, np.array([0, 0, 0]), np.array([1, 2, 3])).round(2).tolist()
        [0.99, 0.0, nan]
    """
    size = model.vectors.shape[1]
    kinds: Kinds = {"vectors": (np.int16, size), "told": (np.uint8,), "cut": (np.uint8,)}

    def work(rows: range) -> tuple[np.ndarray, ...]:
        made = np.zeros((len(rows), size), np.int16)
        told, cut = np.zeros(len(rows), np.uint8), np.zeros(len(rows), np.uint8)
        for few in ranges(len(rows), _TEXTS):
            part, chosen = slice(few.start, few.stop), rows[few.start : few.stop]
            some = documents.part(chosen)
            read, cut[part] = _beginnings(some, texts.series(chosen).to_list())
            found = model.pieces(read)
            own = stems.ids[documents.offsets[chosen.start] : documents.offsets[chosen.stop]]
            heavy = _piece_weights(some, own, weights, [places for _, places in found])
            offsets = ends(np.array([len(ids) for ids, _ in found], np.int64))
            ids = joined((ids for ids, _ in found), np.int32)
            mean_vectors(model.vectors, ids, heavy, offsets, made[part], told[part])
        return made, told, cut

    vectors, told, cut = gather(work, batches(texts, batch), kinds)
    return Meanings(vectors, told, {"articles_meant_in_part": int(np.count_nonzero(cut))})


def _beginnings(documents: Documents, texts: list[str]) -> tuple[list[str], U8]:
    """As much of each text as is read, and whether that leaves words out."""
    stops = np.append(documents.ends, 0)
    first, last = documents.offsets[:-1], documents.offsets[1:]
    whole = np.where(last > first, stops[last - 1], 0)
    reach = np.where(last > first, stops[np.minimum(first + MOST_TOKENS, last) - 1], 0)
    reach = np.minimum(reach, MOST_TOKENS * _WIDTH)
    read = [text[:stop] for text, stop in zip(texts, reach.tolist(), strict=True)]
    return read, (reach < whole).astype(np.uint8)


def _piece_weights(documents: Documents, stems: I32, weights: I32, places: list[I64]) -> I32:
    """[p] the weight of each article's pieces, end to end; 0 outside of tokens that count."""
    starts, stops = documents.starts, documents.ends
    by_token = np.where(stems >= 0, weights[stems], 0).astype(np.int32)
    parts = []
    for i, own in enumerate(places):
        first, last = documents.offsets[i], documents.offsets[i + 1]
        token = first + np.searchsorted(starts[first:last], own, side="right") - 1
        inside = (token >= first) & (own < stops[token])
        parts.append(np.where(inside, by_token[token], 0).astype(np.int32))
    return joined(parts, np.int32)


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
