"""Credits of one batch of articles, as rows: in lines, in author fields, in running text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from pipeline.documents import I32, I64, U8, Documents, Flags
from pipeline.kernels.characters import characters
from pipeline.kernels.lines import HINTED, NAMED
from pipeline.kernels.names import find_names
from pipeline.kernels.texts import COPYRIGHT, JOINER, OTHER, UNSPACED, find_signs
from pipeline.kernels.tokens import tokenise
from pipeline.stages import credit_lines as lines
from pipeline.stages.articles import Articles
from pipeline.stages.credit_book import Book
from pipeline.stages.credit_names import LEARNED, RUNNING, Finder, Hits, character_signs, hits_of
from pipeline.stages.credit_phrases import find_mentions
from pipeline.stages.credit_shares import reporting
from pipeline.stages.credit_windows import (
    FORMS,
    REACH_HEAD,
    REACH_TAIL,
    Texts,
    Tries,
    credit_lines,
    may_name,
)
from pipeline.stages.outlets import Names
from pipeline.stages.spread import ends
from pipeline.stages.strings import Strings

DETAIL = 120
ROWS = pl.Schema(
    {"row": pl.Int64(), "name": pl.String(), "kind": pl.String(), "start": pl.Int64(),
     "end": pl.Int64(), "trust": pl.String(), "words": pl.String()}
)  # fmt: skip
_Row = tuple[int, str, str, int | None, int | None, str, str]
_AUTHORS = 4  # of more, some are whoever else the page names
_LONG = 200  # bytes from which parts of an author field may be cut


@dataclass(frozen=True)
class Search:
    """What credits are searched in, and what for.

    Attributes:
        names: whom lines and author fields can credit.
        finder: of these names; in the second pass also of the learned and of the book's.
        patterns: what `may_name` looks for.
        words: of the longest name.
    """

    articles: Articles
    documents: Documents
    names: Names
    finder: Finder
    patterns: tuple[bytes, ...]
    words: int


@dataclass(frozen=True)
class Taught:
    """What the first pass told the second.

    Attributes:
        signs, points: [n] of `find_signs`.
        learned: spellings of names that nobody knew before.
        book: whom running text can credit.
    """

    signs: U8
    points: I32
    learned: list[str]
    book: Book


def first_pass(search: Search, rows: range) -> tuple[pl.DataFrame, U8, I32]:
    """Credits in the lines and author fields of a batch, and its texts' signs and code points."""
    data, bounds = _packed(search.articles.text, rows)
    signs, points = find_signs(data, bounds, character_signs())
    if search.finder.wordless:
        # Tokens can't tell where such a name stands.
        text = search.articles.text.series(rows)
        signs[text.str.contains_any(list(search.finder.wordless)).to_numpy()] |= JOINER
    texts = Texts(data, bounds, signs, points)
    hits = hits_of(search.finder, search.documents, rows)
    candidates = credit_lines(texts, hits, np.arange(len(rows)), search.words)
    found = _in_lines(search, candidates, rows)
    return pl.concat([found, _in_authors(search, rows, NAMED)]), signs, points


def second_pass(search: Search, taught: Taught, rows: range) -> pl.DataFrame:
    """Credits in the running text of a batch, and in lines and author fields to learned names."""
    span = slice(rows.start, rows.stop)
    signs, points = taught.signs[span], taught.points[span]
    hits = hits_of(search.finder, search.documents, rows)
    found = [_in_running_text(search, taught.book, hits, signs, rows)]
    if taught.learned:
        again = hits.having(LEARNED | HINTED) | (signs & (JOINER | COPYRIGHT) != 0)
        texts = Texts(*_packed(search.articles.text, rows), signs, points)
        candidates = credit_lines(texts, hits, np.flatnonzero(again), search.words)
        teaching = pl.col("line").str.contains_any(taught.learned)
        found.append(_in_lines(search, candidates.filter(teaching), rows))
        found.append(_in_authors(search, rows, LEARNED))
    return pl.concat(found)


def _packed(strings: Strings, rows: range) -> tuple[U8, I64]:
    """The batch's strings end to end, and their bounds."""
    data, bounds, _ = strings.packed(rows)
    return data, bounds


def table(rows: Iterator[_Row]) -> pl.DataFrame:
    """Credits as a frame."""
    return pl.DataFrame(list(rows), schema=ROWS, orient="row")


def _in_lines(search: Search, candidates: pl.DataFrame, rows: range) -> pl.DataFrame:
    names_one = partial(may_name, patterns=search.patterns)

    def found() -> Iterator[_Row]:
        for at, line, base, *tries in candidates.iter_rows():
            row = rows[at]
            mentions = partial(_mentions, search.articles, row)
            for c in _credits_of(line, Tries(*tries), search.names, mentions, names_one):
                words = line[c.start : min(c.end, c.start + DETAIL)]
                yield row, c.name, c.kind, base + c.start, base + c.end, c.trust, words

    return table(found())


