"""Which agencies and outlets an article names as its origin.

Credits in lines of their own and in author fields are read first (`credit_lines`): they also teach
the names of agencies that no registry lists. With these known, running text is searched
(`credit_phrases`). Both passes go batch by batch and keep a few bytes for each article, and what
they find.
"""

from functools import partial

import numpy as np
import polars as pl

from pipeline.config import Outlets
from pipeline.documents import Documents
from pipeline.stages.articles import Articles
from pipeline.stages.credit_book import Book, Spelling
from pipeline.stages.credit_names import finder_of
from pipeline.stages.credit_rows import ROWS, Search, Taught, first_pass, second_pass
from pipeline.stages.credit_windows import AGENCY_WORDS
from pipeline.stages.links import find_links
from pipeline.stages.outlets import (
    Names,
    expand_acronyms,
    key,
    may_be_person,
    registry,
    sounds_like_agency,
)
from pipeline.stages.spread import Spread, joined
from pipeline.stages.strings import batches

__all__ = ["CREDITS", "find_credits", "find_links"]

CREDITS = pl.Schema(
    {"article_id": pl.String(), "name": pl.String(), "kind": pl.String(),
     "detail": pl.String(), "start": pl.Int64(), "end": pl.Int64()}
)  # fmt: skip


def find_credits(
    articles: Articles,
    documents: Documents,
    outlets: Outlets,
    batch: int = 2000,
    spread: Spread = map,
) -> pl.DataFrame:
    """Every agency and outlet that an article credits, except its own outlet.

    Args:
        articles: each outlet under its canonical name.
        documents: the articles' tokens.
        outlets: the registry of agencies and outlets.
        batch: articles read at once, fewer where they are long; changes nothing but memory and
            speed.
        spread: runs the batches.

    Returns:
        article_id, name (canonical, in full), kind (dateline, by_agency, person_agency, bare_line,
        copyright, writer, reporting_by, told, exclusive, reported, author, listed), detail (the
        words, at most 120 code points), start and end (the detail's place in the text; null for
        author and listed). The first of each name and kind in an article, in the order of
        article_id and start.

    Raises:
        ConfigError: two names of the registry claim one spelling.

    Example:
        >>> from pipeline.stages.articles import articles_of
        >>> from pipeline.stages.normalise import documents_of
        >>> text = "LISBON (Northgate News Agency) — A ferry ran aground on Monday."
        >>> columns = ("article_id", "source", "title", "author", "url", "text")
        >>> dump = pl.DataFrame([("a", "Harbor Ledger", "", "", "", text)], columns, orient="row")
        >>> dump = dump.with_columns(
        ...     published_at=pl.lit(None, pl.Datetime("us", "UTC")),
        ...     published_precision=pl.lit("unknown"),
        ... )
        >>> documents = documents_of(dump["text"])
        >>> credits = find_credits(articles_of(dump), documents, Outlets())
        >>> credits.select("name", "kind", "detail").row(0)
        ('Northgate News Agency', 'dateline', 'LISBON (Northgate News Agency) —')
    """
    used = np.bincount(articles.source + 1, minlength=len(articles.sources) + 1)[1:]
    sources = [name for name, count in zip(articles.sources, used, strict=True) if count]
    named = {key(name): name for name in sources if not may_be_person(name)} | registry(outlets)
    agencies = frozenset(agency.name for agency in outlets.agencies)
    agencies |= {name for name in sources if sounds_like_agency(name)}
    patterns = tuple(word.encode() for word in sorted({*named, *AGENCY_WORDS}))
    words = max(len(name.split()) for name in named) if named else 0
    names = Names(named, agencies)
    search = Search(articles, documents, names, finder_of(named), patterns, words)
    first = list(spread(partial(first_pass, search), batches(articles.text, batch)))
    raw = pl.concat([ROWS.to_frame(), *(found for found, _, _ in first)])

    learned = _learn(raw, sources, named)
    agencies |= {name for name in learned.values() if sounds_like_agency(name)}
    named = named | {key(word): name for word, name in learned.items()}
    spellings = _spellings(outlets, sources, learned)
    taught = Taught(
        signs=joined((signs for _, signs, _ in first), np.uint8),
        points=joined((points for _, _, points in first), np.int32),
        learned=sorted(learned),
        book=Book(spellings),
    )
    words = max(len(name.split()) for name in named) if named else 0
    finder = finder_of(named, learned, spellings)
    search = Search(articles, documents, Names(named, agencies), finder, patterns, words)
    second = spread(partial(second_pass, search, taught), batches(articles.text, batch))
    return _finish(articles, pl.concat([raw, *second]), learned)


def _learn(raw: pl.DataFrame, sources: list[str], named: dict[str, str]) -> dict[str, str]:
    """Names and acronyms that only their form gave away → the full name to call them by."""
    counts = raw.group_by("trust", "name").len().sort("len", "name", descending=[True, False])
    forms, likely, acronyms = (
        counts.filter(pl.col("trust") == trust)["name"].to_list()
        for trust in ("form", "likely", "acronym")
    )
    # Of several spellings the most frequent stays.
    full = {key(name): named.get(key(name), name) for name in reversed(forms)}
    learned = {name: full[key(name)] for name in (*forms, *likely) if key(name) in full}
    short = [name for name in (*acronyms, *likely) if name.isupper() and " " not in name]
    unresolved = {name: name for name in acronyms if len(name) > 2}
    return learned | unresolved | expand_acronyms(short, {*full.values(), *sources})


def _spellings(
    outlets: Outlets, sources: list[str], learned: dict[str, str]
) -> dict[str, Spelling]:
    """Running text's names: the registry's, the dump's and the learned; short forms left out."""
    found: dict[str, Spelling] = {}
    listed = {agency.name: agency.spellings for agency in outlets.agencies} | dict(outlets.aliases)
    for name in sources:
        if name not in listed and (len(name) > 4 or name.isupper()):
            _spell(found, name, name, person=may_be_person(name))
    for word, name in learned.items():
        if len(word) > 2:
            _spell(found, word, name)
    for name, spellings in listed.items():
        for spelling in (name, *spellings):
            _spell(found, spelling, name)
    return found


def _spell(found: dict[str, Spelling], spelling: str, name: str, *, person: bool = False) -> None:
    short = spelling.removeprefix("The ")
    one_word = " " not in short and not short.isupper()
    article = person or (one_word and (short != spelling or f"The {short}" == name))
    if len(short) > 1:
        found[short] = Spelling(name, article, one_word and short.istitle() and short.isascii())


def _finish(articles: Articles, rows: pl.DataFrame, learned: dict[str, str]) -> pl.DataFrame:
    renamed = pl.col("name").replace_strict(learned, default=None, return_dtype=pl.String())
    name = pl.when(pl.col("trust") == "known").then("name").otherwise(renamed)
    rows = rows.with_columns(name=name).drop_nulls("name")
    own = articles.frame(rows["row"].to_numpy(), ["source"])["source"]
    rows = (
        rows.filter(~rows["name"].eq_missing(own))
        .sort("row", "start", "name", "kind", "end", "words")
        .unique(("row", "name", "kind"), keep="first", maintain_order=True)
        .with_columns(detail=pl.col("words").str.strip_chars_end())
        .with_columns(end=pl.col("start") + pl.col("detail").str.len_chars())
    )
    ids = articles.frame(rows["row"].to_numpy(), ["article_id"])
    return rows.with_columns(ids).select(CREDITS.names())
