"""Learn each outlet's boilerplate and mask it.

A block (line, sentence or token run, digits masked) is boilerplate where it recurs in at least
`min_articles` articles of one outlet that otherwise share little. Articles that are hardly
anything but recurring blocks can't testify: they're copies of a story, not carriers of a footer.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from pipeline import tables
from pipeline.config import Boilerplate
from pipeline.documents import I64, U64, Documents
from pipeline.kernels.blocks import count_distinct, frequent_units
from pipeline.kernels.masking import mask_blocks, masked_runs, outside_units
from pipeline.stages.spread import Spread, ends

# A witness has at least this share of its tokens, and this many, outside recurring blocks.
_WITNESS_SHARE = 0.25
_WITNESS_TOKENS = 15
# Of the runs outside recurring blocks, by which two articles are compared, one in so many.
_SAMPLE = 4


def mask_boilerplate(
    documents: Documents,
    articles: pl.DataFrame,
    options: Boilerplate,
    spread: Spread = map,
) -> tuple[Documents, pl.DataFrame]:
    """Mask what each outlet repeats.

    Args:
        documents: of all articles.
        articles: `source`, `text` and `text_hash`, row by row those of the documents; nothing is
            learned from a null source, and identical texts count once.
        options: the section `boilerplate`.
        spread: runs the outlets.

    Returns:
        The documents with MASKED flags, and the table `boilerplate`.
    """
    masked = replace(documents, flags=documents.flags.copy())
    if not options.enabled:
        return masked, tables.BOILERPLATE.empty()
    outlets = (
        articles.lazy()
        .select("source", "text_hash")
        .with_row_index("row")
        .filter(pl.col("source").is_not_null())
        .group_by("source", maintain_order=True)
        .agg(pl.col("row").cast(pl.Int64()), pl.col("text_hash"))
        .filter(pl.col("row").list.len() >= options.min_articles)
        .sort("source")
        .collect()
    )

    def work(outlet: tuple[str, list[int], list[int]]) -> pl.DataFrame:
        source, rows, hashes = outlet
        members = np.array(rows, np.int64)
        sample = _sample(members, np.array(hashes, np.uint64), options)
        learned, spreads = _learn(documents, sample, options)
        if len(learned) == 0:
            return tables.BOILERPLATE.empty()
        mask_blocks(
            documents.tokens, masked.flags, documents.offsets, members,
            options.run, learned, spreads, options.max_share,
        )  # fmt: skip
        return _listed(masked, members, source, articles["text"])

    parts = list(spread(work, outlets.iter_rows()))
    return masked, pl.concat([tables.BOILERPLATE.empty(), *parts])


def _sample(rows: I64, hashes: U64, options: Boilerplate) -> I64:
    """One row for each distinct text, at most `learn_from`, chosen by the texts alone."""
    _, first = np.unique(hashes, return_index=True)
    return np.sort(rows[first[: options.learn_from]])


def _learn(documents: Documents, rows: I64, options: Boilerplate) -> tuple[U64, I64]:
    """Hashes of the units that are boilerplate, and in how many of the rows each stands."""
    arrays = (documents.tokens, documents.flags, documents.offsets, rows, options.run)
    units, groups, members = _recurring(*frequent_units(*arrays, options.min_articles), options)
    if len(units) == 0:
        return units, groups[:0]
    outside, sizes, rest = outside_units(*arrays, units, _SAMPLE)
    lengths = np.diff(documents.offsets)[rows]
    witness = (outside >= _WITNESS_TOKENS) & (outside >= _WITNESS_SHARE * lengths)
    distinct = count_distinct(
        groups, members, rest, ends(sizes), witness, options.shared, options.min_articles
    )
    learned = distinct >= options.min_articles
    return units[learned], np.diff(groups)[learned]


def _recurring(owner: I64, hashes: U64, options: Boilerplate) -> tuple[U64, I64, I64]:
    """Units in at least `min_articles`, the offsets of their articles, and these."""
    order = np.lexsort((owner, hashes))
    hashes, owner = hashes[order], owner[order]
    fresh = np.ones(len(hashes), bool)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    units, spreads = np.unique(hashes[fresh], return_counts=True)
    kept = spreads >= options.min_articles
    return units[kept], ends(spreads[kept]), owner[fresh][np.repeat(kept, spreads)]


def _listed(documents: Documents, rows: I64, source: str, texts: pl.Series) -> pl.DataFrame:
    """The masked blocks of one outlet, each with its text in the first article that has it."""
    row, first, last, block = masked_runs(
        documents.tokens, documents.flags, documents.offsets, rows
    )
    _, at, number = np.unique(block, return_index=True, return_inverse=True)
    once = np.unique(np.stack([number, row]), axis=1)[0]
    articles = np.bincount(once, minlength=len(at))
    spans = zip(row[at], documents.starts[first[at]], documents.ends[last[at] - 1], strict=True)
    return pl.DataFrame(
        {
            "source": pl.repeat(source, len(at), eager=True, dtype=pl.String()),
            "block_hash": pl.Series(block[at], dtype=pl.UInt64()),
            "text": pl.Series([texts[int(r)][a:b] for r, a, b in spans], dtype=pl.String()),
            "articles": pl.Series(articles, dtype=pl.Int64()),
        }
    )
