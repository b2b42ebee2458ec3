"""How well stated probabilities agree with what is so."""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I64
from pipeline.evaluate.bootstrap import with_intervals
from pipeline.evaluate.figures import Figure

_BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Stated and true shares in bins of equal mass.

    Attributes:
        stated: [bins] mean probability.
        true: [bins] share of what is so.
        error: expected calibration error: mean distance of the two (Naeini et al. 2015).
        brier: mean of (probability − outcome)² (Brier 1950).
        prevalence: share of what is so, of all.
        mass: number of items.
    """

    stated: F64
    true: F64
    error: float
    brier: float
    prevalence: float
    mass: float


def reliability(probability: F64, positive: F64, negative: F64) -> Reliability | None:
    """Calibration of weighted items; None if there are none.

    Items of equal probability that a bin's edge parts are spread over both bins in proportion, so
    that the answer doesn't depend on their order.

    Args:
        probability: [n] as stated.
        positive: [n] how many of each item's cases are so.
        negative: [n] how many aren't.
    """
    weight = positive + negative
    mass = float(weight.sum())
    if not mass:
        return None
    values, place = np.unique(probability, return_inverse=True)
    weights, hits = (np.bincount(place, it, len(values)) for it in (weight, positive))
    ends = np.concatenate([[0.0], np.cumsum(weights)])
    edges = np.linspace(0, ends[-1], min(_BINS, max(1, int(mass))) + 1)
    stated, true = (
        np.diff(np.interp(edges, ends, np.concatenate([[0.0], np.cumsum(it)])))
        for it in (weights * values, hits)
    )
    squares = positive * (1 - probability) ** 2 + negative * probability**2
    share = mass / (len(edges) - 1)
    return Reliability(
        stated / share,
        true / share,
        float(np.abs(stated - true).sum() / mass),
        float(squares.sum() / mass),
        float(positive.sum() / mass),
        mass,
    )


def calibration_figures(
    section: str, probability: F64, positive: F64, negative: F64, owner: I64
) -> list[Figure]:
    """Expected calibration error and Brier score, with intervals; none of nothing.

    Args:
        section: what they belong to.
        probability: [n] as stated.
        positive: [n] how many of each item's cases are so.
        negative: [n] how many aren't.
        owner: [n] the story of each item; of one that belongs to none, a number of its own.
    """
    told = reliability(probability, positive, negative)
    if told is None:
        return []

    def again(weight: F64) -> tuple[float, float]:
        drawn = reliability(probability, weight * positive, weight * negative)
        return (drawn.error, drawn.brier) if drawn else (np.nan, np.nan)

    figures = [
        Figure(section, "expected calibration error", told.error, of=told.mass),
        Figure(section, "Brier score", told.brier, of=told.mass),
    ]
    return with_intervals(figures, owner, again)


def precision_recall(
    probability: F64, positive: F64, negative: F64, positives: float
) -> tuple[F64, F64, F64]:
    """Threshold, precision and recall at each probability that occurs, the highest first.

    Args:
        probability: [n] as stated.
        positive: [n] how many of each item's cases are so.
        negative: [n] how many aren't.
        positives: how many there are in all, found or not.
    """
    judged = positive + negative > 0
    values, place = np.unique(-probability[judged], return_inverse=True)
    right = np.cumsum(np.bincount(place, positive[judged], len(values)))
    wrong = np.cumsum(np.bincount(place, negative[judged], len(values)))
    return -values, right / np.maximum(right + wrong, 1e-300), right / max(positives, 1e-300)
