"""The made texts in other scripts, letter for letter or syllable for syllable."""

import re
from collections.abc import Callable
from zlib import crc32

import polars as pl

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = str.maketrans(
    _LATIN + _LATIN.upper(), "абцдефгхижклмнопярстувщзыж" + "АБЦДЕФГХИЖКЛМНОПЯРСТУВЩЗЫЖ"
)
_ARABIC = str.maketrans(_LATIN + _LATIN.upper() + ",", "ابجدهوزحطيكلمنسعفصقرشتثخذض" * 2 + "،")
_SYLLABLE = re.compile(r"[b-df-hj-np-tv-z]*[aeiou]+|[b-z]+")
_BETWEEN = re.compile(r"(?<=[一-鿿，]) (?=[一-鿿])")
_HAN = 3000


def russian(text: str) -> str:
    return text.translate(_RUSSIAN)


def arabic(text: str) -> str:
    return text.translate(_ARABIC)


def chinese(text: str) -> str:
    """Each syllable a character, no spaces between."""
    drawn = _SYLLABLE.sub(lambda found: chr(0x4E00 + crc32(found[0].encode()) % _HAN), text.lower())
    return _BETWEEN.sub("", drawn.replace(",", "，").replace(". ", "。").replace(".", "。"))


def _mapped(write: Callable[[str], str]) -> Callable[[pl.Series], pl.Series]:
    return lambda texts: pl.Series([write(text) for text in texts], dtype=pl.String())


SCRIPTS: dict[str, Callable[[pl.Series], pl.Series]] = {
    "ASCII": lambda texts: texts,
    "Russian": _mapped(russian),
    "Arabic": _mapped(arabic),
    "Chinese": _mapped(chinese),
}
