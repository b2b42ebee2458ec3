"""Which agencies and outlets an article names as its origin, and which articles it links to.

Lines of their own are read first (`credit_lines`): they also teach the names of agencies that no
registry lists. Then mentions in running text ("told Reuters", "the Harbor Ledger reported") are
found as a name that ends or begins exactly where such a phrase does: two multi-pattern searches and
a join on positions, so time grows with the text and not with the number of names.
"""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from pipeline.config import Outlets
from pipeline.stages import credit_lines as lines
from pipeline.stages.outlets import expand_acronyms, initials, key, may_be_person, registry

HEAD, TAIL, DETAIL = 2500, 900, 120
CREDITS = pl.Schema(
    {
        "article_id": pl.String(), "name": pl.String(), "kind": pl.String(),
        "detail": pl.String(), "start": pl.Int64(), "end": pl.Int64(),
    }
)  # fmt: skip
# Phrases before a name: (kind, phrases, what may stand between phrase and name).
_BEFORE = (
    ("told", "told|telling|tells|spoke to|spoke with|speaking to|speaking with|confirmed to"
     "|interview with|interview to|interview by|statement to|email to", "the|The"),
    ("reported", "according to|reported by|reported in|report by|report from|report in|reports by"
     "|reporting by|citing|obtained by|reviewed by|seen by|first published by|first published in"
     "|originally published by|originally published in|originally published on|originally appeared in"
     "|originally appeared on|first appeared in|republished from|republished with permission from", "the|The"),
    ("told", "dijo a|declaró a|dijeron a|afirmó a|disse à|disse ao|disse a|ha detto all'", "la|la agencia|agência|al"),
    ("reported", "según|informó|informa|citado por|con información de|segundo|segundo a|de acordo com a"
     "|secondo|secondo l'|riferisce|riporta l'", "la|el|la agencia|a|a agência|l'agenzia"),
    ("told", "a déclaré à|a dit à|a affirmé à|a confié à|ont indiqué à|a indiqué à", "l'|l’|la|l'agence|l’agence"),
    ("reported", "selon|rapporte|a rapporté|d'après|indique", "l'|l’|la|le|l'agence|l’agence"),
    ("told", "sagte|sagten|sagte er|sagte sie|gegenüber", "der|dem|der Nachrichtenagentur|der Agentur"),
    ("reported", "wie|berichtet|berichtete|meldet|meldete|laut|zitiert", "die|der|das|die Nachrichtenagentur|der Nachrichtenagentur"),
    ("told", "рассказал|рассказала|сказал|сказала|заявил|заявила|сообщил|сообщила", "агентству"),
    ("reported", "сообщает|сообщают|передает|передаёт|пишет|со ссылкой на|по данным", "агентство|агентства"),
    ("reported", "نقلت|ذكرت|أفادت|بحسب|وفقا لوكالة|حسب|قالت", "وكالة|وكالة أنباء|صحيفة"),
    ("told", "告诉|告訴", ""), ("reported", "据|據", ""),
)  # fmt: skip
_AFTER = (
    " reported| reports| first reported| previously reported| earlier reported| has reported| had reported"
    "| also reported| is reporting| was first to report| was the first to report|, which first reported"
    "| news agency reported| newspaper reported| berichtet| informó| a rapporté| की रिपोर्ट| के अनुसार| को बताया"
    "| सीखा|报道|報道|報導|消息|电|電|によると|に語った|에 따르면"
).split("|")
_TOLD_AFTER = (" को बताया", "に語った")
_CONDITION = " on condition of anonymity"
_TRACKING = r"(?:utm_\w+|fbclid|gclid|dclid|msclkid|igshid|mc_cid|mc_eid|ocid|cmpid|ref|ref_src|smid|src|sref)=[^&#]*"


class Spelling(NamedTuple):
    """A name as running text has it; `article`: only behind "the"; `common`: maybe a mere word."""

    name: str
    article: bool
    common: bool


def find_credits(articles: pl.DataFrame, outlets: Outlets) -> pl.DataFrame:
    """Every agency and outlet that an article credits, except its own outlet.

    Args:
        articles: article_id, source (canonical), author, text.
        outlets: the registry of agencies and outlets.

    Returns:
        article_id, name (canonical, in full), kind (dateline, by_agency, person_agency, bare_line,
        copyright, writer, reporting_by, told, reported, author), detail (the words, at most 120
        code points), start and end (of the detail in the text; null for author). The first of each
        name and kind in an article.

    Raises:
        ConfigError: two names of the registry claim one spelling.

    Example:
        >>> from pipeline.config import Outlets
        >>> dump = pl.DataFrame({
        ...     "article_id": ["a"], "source": ["Harbor Ledger"], "author": [None],
        ...     "text": ["LISBON (Northgate News Agency) — A ferry ran aground on Monday."],
        ... }, schema_overrides={"author": pl.String})
        >>> find_credits(dump, Outlets()).select("name", "kind", "detail").row(0)
        ('Northgate News Agency', 'dateline', 'LISBON (Northgate News Agency) —')
    """
    articles = articles.with_row_index("row").with_columns(pl.col("text").fill_null(""))
    sources = articles["source"].drop_nulls().unique().sort().to_list()
    known = registry(outlets)
    agencies = {agency.name for agency in outlets.agencies}
    named = {key(s): s for s in sources if not may_be_person(s)} | known
    in_lines = _in_lines(articles, lines.Names(named, frozenset(agencies)))
    learned = _learn(in_lines, sources)
    agencies |= {name for name in learned.values() if name}
    spellings = _spellings(outlets, sources, learned)
    rows = pl.concat([
        _resolved(in_lines, learned),
        _resolved(_in_authors(articles, named), learned),
        _in_running_text(articles, spellings, agencies),
    ])
    return _finish(rows, articles)


