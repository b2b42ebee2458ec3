"""Names beside a phrase of running text, looked up in a dictionary of spellings."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_BETWEEN = re.compile(
    r"\s{0,2}(?:(?:by|in|on|at|the|The|news agency|newspaper|magazine|website|la|el|al|il|le"
    r"|die|der|das|dem|Agentur|Nachrichtenagentur|Zeitung|à|ao|o|agencia|agência|agenzia|agence"
    r"|агентств[оауе]м?"
    r"|информагентств[оа]|ل?وكالة|الأنباء|أنباء|صحيفة)\s|l['’](?:agence\s|agenzia\s)?){0,3}"
)
# The same words one by one, and those that `Book.ahead` sets aside.
BETWEEN = (
    "by in on at the news agency newspaper magazine website la el al il le die der das dem agentur"
    " nachrichtenagentur zeitung à ao o agencia agência agenzia agence информагентство"
    " информагентства агентство агентства агентству агентстве агентством агентствам агентствум"
    " агентствем وكالة لوكالة الأنباء أنباء صحيفة l"
)
BEHIND = "which has"
_WORD = re.compile(r"[^\s—–…\"“”]+")
_OPENING, _CLOSING = "\"'“‘«([„", "\"'”’»)],.;:!?"
_REACH = 90
# Scripts without spaces between words, and Hangul, whose particles stand behind a word.
UNSPACED_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
)  # fmt: skip
_UNSPACED = re.compile(f"[{''.join(f'{chr(a)}-{chr(b)}' for a, b in UNSPACED_RANGES)}]")


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


class Beside(NamedTuple):
    """A spelling found beside a phrase."""

    spelled: str
    start: int
    end: int
    article: bool


class Book:
    """Spellings by which names are recognised on either side of a phrase."""

    def __init__(self, spellings: Mapping[str, Spelling]) -> None:
        self.spellings = spellings
        self.words = min(8, max((s.count(" ") + 1 for s in spellings), default=0))
        self.lower = {s[:2] for s in spellings if s[:1].islower()}
        unspaced = {len(s) for s in spellings if _UNSPACED.match(s)}
        self.lengths = sorted((n for n in unspaced if n <= 12), reverse=True)
        # Something of each spelling that stands in a text wherever the spelling does.
        self.parts = sorted({max(s.split(), key=len, default=s) for s in spellings})

    def behind(self, text: str, start: int, end: int) -> Beside | None:
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
            return next((Beside(s, at, at + len(s), article) for s in fits), None)
        if window[:1].islower() and window[:2] not in self.lower:
            return None
        return self._longest(window, at, article)

    def _longest(self, window: str, at: int, article: bool) -> Beside | None:
        ends = [m.end() for m in _WORD.finditer(window)][: self.words]
        for end in reversed(ends):
            spelled = self._spelled(" ".join(window[:end].split()))
            if spelled:
                return Beside(spelled, at, at + window.rfind(spelled[-1], 0, end) + 1, article)
        return None

    def _spelled(self, words: str) -> str | None:
        for form in (words, words.rstrip(_CLOSING)):
            for bare in (form, form.removesuffix("'s").removesuffix("’s")):
                if bare in self.spellings:
                    return bare
        return None

    def ahead(self, text: str, start: int, end: int) -> Beside | None:
        """The longest name that precedes a phrase."""
        low = max(0, start - _REACH)
        if _UNSPACED.match(text, start - 1) and start:
            window = text[low:start]
            fits = (window[-n:] for n in self.lengths if window[-n:] in self.spellings)
            return next((Beside(s, start - len(s), start, False) for s in fits), None)
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
                return Beside(spelled, at - 4 * led, start - 1, led)
        return None

    def accept(self, text: str, beside: Beside) -> str | None:
        """The canonical name, unless the words may mean something else."""
        spelling = self.spellings[beside.spelled]
        if spelling.article and not beside.article:
            return None
        return None if spelling.word and _stands(beside.spelled.lower(), text) else spelling.name


def _stands(word: str, text: str) -> bool:
    """Is a word somewhere in a text, by itself?"""
    return word in text and bool(re.search(rf"\b{re.escape(word)}\b", text))
