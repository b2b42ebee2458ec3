"""A stem for every token: what retellings share where their words' endings differ.

Only distinct words are stemmed, each in the language of its document. A stem is known by the hash
of its letters, so nothing depends on the order in which words are met.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.documents import I16, I32, I64, U8, U64, Documents
from pipeline.kernels.places import code_points
from pipeline.kernels.strings import string_hashes, take_pieces
from pipeline.kernels.tokens import PADDING
from pipeline.kernels.words import (
    add_words,
    byte_places,
    distinct_words,
    group_frequencies,
    grown,
    number_words,
)
from pipeline.stages.language import Languages
from pipeline.stages.spread import Room, Spread, ends, joined, ranges, zeros
from pipeline.stages.strings import Strings

# Snowball's name for each language that it has a stemmer for.
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
_CODES = tuple(_STEMMERS)
_LONGEST = 60  # code points; a longer run of letters isn't a word of a language
_WORDS = 1 << 16  # stemmed at a time
_FREE = 1 << 16
_BLOCKS = 16
# tokens, flags and offsets of `Documents`, and the stemmers.
_Held = tuple[U64, U8, I64, I16]
# Tokens are written without accents, so that й is и; at the end of a word it can be told.
_LETTERS = re.compile(r"\w+")
_SHORT_I = re.compile("(?<=[ыое])и$")


@dataclass(frozen=True)
class Stems:
    """The stems of T tokens.

    Attributes:
        ids: [T] number of each token's stem, −1 where the token is masked.
        hashes: [s] of the stems, ascending: a stem's number is its place here.
    """

    ids: I32
    hashes: U64


def stems_of(
    documents: Documents,
    texts: Strings,
    languages: Languages,
    batch: int = 2000,
    spread: Spread = map,
    room: Room = zeros,
) -> Stems:
    """The stem of each token, by Snowball's stemmer of the document's language.

    Where that has none, and in scripts without spaces, the token itself is the stem.

    Args:
        documents: masked tokens take no part.
        texts: what the documents were made of.
        languages: of the documents.
        batch: documents at a time; changes nothing but memory and speed.
        spread: runs the batches.
        room: makes the array of ids.

    Example:
        >>> import polars as pl
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.strings import strings_of
        >>> texts = strings_of(pl.Series(["Ferry runs aground", "Two ferries running"]))
        >>> languages = Languages(np.zeros(2, np.int16), ("en",))
        >>> ids = stems_of(documents_of(texts), texts, languages).ids.tolist()
        >>> ids[0] == ids[4], ids[1] == ids[5], len(set(ids))
        (True, True, 4)
    """
    ways = _ways(languages)
    held = (documents.tokens, documents.flags, documents.offsets, ways)
    table, places = _vocabulary(held, len(documents), batch, spread)
    slots = np.flatnonzero(table)
    slots = slots[np.argsort(places[slots], kind="stable")]
    stem = partial(_stemmed, documents, texts, ways)
    words = (places[slots[part.start : part.stop]] for part in ranges(len(slots), _WORDS))
    hashes, at = np.unique(joined(spread(stem, words), np.uint64), return_inverse=True)
    numbers = np.zeros(len(table), np.int32)
    numbers[slots] = at
    ids = room("stem_ids", len(documents.tokens), np.int32)

    def write(rows: range) -> None:
        number_words(*held, table, numbers, rows.start, rows.stop, ids)

    for _ in spread(write, ranges(len(documents), batch)):
        pass
    return Stems(ids, hashes)


def group_counts(stems: Stems, documents: Documents, group: I64, spread: Spread = map) -> I32:
    """[s] in how many groups of documents each stem stands.

    Args:
        stems, documents: of n documents.
        group: [n] row of the document that stands for its group; the many copies of one story
            count once.
        spread: runs blocks of groups.
    """
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order], prepend=-1))
    cuts = np.append(cuts[:: max(1, len(cuts) // _BLOCKS)], len(order))

    def work(block: range) -> I32:
        counts = np.zeros(len(stems.hashes), np.int32)
        span = int(cuts[block.start]), int(cuts[block.stop])
        group_frequencies(stems.ids, documents.offsets, order, group, *span, counts)
        return counts

    total = np.zeros(len(stems.hashes), np.int32)
    for counts in spread(work, ranges(len(cuts) - 1, 1)):
        total += counts
    return total


def _ways(languages: Languages) -> I16:
    """[n] each document's stemmer: its place in `_CODES` plus 1, 0 for none."""
    known = {code: way for way, code in enumerate(_CODES, 1)}
    by_place = np.array([*(known.get(name, 0) for name in languages.names), 0], np.int16)
    return by_place[languages.places]


