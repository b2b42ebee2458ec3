"""Articles in, documents out: tokens with offsets into the original text."""

import numpy as np
import polars as pl

from pipeline.config import Normalise
from pipeline.documents import I64, Documents, Shingles
from pipeline.kernels.characters import characters
from pipeline.kernels.masking import masked_runs, unmasked_counts
from pipeline.kernels.places import code_points, compact_places
from pipeline.kernels.shingles import shingle_sets, text_hashes
from pipeline.kernels.tokens import tokenise
from pipeline.stages.posts import quote_posts
from pipeline.stages.spread import Gather, Kinds, ends, in_memory, ranges
from pipeline.stages.strings import Strings, batches, strings_of

_TOKENS: Kinds = {
    "counts": (np.int64,),
    "tokens": (np.uint64,),
    "gaps": (np.uint8,),
    "widths": (np.uint8,),
    "wide": (np.int64, 4),
    "flags": (np.uint8,),
    "text_hash": (np.uint64,),
}
_SETS: Kinds = {"sizes": (np.int64,), "values": (np.uint64,)}


def documents_of(
    texts: Strings | pl.Series, batch: int = 2000, gather: Gather = in_memory
) -> Documents:
    """Tokenise texts.

    Args:
        texts: all known, in the order of their article_id.
        batch: texts per call of the kernel, fewer where they are long; changes nothing but memory
            and speed.
        gather: runs the batches.

    Example:
        >>> documents = documents_of(pl.Series(["Ice closes the pass.", "Thaw"]))
        >>> len(documents), documents.offsets.tolist(), documents.ends.tolist()
        (2, [0, 4, 5], [3, 10, 14, 19, 4])
    """
    strings = texts if isinstance(texts, Strings) else strings_of(texts)
    tables = characters()

    def work(rows: range) -> tuple[np.ndarray, ...]:
        data, bounds, _ = strings.packed(rows)
        counts, tokens, first, last, flags = tokenise(data, bounds, *tables)
        quote_posts(data, bounds, counts, first, flags)
        gaps, widths, wide = compact_places(counts, first, last)
        wide[:, 0] += rows.start
        return counts, tokens, gaps, widths, wide, flags, text_hashes(tokens, ends(counts))

    counts, *columns = gather(work, batches(strings, batch), _TOKENS)
    return Documents(ends(counts), *columns)


def shingles_of(
    documents: Documents,
    options: Normalise,
    rows: I64 | None = None,
    batch: int = 2000,
    gather: Gather = in_memory,
) -> Shingles:
    """The sets of shingle hashes of some documents; shingles don't cross masked tokens.

    Args:
        documents: tokens.
        options: the section `normalise`.
        rows: which documents, ascending; all if None.
        batch: sets per call of the kernel.
        gather: runs the batches.

    Example:
        >>> documents = documents_of(pl.Series(["one two three four five six"]))
        >>> len(shingles_of(documents, Normalise()).values)
        2
    """
    chosen = np.arange(len(documents)) if rows is None else rows

    def work(part: range) -> tuple[np.ndarray, ...]:
        return shingle_sets(
            documents.tokens,
            documents.flags,
            documents.offsets,
            chosen[part.start : part.stop],
            options.shingle,
            options.shingle_unspaced,
        )

    sizes, values = gather(work, ranges(len(chosen), batch), _SETS)
    return Shingles(chosen, ends(sizes), values)


def unmasked_sizes(documents: Documents) -> I64:
    """[n] tokens of each document that aren't masked."""
    return unmasked_counts(documents.flags, documents.offsets)


def masked_spans(article_ids: pl.Series, documents: Documents, rows: I64) -> pl.DataFrame:
    """article_id, start, end: what is masked in some documents, in code points of the texts.

    Args:
        article_ids: [m] of these documents.
        documents: of all articles.
        rows: [m] which.
    """
    at, first, last, _ = masked_runs(documents.tokens, documents.flags, documents.offsets, rows)
    start, end = spans_of(documents, first, last)
    return pl.DataFrame(
        {"article_id": article_ids.gather(np.searchsorted(rows, at)), "start": start, "end": end}
    )


def spans_of(documents: Documents, first: I64, last: I64) -> tuple[I64, I64]:
    """[m] code points of the text in which tokens first … last − 1 stand, half open."""
    arrays = (documents.offsets, documents.gaps, documents.widths, documents.wide)
    return code_points(*arrays, first)[0], code_points(*arrays, last - 1)[1]
