"""Which agencies and outlets an article names as its origin, and which articles it links to.

Credits in lines of their own are read first (`credit_lines`): they also teach the names of agencies
that no registry lists. With these known, running text is searched (`credit_phrases`).
"""

from collections.abc import Iterator
from functools import partial

import polars as pl

from pipeline.config import Outlets
from pipeline.stages import credit_lines as lines
from pipeline.stages.addresses import page_address
from pipeline.stages.credit_phrases import Spelling, find_mentions
from pipeline.stages.credit_windows import HEAD, TAIL, credit_lines
from pipeline.stages.outlets import (
    Names,
    expand_acronyms,
    key,
    may_be_person,
    registry,
    sounds_like_agency,
)

DETAIL = 120
CREDITS = pl.Schema(
    {"article_id": pl.String(), "name": pl.String(), "kind": pl.String(),
     "detail": pl.String(), "start": pl.Int64(), "end": pl.Int64()}
)  # fmt: skip
_ROWS = pl.Schema(
    {"row": pl.UInt32(), "name": pl.String(), "kind": pl.String(), "start": pl.Int64(),
     "end": pl.Int64(), "trust": pl.String(), "words": pl.String()}
)  # fmt: skip
_Row = tuple[int, str, str, int | None, int | None, str, str | None]
_LINK = r"(?i)(?:https?://|www\.)[^\s<>\"'“”‘’)\]}|\\^`]{4,2000}"


def find_credits(articles: pl.DataFrame, outlets: Outlets) -> pl.DataFrame:
    """Every agency and outlet that an article credits, except its own outlet.

    Args:
        articles: article_id, source (canonical), author, text.
        outlets: the registry of agencies and outlets.

    Returns:
        article_id, name (canonical, in full), kind (dateline, by_agency, person_agency, bare_line,
        copyright, writer, reporting_by, told, reported, author), detail (the words, at most 120
        code points), start and end (the detail's place in the text; null for author). The first of
        each name and kind in an article, in the order of article_id and start.

    Raises:
        ConfigError: two names of the registry claim one spelling.

    Example:
        >>> from pipeline.config import Outlets
        >>> text = "LISBON (Northgate News Agency) — A ferry ran aground on Monday."
        >>> dump = pl.DataFrame(
        ...     {"article_id": ["a"], "source": ["Harbor Ledger"], "author": [""], "text": [text]}
        ... )
        >>> find_credits(dump, Outlets()).select("name", "kind", "detail").row(0)
        ('Northgate News Agency', 'dateline', 'LISBON (Northgate News Agency) —')
    """
    articles = articles.with_columns(pl.col("text").fill_null("")).with_row_index("row")
    sources = articles["source"].drop_nulls().unique().sort().to_list()
    named = {key(name): name for name in sources if not may_be_person(name)} | registry(outlets)
    agencies = frozenset(agency.name for agency in outlets.agencies)
    agencies |= {name for name in sources if sounds_like_agency(name)}
    candidates = credit_lines(articles, named)
    known = Names(named, agencies)
    raw = pl.concat([_in_lines(candidates, articles["text"], known), _in_authors(articles, named)])
    learned = _learn(raw, sources, named)
    agencies |= {name for name in learned.values() if sounds_like_agency(name)}
    named |= {key(word): name for word, name in learned.items()}
    patterns = pl.lit(sorted(learned), pl.List(pl.String()))
    taught = candidates.filter(pl.col("line").str.contains_any(patterns))
    again = _in_lines(taught, articles["text"], Names(named, agencies))
    running = _in_texts(articles, _spellings(outlets, sources, learned), agencies)
    return _finish(articles, [raw, again, _in_authors(articles, named), running], learned)