def _table(rows: Iterator[tuple[int, str, str, int | None, int | None, str]]) -> pl.DataFrame:
    columns = {"row": pl.UInt32(), "name": pl.String(), "kind": pl.String(),
               "start": pl.Int64(), "end": pl.Int64(), "trust": pl.String()}  # fmt: skip
    return pl.DataFrame(list(rows), schema=columns, orient="row")


def _in_lines(articles: pl.DataFrame, names: lines.Names) -> pl.DataFrame:
    texts = articles["text"]

    def found() -> Iterator[tuple[int, str, str, int | None, int | None, str]]:
        for row, line, base, in_head, at_edge, is_last, hint in _candidates(articles, names).iter_rows():
            credits = list(lines.dateline(line, names)) if in_head else []
            credits += lines.edge(line, names, at_edge=at_edge) if not credits else []
            if hint:
                credits += lines.copyright_line(line, names)
                credits += lines.reporting(line, names, lambda word, row=row: word in texts[row])
            if is_last:
                credits += lines.last_words(line, names)
            yield from ((row, c.name, c.kind, base + c.start, base + c.end, c.trust) for c in credits)

    return _table(found())


def _candidates(articles: pl.DataFrame, names: lines.Names) -> pl.DataFrame:
    """Lines of the two windows that may hold a credit, with their places in the text."""
    text, size = pl.col("text"), pl.col("text").str.len_chars().cast(pl.Int64)
    short = size <= HEAD + TAIL
    windows = [
        articles.select("row", pl.when(short).then(text).otherwise(text.str.head(HEAD)).alias("line"),
                        base=pl.lit(0, pl.Int64), head=pl.lit(value=True), tail=short),
        articles.filter(~short).select("row", text.str.tail(TAIL).alias("line"), base=size - TAIL,
                                       head=pl.lit(value=False), tail=pl.lit(value=True)),
    ]  # fmt: skip
    window = ("row", "head")
    line = pl.col("line")
    split = pl.concat(windows).with_columns(line.str.split("\n")).explode("line")
    length = line.str.len_chars().cast(pl.Int64) + 1
    split = split.with_columns(base=pl.col("base") + (length.cum_sum() - length).over(window))
    split = split.filter(line.str.contains(r"\S")).with_columns(
        first=pl.int_range(pl.len()).over(window), last=(pl.len() - 1 - pl.int_range(pl.len())).over(window)
    )
    patterns = sorted({*names.known, "agency", "agentur", "agencia", "presse", "press", "service", "wire"})
    at_edge = (pl.col("head") & (pl.col("first") < 3)) | (pl.col("tail") & (pl.col("last") < 3))
    names_one = line.str.contains_any(patterns, ascii_case_insensitive=True) | ~line.str.contains("^[ -~]*$")
    dateline = pl.col("head") & line.str.head(180).str.contains(_DATELINE_HINT)
    end = pl.col("tail") & (pl.col("last") == 0)
    hint = line.str.contains_any(list(lines.CREDIT_HINTS))
    byline = (line.str.len_chars() <= 160) & (at_edge | line.str.contains(_BY_HINT)) & names_one
    return split.filter(dateline | byline | hint | (end & names_one)).select(
        "row", "line", "base", "head", at_edge, end.alias("end"), hint.alias("hint")
    )


_DATELINE_HINT = r"^[^(（\[]{0,64}[(（\[][^()（）\[\]]{2,60}[)）\]]|^[^/|]{0,60}/[^/|]{2,30}/\W|[电電]|^[^.—–]{2,40} [—–-] [^.,]{2,30}\."
_BY_HINT = r"(?i)^\W{0,3}\w{2,8}[\s:：]"


def _in_authors(articles: pl.DataFrame, named: dict[str, str]) -> pl.DataFrame:
    names = lines.Names(named, frozenset())
    parts = articles.select("row", author=pl.col("author").str.head(2000).str.split(",")).explode("author").drop_nulls()
    parts = parts.with_columns(pl.col("author").str.split(";")).explode("author")
    found = {}
    for part in parts["author"].unique():
        words = part.strip().removeprefix("By ").removesuffix(" In Washington")
        if name := names.find(words):
            found[part] = (name, "known")
        elif lines.sounds_like_agency(words):
            found[part] = (words.strip(), "form" if lines.sounds_like_agency(words, sure=True) else "likely")
    rows = ((row, *found[part], part) for row, part in parts.iter_rows() if part in found)
    return _table((row, name, "author", None, None, trust) for row, name, trust, _ in rows)
