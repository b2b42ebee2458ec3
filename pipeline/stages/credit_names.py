"""Names and phrases as tokens, so that most texts and lines never meet a regex.

A name's tokens stand in a text wherever its spelling stands apart: with white space, punctuation
or quotation marks beside it. Tokens can't tell where marks or format characters may join it with
what stands beside, nor where a script has no spaces: `character_signs` knows those characters.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.documents import I32, I64, U8, U64, Documents, Flags
from pipeline.kernels.characters import EXPANDED, KIND, SEPARATOR, characters
from pipeline.kernels.lines import HINTED, NAMED
from pipeline.kernels.names import NEAR, Phrases, Sequences, find_names, mixed_pairs, slots_of
from pipeline.kernels.texts import COPYRIGHT, JOINER, OTHER, UNSPACED
from pipeline.stages.credit_book import BEHIND, BETWEEN, UNSPACED_RANGES
from pipeline.stages.credit_phrases import AFTER, AFTER_OTHER, BEFORE, BEFORE_OTHER, by_phrase
from pipeline.stages.normalise import documents_of, spans_of
from pipeline.stages.spread import ends

# Bits of a sequence beside NAMED and HINTED: a name in running text, a name that the dump taught.
RUNNING, LEARNED = np.uint8(64), np.uint8(1)
# What the patterns of `credit_lines.copyright_line` and `credit_shares` need, other than "©".
_TELLING = (
    "copyright", "c", "reporting by", "reporting and writing by", "reporting from", "contributed",
    "contributing", "more from", "material from", "files from", "information from", "reports from",
    "inputs from", "input from", "was reported by", "was written by", "was provided by",
)  # fmt: skip
_LATIN_RANGES = ((0, 0x24F), (0x1E00, 0x20CF))


class Finder(NamedTuple):
    """What to find in tokens; and names that have none ("***")."""

    sequences: Sequences
    phrases: Phrases
    wordless: tuple[str, ...]


class Hits(NamedTuple):
    """Sequences found in documents: document i has the hits offsets[i]:offsets[i + 1].

    Attributes:
        offsets: [n + 1]
        places: [h] code points at which they start, ascending in each document.
        bits: [h] what they are.
    """

    offsets: I64
    places: I32
    bits: U8

    def having(self, bits: np.uint8) -> Flags:
        """[n] whether a document has a hit with one of the bits."""
        counts: I64 = ends((self.bits & bits) != 0)[self.offsets]
        return np.diff(counts) > 0


def finder_of(
    names: Iterable[str], learned: Iterable[str] = (), running: Iterable[str] = ()
) -> Finder:
    """A finder of names.

    Args:
        names: what lines and author fields call outlets.
        learned: those that only this dump taught.
        running: what running text calls outlets; they count only beside a phrase.
    """
    groups = (
        (names, NAMED), (learned, LEARNED), (running, RUNNING | NEAR), (_TELLING, HINTED),
    )  # fmt: skip
    words = [(word, bits) for group, bits in groups for word in group]
    documents = documents_of(pl.Series([word for word, _ in words], dtype=pl.String()))
    sizes = np.diff(documents.offsets)
    bare = (words[i][0] for i in np.flatnonzero(sizes == 0))
    return Finder(
        sequences=_sequences(documents, np.array([bits for _, bits in words], np.uint8)),
        phrases=_phrases(),
        wordless=tuple(sorted({max(word.split(), key=len, default=word) for word in bare})),
    )


def _sequences(documents: Documents, bits: U8) -> Sequences:
    rows = np.flatnonzero(np.diff(documents.offsets) > 0)
    first = documents.tokens[documents.offsets[rows]]
    order = np.argsort(first, kind="stable")
    rows, first = rows[order], first[order]
    firsts, counts = np.unique(first, return_counts=True)
    sizes = np.diff(documents.offsets)[rows]
    tokens = [documents.tokens[documents.offsets[i] : documents.offsets[i + 1]] for i in rows]
    marks, slots = slots_of(firsts)
    return Sequences(
        marks=marks,
        slots=slots,
        firsts=firsts,
        groups=ends(counts),
        bounds=ends(sizes),
        tokens=np.concatenate([np.empty(0, np.uint64), *tokens]),
        bits=bits[rows],
    )


@cache
def _phrases() -> Phrases:
    before = {*by_phrase(BEFORE), *by_phrase(BEFORE_OTHER)}
    after = {*by_phrase(AFTER), *by_phrase(AFTER_OTHER)}
    # "the deal, first reported by …": what stands behind a name may stand before one as well.
    return Phrases(
        before=_edges(before | after, slice(-2, None)),
        after=_edges(after, slice(0, 2)),
        between=_edges(set(BETWEEN.split()), slice(0, 2)),
        skipped=_edges(set(BEHIND.split()), slice(0, 2)),
    )


def _edges(phrases: set[str], part: slice) -> U64:
    """One number for the first or last two tokens of each phrase, ascending."""
    documents = documents_of(pl.Series(sorted(phrases), dtype=pl.String()))
    bounds = zip(documents.offsets[:-1], documents.offsets[1:], strict=True)
    ones = [documents.tokens[low:high][part] for low, high in bounds]
    singles = [one[0] for one in ones if len(one) == 1]
    pairs = np.array([one for one in ones if len(one) == 2], np.uint64).reshape(-1, 2)
    mixed = mixed_pairs(pairs[:, 0].copy(), pairs[:, 1].copy())
    return np.unique(np.concatenate([np.array(singles, np.uint64), mixed]))


def hits_of(finder: Finder, documents: Documents, rows: range) -> Hits:
    """What the finder finds in some documents."""
    bounds = documents.offsets[rows.start : rows.stop + 1]
    span = slice(bounds[0], bounds[-1])
    offsets, first, bits = find_names(
        documents.tokens[span], bounds - bounds[0], finder.sequences, finder.phrases
    )
    places, _ = spans_of(documents, first + bounds[0], first + bounds[0] + 1)
    return Hits(offsets, places.astype(np.int32), bits)


@cache
def character_signs() -> U8:
    """[0x110000] for `find_signs`: what each code point says of a text that has it."""
    tables = characters()
    signs = np.zeros(len(tables.kinds), np.uint8)
    kinds = tables.kinds & KIND
    joining = np.flatnonzero(kinds != SEPARATOR).tolist()
    odd = [point for point in joining if not chr(point).isalnum()]
    for point in odd:
        if kinds[point] != EXPANDED or _joins(point):
            signs[point] |= JOINER
    for low, high in UNSPACED_RANGES:
        signs[low : high + 1] |= UNSPACED
    signs[0xA9] |= COPYRIGHT
    other = np.ones(len(signs), bool)
    for low, high in _LATIN_RANGES:
        other[low : high + 1] = False
    signs[other] |= OTHER
    return signs


def _joins(point: int) -> bool:
    """Is part of what a code point expands to part of a token?"""
    tables = characters()
    slot = tables.slots[point]
    parts = tables.points[tables.bounds[slot] : tables.bounds[slot + 1]]
    return bool((tables.kinds[parts] & KIND != SEPARATOR).any())