def _vocabulary(held: _Held, n: int, batch: int, spread: Spread) -> tuple[U64, I64]:
    """A table of the words of all documents, 0 where a slot is free, and a token of each word."""
    table, places = np.zeros(_FREE, np.uint64), np.zeros(_FREE, np.int64)
    count = 0

    def work(rows: range) -> tuple[U64, I64]:
        return distinct_words(*held, rows.start, rows.stop)

    for keys, at in spread(work, ranges(n, batch)):
        while 2 * (count + len(keys)) >= len(table):
            table, places = grown(table, places)
        count += add_words(keys, at, table, places)
    return table, places


def _stemmed(documents: Documents, texts: Strings, ways: I16, places: I64) -> U64:
    """[m] hashes of the stems of the words at some tokens, ascending."""
    stems = documents.tokens[places]
    rows = np.searchsorted(documents.offsets, places, side="right") - 1
    arrays = (documents.offsets, documents.gaps, documents.widths, documents.wide)
    starts, stops = code_points(*arrays, places)
    way = ways[rows]
    opens, closes = byte_places(texts.data, texts.bounds, texts.places(rows), starts, stops)
    for one in np.unique(way[way > 0]):
        at = np.flatnonzero(way == one)
        words = [plain(word) for word in _pieces(texts, opens[at], closes[at])]
        for k in np.flatnonzero(hashes_of(words) != stems[at]):
            words[k] = _part(words[k], stems[at[k]])
        given = np.array([0 < len(word) <= _LONGEST for word in words], bool)
        stems[at[given]] = hashes_of(snowball(_CODES[one - 1], words))[given]
    return stems


def _pieces(texts: Strings, opens: I64, closes: I64) -> list[str]:
    bounds = ends(closes - opens)
    data = np.empty(bounds[-1] + PADDING, np.uint8)
    take_pieces(texts.data, opens, closes, data)
    pieces: list[str] = Strings(data, bounds).series(range(len(opens))).to_list()
    return pieces


def plain(word: str) -> str:
    """A word as tokens hold it."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return "".join(
        letter
        for letter in folded
        if not 200 <= unicodedata.combining(letter) <= 240 and unicodedata.category(letter) != "Cf"
    )


def _part(words: str, wanted: np.uint64) -> str:
    """Of several words that one character stands for (㍿, ﷺ), the one with this hash, or ""."""
    parts = _LETTERS.findall(words)
    return next(
        (part for part, one in zip(parts, hashes_of(parts), strict=True) if one == wanted), ""
    )


def snowball(language: str, words: list[str]) -> list[str]:
    """The stems of words in a language that has a stemmer, by its ISO 639-1 code."""
    from Stemmer import Stemmer  # noqa: PLC0415 -- compiled code that `--help` can do without

    # Not shared: a stemmer serves one thread, and its cache costs more than a word met once.
    stemmer = Stemmer(_STEMMERS[language], 0)
    if language == "ru":
        words = [_SHORT_I.sub("й", word) for word in words]
    stems: list[str] = stemmer.stemWords(words)
    return stems


def hashes_of(words: Sequence[str]) -> U64:
    """[m] XXH64 of each word's UTF-8."""
    encoded = [word.encode() for word in words]
    bounds = ends(np.array([len(word) for word in encoded], np.int64))
    data = np.frombuffer(bytearray().join([*encoded, bytes(PADDING)]), np.uint8)
    return string_hashes(data, bounds, np.arange(len(words)))
