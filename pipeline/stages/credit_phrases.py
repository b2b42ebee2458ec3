"""Credits in running text: "told Reuters", "the Harbor Ledger reported", "据路透社报道".

The phrases are searched for, all at once; the names are looked up in a dictionary beside each
phrase found. So time grows with the text, not with the number of names.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

# kind → phrases that stand before a name, by alphabet.
_BEFORE = {
    "told": "told|telling|Telling|tells|spoke to|spoke with|speaking to|Speaking to|speaking with"
    "|Speaking with|confirmed to|statement to|interview with|Interview with|interview to|email to"
    "|dijo a|dijeron a|declaró a|afirmó a|disse à|disse ao|déclaré à|dit à|affirmé à|confié à"
    "|indiqué à|sagte|sagten|sagte er|sagte sie|gegenüber",
    "reported": "according to|According to|according to a|according to an|According to a"
    "|reported by|report by|report from|report in|citing|Citing|obtained by|reviewed by|seen by"
    "|first published|originally published|originally appeared|first appeared|republished from"
    "|según|Según|informó|citado por|información de|de acordo com|segundo|segundo a|Segundo a"
    "|Segundo|secondo|Secondo|riferisce|selon|Selon|rapporte|rapporté|d'après|D'après|d’après"
    "|berichtet|berichtete|meldet|meldete|wie|Wie|laut|Laut",
}
_BEFORE_OTHER = {
    "told": "рассказал|рассказала|сказал|сказала|заявил|заявила|сообщил|сообщила|告诉|告訴",
    "reported": "сообщает|сообщают|передает|передаёт|пишет|ссылкой на|по данным|По данным"
    "|نقلت|ذكرت|أفادت|بحسب|حسب|وفقا|قالت|据|據",
}
# kind → phrases that stand behind a name.
_AFTER = {
    "reported": "reported|reports|first reported|previously reported|earlier reported|has reported"
    "|had reported|also reported|later reported|is reporting|was first to report"
    "|was the first to report|news agency reported|newspaper reported|a rapporté",
    "writer": "writer |writers |Writer |Writers |staff writer |staff writers ",
}
_AFTER_OTHER = {
    "reported": "की रिपोर्ट|के अनुसार|के मुताबिक|报道|報道|報導|消息|によると|에 따르면",
    "told": "को बताया|に語った",
}
_BETWEEN = re.compile(
    r"\s{0,2}(?:(?:by|in|on|at|the|The|news agency|newspaper|magazine|website|la|el|al|il|le"
    r"|die|der|das|dem|Agentur|Nachrichtenagentur|Zeitung|à|ao|o|agencia|agência|agenzia|agence"
    r"|агентств[оауе]м?"
    r"|информагентств[оа]|ل?وكالة|الأنباء|أنباء|صحيفة)\s|l['’](?:agence\s|agenzia\s)?){0,3}"
)
# "according to a Reuters poll" names who asked, not who reported.
_POLL = re.compile(
    r"(?:['’]s)? (?:[^\s.,]{1,20} ){0,2}(?:poll|survey|average|data|forecast|tracker|analysis of)"
)
_CONDITION = re.compile(
    r",?(?: speaking)? on (?:the )?condition(?: of anonymity)?|, speaking anonymously"
)
_WORD = re.compile(r"[^\s—–…\"“”]+")
_LATIN_ONLY = r"^[\x00-\x{24F}\x{1E00}-\x{20CF}]*$"
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_OPENING, _CLOSING = "\"'“‘«([„", "\"'”’»)],.;:!?"
_REACH = 90


class Spelling(NamedTuple):
    """How running text may call an outlet.

    Attributes:
        name: the canonical name.
        article: only behind "the" ("the Guardian", or what could be a person's name).
        word: may be a mere word ("Reason"): no credit where the text has it in lower case.
    """

    name: str
    article: bool = False
    word: bool = False


class Mention(NamedTuple):
    """A credit in running text, by code points; row is the text's index."""

    row: int
    name: str
    kind: str
    start: int
    end: int


class _Beside(NamedTuple):
    """A spelling found beside a phrase."""

    spelled: str
    start: int
    end: int
    article: bool


def find_mentions(texts: pl.Series, spellings: Mapping[str, Spelling]) -> Iterator[Mention]:
    """The first mention of each name and kind in each text.

    Args:
        texts: texts without nulls.
        spellings: names as running text has them, without a leading "The".
    """
    frame = texts.to_frame("text").with_row_index("row")
    other = frame.filter(~pl.col("text").str.contains(_LATIN_ONLY))
    book = _Book(spellings)
    yield from _mentions(frame, texts, _BEFORE, _AFTER, book)
    yield from _mentions(other, texts, _BEFORE_OTHER, _AFTER_OTHER, book)


def _mentions(
    frame: pl.DataFrame,
    texts: pl.Series,
    before: dict[str, str],
    after: dict[str, str],
    book: "_Book",
) -> Iterator[Mention]:
    kinds = _by_phrase(before), _by_phrase(after)
    # Leftmost search takes the first of the patterns that match at a place: longest first.
    phrases = sorted({*kinds[0], *kinds[1]}, key=lambda p: (-len(p), p))
    hits = frame.select("row", hits=pl.col("text").str.extract_many(phrases, leftmost=True))
    for row, found in hits.filter(pl.col("hits").list.len() > 0).iter_rows():
        text = texts[row]
        verdicts: dict[tuple[str, bool], str | None] = {}
        seen: set[tuple[str, str]] = set()
        for kind, beside, end in _pairs(text, found, kinds, book):
            this = (beside.spelled, beside.article)
            if this not in verdicts:
                verdicts[this] = book.accept(text, beside)
            name = verdicts[this]
            if name and (name, kind) not in seen:
                seen.add((name, kind))
                stop = _with_condition(text, max(end, beside.end), kind)
                yield Mention(row, name, kind, beside.start, stop)


def _pairs(
    text: str, found: list[str], kinds: tuple[dict[str, str], dict[str, str]], book: "_Book"
) -> Iterator[tuple[str, _Beside, int]]:
    """Phrases with a name beside them: kind, the two together, the phrase's end."""
    end = 0
    for phrase in found:
        # The hits are leftmost and apart, so the next occurrence is the hit itself.
        start = text.find(phrase, end)
        end = start + len(phrase)
        kind = kinds[0].get(phrase) or kinds[1][phrase]
        beside = book.ahead(text, start, end) if phrase in kinds[1] else None
        if not beside and (phrase in kinds[0] or text.startswith((" by ", " in "), end)):
            beside = book.behind(text, start, end)
            if beside and kind == "reported" and _POLL.match(text, beside.end):
                continue
        if beside:
            yield kind, beside._replace(start=min(start, beside.start)), end


def _by_phrase(table: dict[str, str]) -> dict[str, str]:
    return {phrase: kind for kind, phrases in table.items() for phrase in phrases.split("|")}


def _with_condition(text: str, end: int, kind: str) -> int:
    condition = _CONDITION.match(text, end) if kind == "told" else None
    return condition.end() if condition else end


class _Book:
    """Spellings by which names are recognised on either side of a phrase."""

    def __init__(self, spellings: Mapping[str, Spelling]) -> None:
        self.spellings = spellings
        self.words = min(8, max((s.count(" ") + 1 for s in spellings), default=0))
        self.lower = {s[:2] for s in spellings if s[:1].islower()}
        unspaced = {len(s) for s in spellings if _UNSPACED.match(s)}
        self.lengths = sorted((n for n in unspaced if n <= 12), reverse=True)

    def behind(self, text: str, start: int, end: int) -> _Beside | None:
        """The longest name that follows a phrase, articles and the like set aside."""
        unspaced = _UNSPACED.match(text, start)
        if not unspaced and (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            return None
        between = _BETWEEN.match(text, end)
        at = between.end() if between else end
        article = " the " in text[end:at].lower()
        window = text[at : at + _REACH]
        if window[:1] in _OPENING and window:
            at, window = at + 1, window[1:]
        if unspaced or _UNSPACED.match(window):
            fits = (window[:n] for n in self.lengths if window[:n] in self.spellings)
            return next((_Beside(s, at, at + len(s), article) for s in fits), None)
        if window[:1].islower() and window[:2] not in self.lower:
            return None
        return self._longest(window, at, article)

    def _longest(self, window: str, at: int, article: bool) -> _Beside | None:
        ends = [m.end() for m in _WORD.finditer(window)][: self.words]
        for end in reversed(ends):
            spelled = self._spelled(" ".join(window[:end].split()))
            if spelled:
                return _Beside(spelled, at, at + window.rfind(spelled[-1], 0, end) + 1, article)
        return None

    def _spelled(self, words: str) -> str | None:
        for form in (words, words.rstrip(_CLOSING)):
            for bare in (form, form.removesuffix("'s").removesuffix("’s")):
                if bare in self.spellings:
                    return bare
        return None

    def ahead(self, text: str, start: int, end: int) -> _Beside | None:
        """The longest name that precedes a phrase."""
        low = max(0, start - _REACH)
        if _UNSPACED.match(text, start - 1) and start:
            window = text[low:start]
            fits = (window[-n:] for n in self.lengths if window[-n:] in self.spellings)
            return next((_Beside(s, start - len(s), start, False) for s in fits), None)
        if text[start - 1 : start] != " " or (
            text[end - 1] != " " and text[end : end + 1].isalnum()
        ):
            return None
        window = (
            text[low : start - 1].removesuffix(", which").removesuffix(" has").removesuffix(",")
        )
        for first in [m.start() for m in _WORD.finditer(window)][-self.words :]:
            words = " ".join(window[first:].split())
            spelled = words.lstrip(_OPENING)
            if spelled in self.spellings:
                led = window[max(0, first - 4) : first].lower() == "the "
                at = low + first + len(words) - len(spelled)
                return _Beside(spelled, at - 4 * led, start - 1, led)
        return None

    def accept(self, text: str, beside: _Beside) -> str | None:
        """The canonical name, unless the words may mean something else."""
        spelling = self.spellings[beside.spelled]
        if spelling.article and not beside.article:
            return None
        if spelling.word and re.search(rf"\b{re.escape(beside.spelled.lower())}\b", text):
            return None
        return spelling.name
