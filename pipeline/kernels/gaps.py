"""What stands between two tokens, and how it lets the next one open.

The quotation flag is toggled by quotation marks and reset at a paragraph (a blank line, or a line
break not followed by lower case). A sentence starts after . ! ? and space, or at a paragraph.

The rules below are run once, over all states and marks; the tokeniser looks up what they gave.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from pipeline.documents import U8

QUOTED, SENTENCE, LINE = (np.uint8(1 << bit) for bit in range(3))

# What a separator does.
OTHER, NEUTRAL, BLANK, BREAK, STOP, END, STRAIGHT, EITHER, LOW, OPENING, CLOSING = range(11)
_MARKS = {
    STOP: ".!?",
    END: "\u3002\uff01\uff1f\u0964\u061f",
    BREAK: "\n\u2029",
    BLANK: "".join(map(chr, [*range(0x0A), *range(0x0B, 0x21), 0xA0, 0x3000])),
    NEUTRAL: ")'\u2019",
    STRAIGHT: '"',
    EITHER: "\u201c",  # opens in English, closes what „ opened
    LOW: "\u201e",
    OPENING: "\u00ab\u300c\u300e",
    CLOSING: "\u201d\u00bb\u300d\u300f",
}
_MARK_OF = {character: mark for mark, characters in _MARKS.items() for character in characters}


def mark_of(character: str) -> int:
    """What this separator does."""
    return _MARK_OF.get(character, OTHER)


class _Gap(NamedTuple):
    """What is known between two tokens.

    Attributes:
        quoted, low: is the text quoted, and was the quotation opened by a low mark?
        ended: a sentence has ended if a blank comes next.
        sentence: it has.
        unquoted: a quotation mark has come since the last line break, which means that the
            paragraph has no bearing on the quotation any more.
        breaks: line breaks, 2 for more.
    """

    quoted: bool = False
    low: bool = False
    ended: bool = False
    unquoted: bool = False
    sentence: bool = False
    breaks: int = 0

    @property
    def number(self) -> int:
        return _NUMBERS[self]

    def after(self, mark: int) -> "_Gap":
        """The gap with one more separator in it."""
        if mark >= STRAIGHT:
            return self._quotation(mark)
        if mark == BREAK:
            broken = self._replace(breaks=min(self.breaks + 1, 2), unquoted=False)
            return broken._replace(sentence=self.sentence or self.ended)
        if mark == BLANK:
            return self._replace(sentence=self.sentence or self.ended)
        if mark == END:
            return self._replace(sentence=True)
        return self if mark == NEUTRAL else self._replace(ended=mark == STOP)

    def _quotation(self, mark: int) -> "_Gap":
        before = self
        if self.breaks > 0 and not self.unquoted:
            before = self._replace(quoted=False, unquoted=True)
        quoted = {
            STRAIGHT: not before.quoted,
            EITHER: not (before.quoted and before.low),
            LOW: True,
            OPENING: True,
            CLOSING: False,
        }[mark]
        return before._replace(quoted=quoted, low=mark == LOW)

    def opened(self, lower: bool) -> tuple[np.uint8, "_Gap"]:
        """Flags of a token that opens here, in lower case or not, and what is known behind it."""
        paragraph = self.breaks > 1 or (self.breaks == 1 and not lower)
        quoted = self.quoted and (self.unquoted or not paragraph)
        flags = QUOTED * quoted | SENTENCE * (self.sentence or paragraph) | LINE * (self.breaks > 0)
        return np.uint8(flags), _Gap(quoted, self.low)


_TRUTH = (False, True)
_GAPS = [
    _Gap(*known, breaks)
    for breaks in range(3)
    for known in product(_TRUTH, _TRUTH, _TRUTH, _TRUTH, _TRUTH)
]
_NUMBERS = {gap: number for number, gap in enumerate(_GAPS)}

# [gap, mark]: the gap behind the mark.
AFTER: U8 = np.array(
    [[gap.after(mark).number for mark in range(CLOSING + 1)] for gap in _GAPS], np.uint8
)
# [gap, lower]: flags of the token that opens, and the gap behind it.
FLAGS: U8 = np.array([[gap.opened(lower)[0] for lower in _TRUTH] for gap in _GAPS], np.uint8)
BEHIND: U8 = np.array(
    [[gap.opened(lower)[1].number for lower in _TRUTH] for gap in _GAPS], np.uint8
)
# A text starts as after a blank line.
START = np.uint8(_Gap(sentence=True, breaks=2).number)
