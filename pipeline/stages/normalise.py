"""Articles in, documents out: tokens with offsets into the original text."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from pipeline.config import Normalise
from pipeline.documents import I64, U8, U64, Documents, Shingles
from pipeline.kernels.characters import characters
from pipeline.kernels.masking import masked_runs, unmasked_counts
from pipeline.kernels.shingles import shingle_sets, text_hashes
from pipeline.kernels.tokens import PADDING, tokenise
from pipeline.stages.spread import Spread, ends, joined, ranges

# The tokeniser sets aside room for the most tokens that so many bytes can hold.
_BATCH_BYTES = 1 << 25


def documents_of(texts: pl.Series, batch: int = 2000, spread: Spread = map) -> Documents:
    """Tokenise texts.

    Args:
        texts: strings without nulls, in the order of their article_id.
        batch: texts per call of the kernel; changes nothing but memory and speed.
        spread: runs the batches.

    Example:
        >>> documents = documents_of(pl.Series(["Ice closes the pass.", "Thaw"]))
        >>> len(documents), documents.offsets.tolist(), documents.ends.tolist()
        (2, [0, 4, 5], [3, 10, 14, 19, 4])
    """
    tables = characters()

    def work(rows: range) -> tuple[np.ndarray, ...]:
        data, bounds = _packed(texts[rows.start : rows.stop])
        return tokenise(data, bounds, *tables)

    parts = list(spread(work, _batches(texts, batch)))
    return Documents(
        offsets=ends(joined((p[0] for p in parts), np.int64)),
        tokens=joined((p[1] for p in parts), np.uint64),
        starts=joined((p[2] for p in parts), np.int32),
        ends=joined((p[3] for p in parts), np.int32),
        flags=joined((p[4] for p in parts), np.uint8),
    )


def _batches(texts: pl.Series, batch: int) -> Iterator[range]:
    """Consecutive ranges of at most `batch` texts, and of little more than `_BATCH_BYTES`."""
    reach = np.cumsum(texts.str.len_bytes().cast(pl.Int64()).to_numpy())
    start = 0
    while start < len(texts):
        behind = reach[start - 1] if start else 0
        full = int(np.searchsorted(reach, behind + _BATCH_BYTES)) + 1
        stop = min(start + batch, full, len(texts))
        yield range(start, stop)
        start = stop


def _packed(texts: pl.Series) -> tuple[U8, I64]:
    """Texts as UTF-8 end to end with padding, and [n + 1] byte offsets."""
    encoded = [text.encode() for text in texts]
    bounds = ends(np.fromiter((len(text) for text in encoded), np.int64, len(encoded)))
    return np.frombuffer(b"".join([*encoded, bytes(PADDING)]), np.uint8), bounds


def shingles_of(
    documents: Documents, options: Normalise, batch: int = 2000, spread: Spread = map
) -> Shingles:
    """Each document's set of shingle hashes; shingles don't cross masked tokens.

    Example:
        >>> documents = documents_of(pl.Series(["one two three four five six"]))
        >>> len(shingles_of(documents, Normalise()).values)
        2
    """

    def work(rows: range) -> tuple[I64, U64]:
        bounds = documents.offsets[rows.start : rows.stop + 1]
        span = slice(bounds[0], bounds[-1])
        return shingle_sets(
            documents.tokens[span],
            documents.flags[span],
            bounds - bounds[0],
            options.shingle,
            options.shingle_unspaced,
        )

    parts = list(spread(work, ranges(len(documents), batch)))
    return Shingles(
        offsets=ends(joined((sizes for sizes, _ in parts), np.int64)),
        values=joined((values for _, values in parts), np.uint64),
    )


def hashes_of(documents: Documents) -> U64:
    """[n] hash of each normalised text, before anything is masked."""
    return text_hashes(documents.tokens, documents.offsets)


def unmasked_sizes(documents: Documents) -> I64:
    """[n] tokens of each document that aren't masked."""
    return unmasked_counts(documents.flags, documents.offsets)


def without_tokens(
    articles: pl.DataFrame, documents: Documents
) -> tuple[pl.DataFrame, Documents, pl.DataFrame]:
    """Articles and documents that have tokens, and rejects for those that have none."""
    empty = np.diff(documents.offsets) == 0
    rejects = articles.filter(pl.Series(empty)).select(
        input=pl.lit("articles"),
        locator=pl.format("article_id {}", "article_id"),
        reason=pl.lit("its text holds no letters or digits"),
    )
    kept = np.append(~empty, True)
    full = replace(documents, offsets=documents.offsets[kept])
    return articles.filter(pl.Series(~empty)), full, rejects


def masked_spans(article_ids: pl.Series, documents: Documents) -> pl.DataFrame:
    """article_id, start, end: what is masked, in code points of the original text."""
    rows, first, last, _ = masked_runs(
        documents.tokens, documents.flags, documents.offsets, np.arange(len(documents))
    )
    return pl.DataFrame(
        {
            "article_id": article_ids.gather(rows),
            "start": documents.starts[first],
            "end": documents.ends[last - 1],
        }
    )
