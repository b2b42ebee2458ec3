"""The made language: words, turns of phrase, outlets with their furniture, agencies, names."""

import random
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.corpus import vocabulary

# Five word numbers below 7,131 fit into 64 bits, so a shingle is a number and truth is exact.
_MADE_WORDS = 7000
BASE = 7131
_PHRASES = 56_000
_OUTLETS = 300
_SLOTS = 1 << 18
AGENCIES = (
    "northgate news agency", "halden wire service", "corvo press agency", "tessaly news service",
)  # fmt: skip


class Flat(NamedTuple):
    """Lists of numbers end to end: list i is values[bounds[i]:bounds[i + 1]]."""

    values: NDArray[np.uint16]
    bounds: NDArray[np.int64]


class Lexicon(NamedTuple):
    """What the kernels draw from.

    Attributes:
        spelled, spelled_bounds: the words' bytes end to end.
        zipf: [2^18] word numbers, each as often as Zipf's law has it.
        phrases, footers, promos, agencies: lists of word numbers.
    """

    spelled: NDArray[np.uint8]
    spelled_bounds: NDArray[np.int64]
    zipf: NDArray[np.uint16]
    phrases: Flat
    footers: Flat
    promos: Flat
    agencies: Flat


@dataclass(frozen=True)
class Language:
    """The lexicon and the strings that stand in other columns.

    Attributes:
        words: by number, the most frequent first.
        outlets: names; smaller numbers publish more.
        authors: names.
    """

    words: list[str]
    lexicon: Lexicon
    outlets: list[str]
    authors: list[str]


def language(seed: int, *, short: bool = False) -> Language:
    """The made language of a seed; `short` gives outlets one-line footers."""
    chance = random.Random(f"language {seed}")
    names = list(dict.fromkeys(" ".join(AGENCIES).split()))
    # Frequent words are short ones, as in every language.
    made = [word for word in vocabulary(_MADE_WORDS + 50, seed) if word not in names]
    made = sorted(made[:_MADE_WORDS], key=lambda word: len(word) + chance.gauss(0.0, 2.2))
    words = made + names
    number = {word: at for at, word in enumerate(words)}
    zipf = _zipf()
    drawn = _Drawn(zipf, chance)
    spelled = [word.encode() for word in words]
    lexicon = Lexicon(
        np.frombuffer(b"".join(spelled), np.uint8),
        np.array([0, *accumulate(map(len, spelled))], np.int64),
        zipf,
        _flat([drawn.words(5, 7) for _ in range(_PHRASES)]),
        _flat([drawn.words(8, 12) if short else drawn.words(20, 40) for _ in range(_OUTLETS)]),
        _flat([drawn.words(9, 14) if at % 5 < 2 else [] for at in range(_OUTLETS)]),
        _flat([[number[word] for word in agency.split()] for agency in AGENCIES]),
    )
    rare = [word.capitalize() for word in made[1000:]]
    endings = ("Post", "Ledger", "Herald", "Courier", "Times", "Observer", "Gazette", "Online")
    return Language(
        words,
        lexicon,
        [f"The {name} {chance.choice(endings)}" for name in chance.sample(rare, _OUTLETS)],
        [" ".join(chance.choices(rare, k=2)) for _ in range(2000)],
    )


def _zipf() -> NDArray[np.uint16]:
    """Word numbers, rank r taking a share of 1 ÷ (r + 3) of the slots."""
    share = np.cumsum(1.0 / (np.arange(_MADE_WORDS) + 3.0))
    slots = (np.arange(_SLOTS) + 0.5) / _SLOTS * share[-1]
    return np.searchsorted(share, slots).astype(np.uint16)


@dataclass(frozen=True)
class _Drawn:
    zipf: NDArray[np.uint16]
    chance: random.Random

    def words(self, least: int, most: int) -> list[int]:
        count = self.chance.randint(least, most)
        return [int(self.zipf[self.chance.randrange(_SLOTS)]) for _ in range(count)]


def _flat(lists: list[list[int]]) -> Flat:
    values = np.array([value for one in lists for value in one], np.uint16)
    return Flat(values, np.array([0, *accumulate(map(len, lists))], np.int64))
