"""Shares with 95 % intervals."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from pipeline.documents import F64

_Z = 1.959963984540054  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Share:
    """A share and its 95 % interval."""

    share: float
    low: float
    high: float


def wilson(share: float, trials: float) -> Share:
    """A share seen in so many independent trials, with its interval (Wilson 1927).

    Example:
        >>> one = wilson(0.9, 100)
        >>> round(one.low, 3), round(one.high, 3)
        (0.826, 0.945)
    """
    spread = _Z * _Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return Share(share, max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)))


def share_of_clusters(found: F64, of: F64, population: int) -> Share | None:
    """Σ found ÷ Σ of, where whole clusters were sampled; None if there is nothing to share.

    The variance is that of a ratio over a simple random sample without replacement (Cochran,
    Sampling Techniques, 6.4), turned into the number of independent trials that would have the
    same one, which Wilson's interval takes (after Korn and Graubard 1998). That number is never
    more than if all trials of a cluster agreed: where nothing was missed, the variance alone would
    promise certainty.

    Args:
        found, of: [n] of each sampled cluster, 0 ≤ found ≤ of.
        population: clusters that were sampled from; n of them make the interval a point.
    """
    total = float(of.sum())
    if total == 0.0:
        return None
    share = float(found.sum()) / total
    n = len(of)
    unseen = 1.0 - n / population
    if unseen <= 0.0:
        return Share(share, share, share)
    trials = total**2 / float(np.square(of).sum())
    variance = float(np.square(found - share * of).sum()) / total**2 * n / max(n - 1, 1)
    if variance > 0.0:
        trials = min(trials, share * (1.0 - share) / variance)
    return wilson(share, trials / unseen)
