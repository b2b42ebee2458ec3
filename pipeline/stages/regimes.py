"""Log-odds of who took from whom, from how two texts differ, in each of two regimes.

A revision grows: who has more is later. A retelling, a trimmed copy, a summary loses: who has more
is earlier. So there are two models of direction, and a third that tells from symmetric features
which of the two holds. Their weights are a table shipped as data (`tests/train/direction.py`).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pipeline.documents import F64
from pipeline.stages.differences import Differences

TABLE = Path(__file__).parent.parent / "data" / "direction.csv"
REVISION, REUSE, REGIME, PASSAGE = "revision", "reuse", "regime", "passage"


@dataclass(frozen=True)
class Weights:
    """A linear model.

    Attributes:
        names: of its features.
        weights: log-odds for each unit of a feature.
        intercept: log-odds of a pair whose features are all 0; 0 for direction, which has none.
    """

    names: tuple[str, ...]
    weights: F64
    intercept: float = 0.0

    def __call__(self, features: dict[str, F64]) -> F64:
        """[p] log-odds."""
        total: F64 = np.full(len(features[self.names[0]]), self.intercept)
        for name, weight in zip(self.names, self.weights, strict=True):
            total = total + weight * features[name]
        return total


@cache
def models() -> dict[str, Weights]:
    """The shipped models.

    Example:
        >>> models()["reuse"].names
        ('names', 'numbers', 'quoted')
    """
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf8").splitlines()))
    made = {}
    for model in (REVISION, REUSE, REGIME, PASSAGE):
        own = [row for row in rows if row["model"] == model]
        named = [row for row in own if row["feature"]]
        intercept = sum(float(row["weight"]) for row in own if not row["feature"])
        weights = np.array([float(row["weight"]) for row in named])
        made[model] = Weights(tuple(row["feature"] for row in named), weights, intercept)
    return made


def directed_features(found: Differences) -> dict[str, F64]:
    """[p] each, positive where b has more; from the other side exactly the negative.

    Example:
        >>> from pipeline.stages.differences import BOTH, SIDES
        >>> found = Differences(
        ...     {name: np.array([[0.0, 3.0]]) for name in SIDES},
        ...     {name: np.array([2.0]) for name in BOTH}, np.array([[0.0, 1.0]]))
        >>> features = directed_features(found)
        >>> features["share_of_words"].tolist(), features["names"].round(2).tolist()
        ([0.75], [1.39])
    """
    more = {name: _logarithms(counts) for name, counts in found.sides.items()}
    shares = {f"share_of_{name}": _shares(counts) for name, counts in found.sides.items()}
    grown = -found.both["growth"] / np.sqrt(found.both["change"] + 1.0)
    return more | shares | {"growth": grown, "recurring": _logarithms(found.recurring)}


def _logarithms(counts: F64) -> F64:
    logarithms = np.log(counts + 1.0)
    return logarithms[:, 1] - logarithms[:, 0]


def _shares(counts: F64) -> F64:
    return (counts[:, 1] - counts[:, 0]) / (counts[:, 1] + counts[:, 0] + 1.0)


def regime_features(found: Differences) -> dict[str, F64]:
    """[p] each, the same from either side."""
    both, sides = found.both, found.sides
    shorter = sides["tokens"].min(axis=1)
    return {
        "in_order": both["matched"] / np.maximum(shorter, 1.0),
        "places": np.log(both["places"] + 1.0) - np.log(shorter + 10.0),
        "tail": both["tail"] / (both["unmatched"] + 5.0),
        "size": np.log(both["unmatched"] + 1.0) - np.log(both["places"] + 1.0),
    }
