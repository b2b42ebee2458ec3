"""Made-up articles by the thousand, with known relations: no text comes from anywhere.

Words are strung together from a made vocabulary by Zipf's law, so that shingles repeat by chance
about as rarely as in prose.
"""

import random
from dataclasses import dataclass, field

_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "qu",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"]
_CODAS = ["", "l", "m", "n", "nd", "r", "rt", "s", "sk", "t", "x"]


def vocabulary(size: int, seed: int = 7) -> list[str]:
    """`size` different made words."""
    rng = random.Random(seed)
    words: dict[str, None] = {}
    while len(words) < size:
        syllables = rng.choice((1, 2, 2, 3))
        words["".join(
            rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
            for _ in range(syllables)
        )] = None  # fmt: skip
    return list(words)


@dataclass
class Maker:
    """Makes texts; the same seed makes the same ones."""

    seed: int = 1
    rng: random.Random = field(init=False)
    words: list[str] = field(init=False)
    weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.words = vocabulary(6000)
        total = 0.0
        self.weights = [total := total + 1 / (rank + 3) for rank in range(len(self.words))]

    def sentence(self) -> str:
        """Eight to twenty-four words."""
        chosen = self.rng.choices(self.words, cum_weights=self.weights, k=self.rng.randint(8, 24))
        return " ".join(chosen).capitalize() + "."

    def paragraph(self, sentences: int = 3) -> str:
        """Some sentences."""
        return " ".join(self.sentence() for _ in range(sentences))

    def text(self, paragraphs: int = 6) -> str:
        """Some paragraphs."""
        return "\n\n".join(self.paragraph() for _ in range(paragraphs))

    def edited(self, text: str, share: float) -> str:
        """The text with that share of its words replaced."""
        words = text.split(" ")
        for at in range(len(words)):
            if self.rng.random() < share:
                words[at] = self.rng.choice(self.words)
        return " ".join(words)
