"""95 % intervals of figures that aren't simple shares: by resampling whole stories."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pipeline.documents import F64, I64
from pipeline.evaluate.figures import Figure
from pipeline.stages.shares import wilson

_RESAMPLES, _FEWEST = 200, 50
# Items × resamples; beyond, fewer resamples are drawn, or none.
_WORK = 20_000_000
MOST = _WORK // _FEWEST
_SEED = 41
_ENDS = (2.5, 97.5)


def with_intervals(
    figures: list[Figure],
    owner: I64,
    told: Callable[[F64], tuple[float, ...]],
    no_shares: tuple[str, ...] = (),
) -> list[Figure]:
    """Figures with the 2.5th and 97.5th percentile of 200 resamples (Efron 1979).

    Items of one story hang together: so stories are drawn, with replacement, as many as there are;
    each item counts as often as its story was drawn. The ends are moved to hold the figure itself,
    which the resamples of a calibration error, always too high, may not. Where every story agrees
    that a share is 0 or 1, resampling would promise certainty: there the interval is Wilson's, of
    that many stories. Figures of a single story, and those of more than 400,000 items, keep none.

    Args:
        figures: [k] as measured.
        owner: [n] each item's story; those of items that belong to none differ from all others.
        told: the figures, given how often each item counts, [n].
        no_shares: names of figures that aren't shares of 1.
    """
    _, number = np.unique(owner, return_inverse=True)
    stories = int(number.max(initial=-1)) + 1
    resamples = min(_RESAMPLES, _WORK // max(len(owner), 1))
    if stories < 2 or resamples < _FEWEST:
        return figures
    chance = np.random.Generator(np.random.PCG64(_SEED))
    drawn = np.array([told(_weights(chance, stories)[number]) for _ in range(resamples)])
    low, high = np.nanpercentile(drawn, _ENDS, axis=0)
    return [
        it if it.value is None or np.isnan(low[at])
        else _sure(it, stories) if low[at] == high[at] == it.value and it.name not in no_shares
        else replace(it, low=float(min(low[at], it.value)), high=float(max(high[at], it.value)))
        for at, it in enumerate(figures)
    ]  # fmt: skip


def _sure(figure: Figure, stories: int) -> Figure:
    if figure.value not in {0.0, 1.0}:
        return replace(figure, low=figure.value, high=figure.value)
    told = wilson(figure.value, stories)
    return replace(figure, low=told.low, high=told.high)


def _weights(chance: np.random.Generator, stories: int) -> F64:
    """[stories] how often each one is drawn."""
    drawn = np.bincount(chance.integers(0, stories, stories), minlength=stories)
    return drawn.astype(np.float64)


def ratio(above: float, below: float) -> float:
    """Their quotient; not a number where a resample holds nothing to be shared."""
    return above / below if below else float("nan")
