"""Credits in running text: "told Reuters", "the Harbor Ledger reported", "据路透社报道".

The phrases are searched for, all at once; the names are looked up in a dictionary beside each
phrase found. So time grows with the text, not with the number of names.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from pipeline.stages.credit_book import Beside, Book

# kind → phrases that stand before a name, by alphabet.
BEFORE = {
    "told": "told|telling|Telling|tells|spoke to|spoke with|speaking to|Speaking to|speaking with"
    "|Speaking with|confirmed to|statement to|interview with|Interview with|interview to|email to"
    "|dijo a|dijeron a|declaró a|afirmó a|disse à|disse ao|déclaré à|dit à|affirmé à|confié à"
    "|indiqué à|sagte|sagten|sagte er|sagte sie|gegenüber",
    "exclusive": "obtained by|reviewed by|seen by|shared with|provided to|learned by",
    "reported": "according to|According to|according to a|according to an|According to a"
    "|reported by|report by|report from|report in|citing|Citing"
    "|first published|originally published|originally appeared|first appeared|republished from"
    "|según|Según|informó|citado por|información de|de acordo com|segundo|segundo a|Segundo a"
    "|Segundo|secondo|Secondo|riferisce|selon|Selon|rapporte|rapporté|d'après|D'après|d’après"
    "|berichtet|berichtete|meldet|meldete|wie|Wie|laut|Laut",
}
BEFORE_OTHER = {
    "told": "рассказал|рассказала|сказал|сказала|заявил|заявила|сообщил|сообщила|告诉|告訴",
    "reported": "сообщает|сообщают|передает|передаёт|пишет|ссылкой на|по данным|По данным"
    "|نقلت|ذكرت|أفادت|بحسب|حسب|وفقا|قالت|据|據",
}
# kind → phrases that stand behind a name.
AFTER = {
    "reported": "reported|reports|first reported|previously reported|earlier reported|has reported"
    "|had reported|also reported|later reported|is reporting|was first to report"
    "|was the first to report|news agency reported|newspaper reported|a rapporté",
    "writer": "writer |writers |Writer |Writers |staff writer |staff writers ",
}
AFTER_OTHER = {
    "reported": "की रिपोर्ट|के अनुसार|के मुताबिक|报道|報道|報導|消息|によると|에 따르면",
    "told": "को बताया|に語った",
}
# "according to a Reuters poll" names who asked, not who reported.
_POLL = re.compile(
    r"(?:['’]s)? (?:[^\s.,]{1,20} ){0,2}(?:poll|survey|average|data|forecast|tracker|analysis of)"
)
_CONDITION = re.compile(
    r",?(?: speaking)? on (?:the )?condition(?: of anonymity)?|, speaking anonymously"
)
# A name stands within so many code points before a phrase, or starts so many behind its end.
_BACK, _AHEAD = 100, 160


class Mention(NamedTuple):
    """A credit in running text, by code points; row is the text's index."""

    row: int
    name: str
    kind: str
    start: int
    end: int


def find_mentions(
    texts: pl.Series, other: Sequence[bool], near: Sequence[list[int] | None], book: Book
) -> Iterator[Mention]:
    """The first mention of each name and kind in each text.

    Args:
        texts: texts without nulls.
        other: which texts may hold phrases that aren't in Latin script.
        near: for each text the code points at which a name's words start, ascending; None where
            they may start anywhere.
        book: names as running text has them, without a leading "The".
    """
    frame = texts.to_frame("text").with_row_index("row")
    yield from _mentions(frame, texts, (BEFORE, AFTER), near, book)
    others = frame.filter(pl.Series(other, dtype=pl.Boolean()))
    yield from _mentions(others, texts, (BEFORE_OTHER, AFTER_OTHER), near, book)


def _mentions(
    frame: pl.DataFrame,
    texts: pl.Series,
    tables: tuple[dict[str, str], dict[str, str]],
    near: Sequence[list[int] | None],
    book: Book,
) -> Iterator[Mention]:
    kinds = by_phrase(tables[0]), by_phrase(tables[1])
    # Leftmost search takes the first of the patterns that match at a place: longest first.
    phrases = sorted({*kinds[0], *kinds[1]}, key=lambda p: (-len(p), p))
    hits = frame.select("row", hits=pl.col("text").str.extract_many(phrases, leftmost=True))
    for row, found in hits.filter(pl.col("hits").list.len() > 0).iter_rows():
        text = texts[row]
        verdicts: dict[tuple[str, bool], str | None] = {}
        seen: set[tuple[str, str]] = set()
        for kind, beside, end in _pairs(text, _places(text, found, near[row]), kinds, book):
            this = (beside.spelled, beside.article)
            if this not in verdicts:
                verdicts[this] = book.accept(text, beside)
            name = verdicts[this]
            if name and (name, kind) not in seen:
                seen.add((name, kind))
                stop = _with_condition(text, max(end, beside.end), kind)
                yield Mention(row, name, kind, beside.start, stop)


def _places(text: str, found: list[str], near: list[int] | None) -> Iterator[tuple[str, int, int]]:
    """The phrases found that a name may stand beside, with their start and end."""
    end = 0
    for phrase in found:
        # The hits are leftmost and apart, so the next occurrence is the hit itself.
        start = text.find(phrase, end)
        end = start + len(phrase)
        at = 0 if near is None else bisect_left(near, start - _BACK)
        if near is None or (at < len(near) and near[at] <= end + _AHEAD):
            yield phrase, start, end


def _pairs(
    text: str,
    places: Iterator[tuple[str, int, int]],
    kinds: tuple[dict[str, str], dict[str, str]],
    book: Book,
) -> Iterator[tuple[str, Beside, int]]:
    """Phrases with a name beside them: kind, the two together, the phrase's end."""
    for phrase, start, end in places:
        kind = kinds[0].get(phrase) or kinds[1][phrase]
        beside = book.ahead(text, start, end) if phrase in kinds[1] else None
        if not beside and (phrase in kinds[0] or text.startswith((" by ", " in "), end)):
            beside = book.behind(text, start, end)
            if beside and kind == "reported" and _POLL.match(text, beside.end):
                continue
        if beside:
            yield kind, beside._replace(start=min(start, beside.start)), end


def by_phrase(table: dict[str, str]) -> dict[str, str]:
    """Phrase → kind."""
    return {phrase: kind for kind, phrases in table.items() for phrase in phrases.split("|")}


def _with_condition(text: str, end: int, kind: str) -> int:
    condition = _CONDITION.match(text, end) if kind == "told" else None
    return condition.end() if condition else end
