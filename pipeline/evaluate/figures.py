"""A figure with what it was counted from, and its 95 % interval."""

import math
from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64

_Z = 1.959963984540054  # of the normal distribution, two-sided 95 %


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        section: what is measured: pairs, clusters, derivations, …
        name: of the figure.
        part: what it is restricted to ("kind cut", "outlet …"); empty: nothing.
        value: None where nothing was there to be measured.
        low: lower end of the 95 % interval; None where there is none to be given.
        high: upper end.
        hits: what was counted, where the figure is a share.
        of: of how many; for a mean, of how many items.
    """

    section: str
    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    hits: float | None = None
    of: float | None = None
    part: str = ""


def wilson(hits: float, of: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927).

    Example:
        >>> [round(end, 4) for end in wilson(8, 10)]
        [0.4902, 0.9433]
    """
    share = hits / of
    middle = share + _Z * _Z / (2 * of)
    reach = _Z * math.sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of))
    scale = 1 + _Z * _Z / of
    # At the ends the interval touches 0 and 1 exactly; rounding would leave a speck.
    low = 0.0 if hits == 0 else (middle - reach) / scale
    return low, 1.0 if hits == of else (middle + reach) / scale


def rate(section: str, name: str, hits: float, of: float, part: str = "") -> Figure:
    """A share, with Wilson's interval."""
    if not of:
        return Figure(section, name, None, hits=hits, of=of, part=part)
    low, high = wilson(hits, of)
    return Figure(section, name, hits / of, low, high, hits, of, part)


def f1(section: str, right: float, wrong: float, missed: float, part: str = "") -> Figure:
    """F1 = 2 TP ÷ (2 TP + FP + FN).

    It is 2 J ÷ (1 + J) of J = TP ÷ (TP + FP + FN), which is a share: so its interval's ends are
    those of J, turned the same way.
    """
    of = right + wrong + missed
    if not of:
        return Figure(section, "F1", None, hits=right, of=of, part=part)
    low, high = (2 * end / (1 + end) for end in wilson(right, of))
    return Figure(section, "F1", 2 * right / (right + of), low, high, right, of, part)


def mean(section: str, name: str, values: F64, part: str = "") -> Figure:
    """A mean, with the interval of the normal approximation."""
    if not len(values):
        return Figure(section, name, None, of=0, part=part)
    middle = float(values.mean())
    reach = _Z * float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    low, high = (middle - reach, middle + reach) if math.isfinite(reach) else (None, None)
    return Figure(section, name, middle, low, high, of=len(values), part=part)


def harmonic(x: float | None, y: float | None) -> float | None:
    """The harmonic mean of two shares: F1 of a precision and a recall."""
    if x is None or y is None:
        return None
    return 2 * x * y / (x + y) if x + y else 0.0


def middle_of(values: F64) -> float | None:
    """Their mean, if there are any."""
    return float(np.mean(values)) if len(values) else None
