"""What each Unicode code point contributes to a token.

A code point is normalised by itself (compatibility decomposition, case folding, accents of
combining class 200-240 dropped, format characters ignored), so that offsets into the original
text stay exact and NFC text yields the tokens of NFD text.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np

from pipeline.documents import I32, U8, U32
from pipeline.kernels.gaps import mark_of

SEPARATOR, WORD, MARK, UNSPACED, IGNORED, DROPPED, EXPANDED = range(7)
KIND = 0x07
NUMBER = 0x10
LOWER = 0x20
# Of an EXPANDED code point: all that it expands to are separators.
PARTING = 0x40
# Of a SEPARATOR, in place of those: what it does, from this bit on.
MARK_BITS = 3
# Planes 0-3 hold every letter; above them only tags and variation selectors (plane 14), which are
# ignored, and private use.
_PLANES = 0x40000
_TAGS = range(0xE0000, 0xE1000)
# Variation selectors are marks by their category, but only say how a character is drawn.
_SELECTORS = range(0xFE00, 0xFE10)
# Han, Kana, Thai, Lao, Myanmar, Khmer: scripts written without spaces between words.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0x2E80, 0x2FDF),
    (0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x3041, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF),
    (0x1AFF0, 0x1B16F), (0x20000, 0x323AF),
)  # fmt: skip


class Characters(NamedTuple):
    """Tables that the tokeniser reads.

    Attributes:
        kinds: [0x110000] one of the kinds above, with the bits NUMBER, LOWER and PARTING; of
            separators, with a mark of `gaps`.
        letters: [0x10000] for code points that are one letter or mark of a word with spaces, and no
            number: its normalised UTF-8, the length in the highest byte; else 0.
        slots: [0x40000] for EXPANDED code points, their place in `bounds`; else 0.
        bounds: [m + 1] slot s expands to points[bounds[s]:bounds[s + 1]].
        points: the expansions' code points, none of them EXPANDED itself.
    """

    kinds: U8
    letters: U32
    slots: I32
    bounds: I32
    points: I32


def normalised(character: str) -> str:
    """One character as tokens hold it, before accents and format characters are dropped."""
    folded = unicodedata.normalize("NFKD", character).casefold()
    return unicodedata.normalize("NFKD", folded)


@cache
def characters() -> Characters:
    """The tables, built from the interpreter's own Unicode data (a fifth of a second)."""
    kinds = np.zeros(0x110000, np.uint8)
    slots = np.zeros(_PLANES, np.int32)
    bounds, points = [0], list[int]()
    kinds[_TAGS.start : _TAGS.stop] = IGNORED
    for point in range(_PLANES):
        character = chr(point)
        category = unicodedata.category(character)
        if category in {"Cn", "Co", "Cs"}:
            continue
        kinds[point] = _plain_kind(character, category)
        form = normalised(character)
        if form != character and not category.startswith("C"):
            kinds[point] = _expanded_kind(category, form)
            slots[point] = len(bounds) - 1
            points.extend(ord(part) for part in form)
            bounds.append(len(points))
    unspaced = np.zeros(_PLANES, bool)
    for low, high in _UNSPACED:
        unspaced[low : high + 1] = True
    words = (kinds[:_PLANES] & KIND) == WORD
    kinds[:_PLANES][unspaced & words] += UNSPACED - WORD
    limits, parts = np.array(bounds, np.int32), np.array(points, np.int32)
    return Characters(kinds, _letters(kinds, slots, limits, parts), slots, limits, parts)


def _letters(kinds: U8, slots: I32, bounds: I32, points: I32) -> U32:
    letters = np.zeros(0x10000, np.uint32)
    kind = kinds & KIND
    letter = ((kind == WORD) | (kind == MARK)) & (kinds & NUMBER == 0)
    for point in range(0x10000):
        parts = [point]
        if kind[point] == EXPANDED:
            slot = slots[point]
            parts = [p for p in points[bounds[slot] : bounds[slot + 1]] if kind[p] != DROPPED]
        if len(parts) == 1 and letter[parts[0]]:
            encoded = chr(parts[0]).encode()
            letters[point] = len(encoded) << 24 | int.from_bytes(encoded, "little")
    return letters


def _plain_kind(character: str, category: str) -> int:
    if category == "Cf" or ord(character) in _SELECTORS:
        return IGNORED
    if category[0] == "M":
        return DROPPED if 200 <= unicodedata.combining(character) <= 240 else MARK
    if category[0] == "N":
        return WORD | NUMBER
    if category[0] == "L":
        return WORD | (LOWER if category == "Ll" else 0)
    return SEPARATOR | mark_of(character) << MARK_BITS


def _expanded_kind(category: str, form: str) -> int:
    number = NUMBER * (category[0] == "N")
    lower = LOWER * (category == "Ll")
    parts = {_plain_kind(part, unicodedata.category(part)) & KIND for part in form}
    return EXPANDED | number | lower | PARTING * (parts == {SEPARATOR})