def _table(rows: Iterator[_Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=_ROWS, orient="row")


def _in_lines(candidates: pl.DataFrame, texts: pl.Series, names: Names) -> pl.DataFrame:
    def rows() -> Iterator[_Row]:
        for row, line, base, at_edge, dateline, byline, hint, end in candidates.iter_rows():
            found = list(lines.dateline(line, names)) if dateline else []
            if byline and not found:
                found += lines.edge(line, names, at_edge=at_edge)
            if hint:
                found += lines.copyright_line(line, names)
                found += lines.reporting(line, names, partial(str.__contains__, texts[row]))
            if end:
                found += lines.last_words(line, names)
            yield from (
                (row, c.name, c.kind, base + c.start, base + c.end, c.trust, None) for c in found
            )

    return _table(rows())


def _in_authors(articles: pl.DataFrame, named: dict[str, str]) -> pl.DataFrame:
    author = pl.col("author").cast(pl.String).str.head(2000)
    parts = articles.select("row", part=author.str.replace_all(r";|/|\|| and ", ",").str.split(","))
    parts = parts.explode("part").drop_nulls()
    found = {part: lines.author(part, named) for part in parts["part"].unique().to_list()}
    return _table(
        (row, credit[0], "author", None, None, credit[1], part.strip())
        for row, part in parts.iter_rows()
        if (credit := found[part])
    )


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


def _in_texts(
    articles: pl.DataFrame, spellings: dict[str, Spelling], agencies: frozenset[str]
) -> pl.DataFrame:
    texts = articles["text"]

    def rows() -> Iterator[_Row]:
        for row, name, kind, start, end in find_mentions(texts, spellings):
            if kind != "writer" or (name in agencies and _is_signature(texts[row], start, end)):
                yield row, name, kind, start, end, "known", None

    return _table(rows())


def _is_signature(text: str, start: int, end: int) -> bool:
    """Does "AP writer Jane Doe" sign the text, at a line's start or in its last words?"""
    if not text[end : end + 1].isupper() or text.startswith("Group", end):
        return False
    return start > len(text) - TAIL or (start < HEAD and text[start - 1 : start] in ("", "\n"))


def _finish(
    articles: pl.DataFrame, found: list[pl.DataFrame], learned: dict[str, str]
) -> pl.DataFrame:
    rows = pl.concat(found)
    renamed = pl.col("name").replace_strict(learned, default=None, return_dtype=pl.String())
    name = pl.when(pl.col("trust") == "known").then("name").otherwise(renamed)
    rows = rows.with_columns(name=name).drop_nulls("name")
    rows = rows.join(articles.select("row", "article_id", "source", "text"), on="row")
    own = pl.col("name").eq_missing(pl.col("source"))
    length = pl.min_horizontal(pl.col("end") - pl.col("start"), DETAIL)
    words = pl.coalesce(
        pl.col("text").str.slice(pl.col("start"), length), pl.col("words").str.head(DETAIL)
    )
    order = ("article_id", "start", "name", "kind", "end", "words")
    return (
        rows.filter(~own)
        .sort(*order)
        .unique(("article_id", "name", "kind"), keep="first", maintain_order=True)
        .with_columns(detail=words.str.strip_chars_end())
        .with_columns(end=pl.col("start") + pl.col("detail").str.len_chars())
        .select(CREDITS.names())
    )


def find_links(articles: pl.DataFrame) -> pl.DataFrame:
    """Addresses in an article's text that are another article's.

    An address counts without scheme, www., fragment, tracking parameters and last slash. All
    articles of one address (its versions) are targets; links to the article's own address are not.

    Args:
        articles: article_id, url, text.

    Returns:
        article_id, target_id, detail (the address as it stands), sorted by the first two.

    Example:
        >>> find_links(pl.DataFrame({
        ...     "article_id": ["a", "b"], "url": ["https://x.org/1", "https://y.org/2"],
        ...     "text": ["First.", "See [x](http://www.X.org/1/?utm_source=y)."],
        ... })).row(0)
        ('b', 'a', 'http://www.X.org/1/?utm_source=y')
    """
    text, url = pl.col("text"), pl.col("url").cast(pl.String)
    pages = articles.select(target_id="article_id", address=page_address(url)).drop_nulls()
    pages = pages.filter(pl.col("address").str.contains("/."))
    linking = articles.select("article_id", "text", own=page_address(url)).filter(
        text.str.contains_any(["://", "www."], ascii_case_insensitive=True)
    )
    links = linking.select("article_id", "own", detail=text.str.extract_all(_LINK)).explode(
        "detail"
    )
    links = links.with_columns(detail=pl.col("detail").str.strip_chars_end(".,;:!?*_"))
    links = links.with_columns(address=page_address(pl.col("detail")))
    return (
        links.filter(pl.col("address").ne_missing(pl.col("own")))
        .join(pages, on="address")
        .unique(("article_id", "target_id"), keep="first", maintain_order=True)
        .select("article_id", "target_id", "detail")
        .sort("article_id", "target_id")
    )
