"""How much two articles agree: what tells a shared text from a shared event."""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F32, I32, I64, U8, U16, Documents
from pipeline.kernels.likeness import FEATURES, likeness
from pipeline.kernels.profiles import Known, profiles
from pipeline.kernels.runs import (
    MOST_TOKENS,
    count_runs,
    list_quotations,
    list_runs,
    note_quotations,
)
from pipeline.kernels.tokens import NUMBER_FLAG
from pipeline.stages.idf import UNIT
from pipeline.stages.spread import Spread, blocks, ranges
from pipeline.stages.stems import Stems

_TOKENS = 1 << 20  # of documents that are read at a time
_SAMPLE = 1 << 16  # articles whose runs are counted
_SLOTS = 4  # parts of the table that are counted in at a time
_STRENGTH = 2000.0
# Bits of the sizes of tables: of counts, and of bytes of the filter.
_MOST_COUNTS, _MOST_BYTES = 26, 28


@dataclass(frozen=True)
class Likeness:
    """What pairs of articles share.

    Attributes:
        features: [pairs, k] in the order of `FEATURES`; the same from either side.
        partly: rows of the articles of which only the beginning was compared, ascending.
    """

    features: F32
    partly: I64

    @property
    def cut(self) -> dict[str, int]:
        """What caps left out."""
        return cut_of(self.partly)


def cut_of(partly: I64) -> dict[str, int]:
    """What caps left out, of rows that may stand more than once."""
    return {"articles_compared_in_part": len(np.unique(partly))}


def known_runs(
    documents: Documents, stems: Stems, weights: I32, group: I64, spread: Spread = map
) -> Known:
    """In how many articles runs of stems stand, and which of them stand in quotations.

    Counts are of 65,536 articles at most, chosen by their texts; quotations of all.

    Args:
        documents, stems: of n articles.
        weights: [s] idf of each stem, in fixed point.
        group: [n] the row that stands for each article's copies: they count once.
        spread: runs blocks of articles.

    Example:
        >>> from pipeline.stages.idf import stem_weights
        >>> documents, stems = _example(['"One two three four five," said six.', "A b c d e"])
        >>> weights = stem_weights(stems, documents, np.arange(2))
        >>> known = known_runs(documents, stems, weights, np.arange(2))
        >>> known.articles, int(known.table.sum()), int(np.bitwise_count(known.quotations).sum())
        (2.0, 10, 2)
    """
    idf = (weights / UNIT).astype(np.float32)
    rows = np.flatnonzero(group == np.arange(len(group)))
    sample = np.sort(rows[np.argsort(documents.text_hash[rows], kind="stable")[:_SAMPLE]])
    return Known(
        stems.hashes,
        idf,
        np.exp(-idf),
        _numbers(documents, stems),
        _counted(documents, stems, sample, spread),
        _quoted(documents, stems, spread),
        float(len(sample)),
        _STRENGTH,
    )


def likeness_of(
    documents: Documents, stems: Stems, known: Known, a: I64, b: I64, spread: Spread = map
) -> Likeness:
    """Compare pairs of articles.

    Args:
        documents, stems: of all articles.
        known: as `known_runs` gave.
        a, b: [pairs] rows.
        spread: runs blocks of pairs.

    Example:
        >>> from pipeline.stages.idf import stem_weights
        >>> documents, stems = _example([
        ...     "The ferry ran aground off Brackwater. Nobody aboard was hurt, the mayor said.",
        ...     "Off Brackwater the ferry ran aground. The mayor said nobody aboard was hurt.",
        ...     "Jars keep their lids on in the cellar of the museum at Orrin.",
        ... ])
        >>> weights = stem_weights(stems, documents, np.arange(3))
        >>> known = known_runs(documents, stems, weights, np.arange(3))
        >>> found = likeness_of(documents, stems, known, np.array([0, 0]), np.array([1, 2]))
        >>> (found.features[0, :6] > found.features[1, :6]).all(), found.cut
        (np.True_, {'articles_compared_in_part': 0})
    """
    sizes = np.minimum(np.diff(documents.offsets), MOST_TOKENS)

    def work(rows: range) -> tuple[F32, I64]:
        part = slice(rows.start, rows.stop)
        chosen, places = np.unique(np.concatenate([a[part], b[part]]), return_inverse=True)
        made = profiles(stems.ids, documents.flags, documents.offsets, known, chosen)
        found = likeness(made, known, places[: len(rows)], places[len(rows) :])
        return found, chosen[made.cut > 0]

    parts = list(spread(work, blocks(sizes[a] + sizes[b], _TOKENS)))
    empty = np.empty((0, len(FEATURES)), np.float32)
    partly = np.concatenate([np.empty(0, np.int64), *(rows for _, rows in parts)])
    features = np.concatenate([empty, *(found for found, _ in parts)])
    return Likeness(features, np.unique(partly))


def _numbers(documents: Documents, stems: Stems) -> U8:
    """[s] is the stem a number?"""
    numbers = np.zeros(len(stems.hashes), np.uint8)
    sizes = np.diff(documents.offsets)
    for block in blocks(sizes, _TOKENS):
        tokens = slice(documents.offsets[block.start], documents.offsets[block.stop])
        ids = stems.ids[tokens][documents.flags[tokens] & NUMBER_FLAG != 0]
        numbers[ids[ids >= 0]] = 1
    return numbers


def _table_bits(tokens: int, most: int) -> int:
    return max(10, min(most, tokens.bit_length()))


def _counted(documents: Documents, stems: Stems, rows: I64, spread: Spread) -> U16:
    sizes = np.minimum(np.diff(documents.offsets)[rows], MOST_TOKENS)
    table = np.zeros(1 << _table_bits(4 * int(sizes.sum()), _MOST_COUNTS), np.uint16)

    def read(block: range) -> np.ndarray:
        part = rows[block.start : block.stop]
        return list_runs(stems.ids, documents.flags, documents.offsets, stems.hashes, part)

    for keys in spread(read, blocks(sizes, _TOKENS)):

        def count(slots: range, keys: np.ndarray = keys) -> None:
            count_runs(keys, table, slots.start, slots.stop)

        for _ in spread(count, ranges(len(table), len(table) // _SLOTS)):
            pass
    return table


def _quoted(documents: Documents, stems: Stems, spread: Spread) -> U8:
    sizes = np.minimum(np.diff(documents.offsets), MOST_TOKENS)
    bits = np.zeros(1 << _table_bits(int(sizes.sum()) // 2, _MOST_BYTES), np.uint8)

    def read(block: range) -> np.ndarray:
        part = np.arange(block.start, block.stop)
        return list_quotations(stems.ids, documents.flags, documents.offsets, stems.hashes, part)

    for keys in spread(read, blocks(sizes, _TOKENS)):
        note_quotations(keys, bits)
    return bits


def _example(texts: list[str]) -> tuple[Documents, Stems]:
    """English texts, for the examples above."""
    import polars as pl  # noqa: PLC0415

    from pipeline.stages.language import Languages  # noqa: PLC0415
    from pipeline.stages.normalise import documents_of  # noqa: PLC0415
    from pipeline.stages.stems import stems_of  # noqa: PLC0415
    from pipeline.stages.strings import strings_of  # noqa: PLC0415

    strings = strings_of(pl.Series(texts))
    documents = documents_of(strings)
    languages = Languages(np.zeros(len(texts), np.int16), ("en",))
    return documents, stems_of(documents, strings, languages)