def _credits_of(
    line: str,
    tries: Tries,
    names: Names,
    mentions: Callable[[str], bool],
    may_name: Callable[[str], bool],
) -> list[lines.Found]:
    """All credits in a line.

    Args:
        line: the line.
        tries: which finders to try.
        names: whom it can credit.
        mentions: tells whether the whole text has a word.
        may_name: tells whether a line that isn't `by` may name somebody.
    """
    found = list(lines.dateline(line, names)) if tries.dateline else []
    if tries.byline and not found:
        bylines = list(lines.edge(line, names, at_edge=tries.at_edge))
        found += bylines if tries.by or not bylines or may_name(line) else []
    if tries.hint:
        found += lines.copyright_line(line, names)
        found += reporting(line, names, mentions)
    if tries.end:
        found += lines.last_words(line, names)
    return found


def _mentions(articles: Articles, row: int, name: str) -> bool:
    return name in articles.text.series(range(row, row + 1))[0]


def _in_authors(search: Search, rows: range, bits: np.uint8) -> pl.DataFrame:
    """Credits in author fields that hold such names, or have an agency's form."""
    chosen = _naming(search, rows, bits)
    authors = pl.DataFrame({"row": chosen, "author": search.articles.author.series(chosen)})
    author = pl.col("author").str.head(2000)
    parts = authors.select("row", part=author.str.replace_all(r";|/|\|| and ", ",").str.split(","))
    kind = pl.when(pl.col("part").list.len() > _AUTHORS).then(pl.lit("listed"))
    parts = parts.with_columns(kind=kind.otherwise(pl.lit("author")))
    parts = parts.explode("part").drop_nulls()
    found = {part: lines.author(part, search.names) for part in parts["part"].unique().to_list()}
    return table(
        (row, credit[0], kind, None, None, credit[1], part.strip()[:DETAIL])
        for row, part, kind in parts.iter_rows()
        if (credit := found[part])
    )


def _naming(search: Search, rows: range, bits: np.uint8) -> I64:
    """The articles whose author field may name an outlet or agency."""
    data, bounds = _packed(search.articles.author, rows)
    counts, tokens, *_ = tokenise(data, bounds, *characters())
    sequences, phrases = search.finder.sequences, search.finder.phrases
    offsets, _, what = find_names(tokens, ends(counts), sequences, phrases)
    naming = np.diff(ends(what & bits != 0)[offsets]) > 0
    authors = search.articles.author.series(rows)
    forms = [*FORMS, *search.finder.wordless]
    form = authors.str.contains_any(forms, ascii_case_insensitive=True).fill_null(value=False)
    return np.flatnonzero(naming | form.to_numpy() | (np.diff(bounds) > _LONG)) + rows.start


def _in_running_text(
    search: Search, book: Book, hits: Hits, signs: U8, rows: range
) -> pl.DataFrame:
    unsure = signs & (JOINER | UNSPACED) != 0
    chosen = np.flatnonzero(unsure | hits.having(RUNNING))
    texts = search.articles.text.series(chosen + rows.start)
    parts = pl.Series([book.parts], dtype=pl.List(pl.String()))
    holding = ~unsure[chosen] | texts.str.contains_any(parts).to_numpy()
    chosen, texts = chosen[holding], texts.filter(pl.Series(holding, dtype=pl.Boolean()))
    near = [_near(hits, row, unsure) for row in chosen]
    other = signs[chosen] & OTHER != 0

    def found() -> Iterator[_Row]:
        for at, name, kind, start, end in find_mentions(texts, other.tolist(), near, book):
            text = texts[at]
            signed = name in search.names.agencies and _is_signature(text, start, end)
            if kind != "writer" or signed:
                words = text[start : min(end, start + DETAIL)]
                yield rows[int(chosen[at])], name, kind, start, end, "known", words

    return table(found())


def _near(hits: Hits, row: np.int64, unsure: Flags) -> list[int] | None:
    """The code points at which a text's names start, None where tokens can't tell."""
    if unsure[row]:
        return None
    span = slice(hits.offsets[row], hits.offsets[row + 1])
    places: list[int] = hits.places[span][hits.bits[span] & RUNNING != 0].tolist()
    return places


def _is_signature(text: str, start: int, end: int) -> bool:
    """Does "AP writer Jane Doe" sign the text, at a line's start or in its last words?"""
    if not text[end : end + 1].isupper() or text.startswith("Group", end):
        return False
    at_line = start < REACH_HEAD and text[start - 1 : start] in ("", "\n")
    return start > len(text) - REACH_TAIL or at_line
