"""Learn each outlet's boilerplate and mask it.

A block (line, sentence or token run, digits masked) is boilerplate where it recurs in at least
`min_articles` articles on one outlet's site that otherwise share little. Articles that are hardly
anything but recurring blocks can't testify: they're copies of a story, not carriers of a footer.
Galleries and captions said twice are masked before, by what each article by itself shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline import tables
from pipeline.config import Boilerplate
from pipeline.documents import I64, U8, U64, Documents
from pipeline.kernels.asides import mask_asides
from pipeline.kernels.blocks import count_distinct, frequent_units
from pipeline.kernels.masking import mask_blocks, masked_runs, outside_units, unmasked_counts
from pipeline.stages.articles import Articles
from pipeline.stages.normalise import documents_of, spans_of
from pipeline.stages.sites import homes
from pipeline.stages.spread import Room, Spread, ends, ranges, zeros
from pipeline.stages.strings import Strings

# A witness has at least this share of its tokens, and this many, outside recurring blocks.
_WITNESS_SHARE = 0.25
_WITNESS_TOKENS = 15
# Of the runs outside recurring blocks, by which two articles are compared, one in so many.
_SAMPLE = 4
_COPIED = 1 << 24
_COUNTED = 1000  # galleries are counted so far
_ROWS = 2000  # documents per call
_FETCHED = 32  # articles whose texts are held at a time


@dataclass(frozen=True)
class Masked:
    """What masking found.

    Attributes:
        flags: [T] the documents' flags, MASKED where a token is an outlet's boilerplate.
        blocks: the table `boilerplate`.
    """

    flags: U8
    blocks: pl.DataFrame


def mask_boilerplate(
    documents: Documents,
    articles: Articles,
    options: Boilerplate,
    spread: Spread = map,
    room: Room = zeros,
) -> Masked:
    """Mask what each outlet repeats.

    Args:
        documents: of all articles.
        articles: row by row those of the documents; nothing is learned from an unknown outlet, and
            identical texts count once.
        options: the section `boilerplate`.
        spread: runs the outlets.
        room: makes the array of flags.
    """
    flags = room("masked_flags", len(documents.flags), np.uint8)
    for part in ranges(len(flags), _COPIED):
        flags[part.start : part.stop] = documents.flags[part.start : part.stop]
    masked = replace(documents, flags=flags)

    if not options.enabled:
        return Masked(flags, tables.BOILERPLATE.empty())
    _mask_asides(masked, spread)
    lengths = unmasked_counts(flags, documents.offsets)

    def work(outlet: tuple[str, I64]) -> pl.DataFrame:
        source, members = outlet
        sample = _sample(members, documents.text_hash[members], options)
        learned, spreads = _learn(masked, lengths[sample], sample, options)
        if len(learned):
            mask_blocks(
                documents.tokens, flags, documents.offsets, members,
                options.run, learned, spreads, options.max_share,
            )  # fmt: skip
        return _listed(masked, members, source, articles.text)

    parts = list(spread(work, _outlets(articles)))
    return Masked(flags, pl.concat([tables.BOILERPLATE.empty(), *parts]))


def _mask_asides(documents: Documents, spread: Spread) -> None:
    """Mask what each article by itself shows to be no part of its text."""
    counting = documents_of(pl.Series([" ".join(map(str, range(_COUNTED)))])).tokens
    order = np.argsort(counting)

    def work(rows: range) -> None:
        mask_asides(
            documents.tokens, documents.flags, documents.offsets,
            np.arange(rows.start, rows.stop), counting, order,
        )  # fmt: skip

    for _ in spread(work, ranges(len(documents), _ROWS)):
        pass


def _outlets(articles: Articles) -> Iterator[tuple[str, I64]]:
    """Outlets in the order of their names, and the rows of what stands on their sites."""
    home = homes(articles)
    by_home = np.argsort(home, kind="stable")
    counts = np.bincount(home + 1, minlength=len(articles.sources) + 1)
    bounds = ends(counts)[1:]
    for at, source in enumerate(articles.sources):
        if counts[at + 1]:
            yield source, by_home[bounds[at] : bounds[at + 1]]


def _sample(rows: I64, hashes: U64, options: Boilerplate) -> I64:
    """One row for each distinct text, at most `learn_from`, chosen by the texts alone."""
    _, first = np.unique(hashes, return_index=True)
    return np.sort(rows[first[: options.learn_from]])


def _learn(documents: Documents, lengths: I64, rows: I64, options: Boilerplate) -> tuple[U64, I64]:
    """Hashes of the units that are boilerplate, and in how many of the rows each stands.

    Args:
        lengths: [m] tokens of each row that aren't masked yet.
    """
    if len(rows) < options.min_articles:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    arrays = (documents.tokens, documents.flags, documents.offsets, rows, options.run)
    units, groups, members = _recurring(*frequent_units(*arrays, options.min_articles), options)
    if len(units) == 0:
        return units, groups[:0]
    outside, sizes, rest = outside_units(*arrays, units, _SAMPLE)
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


def _listed(documents: Documents, rows: I64, source: str, texts: Strings) -> pl.DataFrame:
    """The masked blocks of one outlet, each with its text in the first article that has it."""
    row, first, last, block = masked_runs(
        documents.tokens, documents.flags, documents.offsets, rows
    )
    _, at, number = np.unique(block, return_index=True, return_inverse=True)
    once = np.unique((number << 32) | row)
    articles = np.bincount(once >> 32, minlength=len(at))
    shown = _shown(texts, row[at], *spans_of(documents, first[at], last[at]))
    return pl.DataFrame(
        {
            "source": pl.repeat(source, len(at), eager=True, dtype=pl.String()),
            "block_hash": pl.Series(block[at], dtype=pl.UInt64()),
            "text": pl.Series(shown, dtype=pl.String()),
            "articles": pl.Series(articles, dtype=pl.Int64()),
        }
    )


def _shown(texts: Strings, rows: I64, starts: I64, stops: I64) -> list[str]:
    """Passages of articles. Each article is fetched once, and is gone when the next few are."""
    shown = [""] * len(rows)
    order = np.argsort(rows, kind="stable")
    distinct, counts = np.unique(rows, return_counts=True)
    bounds = ends(counts)
    for part in ranges(len(distinct), _FETCHED):
        found = texts.series(distinct[part.start : part.stop])
        for at, text in zip(part, found, strict=True):
            for place in order[bounds[at] : bounds[at + 1]].tolist():
                shown[place] = text[starts[place] : stops[place]]
    return shown
