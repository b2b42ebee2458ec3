"""PAN's measures of text alignment (Potthast et al., COLING 2010, as used since 2014)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Span = tuple[int, int]
Case = tuple[int, int, int, int]  # first code point and one past the last, in one text, the other


@dataclass(frozen=True)
class Score:
    """How well detections fit cases; `plagdet` is precision and recall together ÷ granularity."""

    precision: float
    recall: float
    granularity: float
    detections: int
    cases: int

    @property
    def plagdet(self) -> float:
        both = self.precision + self.recall
        harmonic = 2 * self.precision * self.recall / both if both else 0.0
        return float(harmonic / np.log2(1 + self.granularity))


def score(
    cases: Sequence[tuple[int, Case]], detections: Sequence[tuple[int, Case]]
) -> tuple[Score, np.ndarray, np.ndarray]:
    """Score detections, each given as its pair and its place.

    Returns:
        the score, and each detection's precision and each case's recall.
    """
    truth, found = _by_pair(cases), _by_pair(detections)
    precision = [_covered(place, truth[pair]) for pair, place in detections]
    recall = [_covered(place, found[pair]) for pair, place in cases]
    pieces = [sum(_meet(place, other) for other in found[pair]) for pair, place in cases]
    hit = [count for count in pieces if count]
    total = Score(
        float(np.mean(precision)) if precision else 0.0,
        float(np.mean(recall)) if recall else 0.0,
        float(np.mean(hit)) if hit else 1.0,
        len(detections),
        len(cases),
    )
    return total, np.array(precision), np.array(recall)


def _by_pair(rows: Iterable[tuple[int, Case]]) -> defaultdict[int, list[Case]]:
    places = defaultdict(list)
    for pair, place in rows:
        places[pair].append(place)
    return places


def _meet(one: Case, two: Case) -> bool:
    return all(one[s] < two[s + 1] and two[s] < one[s + 1] for s in (0, 2))


def _covered(place: Case, others: Iterable[Case]) -> float:
    """Share of a place's characters, of both texts, inside others that it meets in both."""
    met = [other for other in others if _meet(place, other)]
    inside = 0
    for side in (0, 2):
        first, last = place[side], place[side + 1]
        inside += _union([(max(first, o[side]), min(last, o[side + 1])) for o in met])
    return inside / (place[1] - place[0] + place[3] - place[2])


def _union(spans: Iterable[Span]) -> int:
    total = reach = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total
