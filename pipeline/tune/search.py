"""Every combination of thresholds counted at once, and the best of them chosen.

A pair is linked if any of its strengths reaches its knob. Pairs of which none does are counted for
all combinations together: a histogram over the strengths, summed up along each axis.

No threshold goes below the run's own, and `partial_tokens` not below `review_tokens` either: pairs
that lower ones would link were never scored, or dropped as not worth a review. They need a run with
lower ones first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.config import Relate
from pipeline.documents import F64, I64
from pipeline.stages.shares import Share, wilson

_SHARES = tuple(round(0.02 * step, 2) for step in range(5, 51))
_TOKENS = (12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 130, 160, 200, 300, 500, 1000, 1_000_000)
_GRID: Mapping[str, tuple[float, ...]] = {
    "near_copy": _SHARES[::2],
    "excerpt": _SHARES[::2],
    "link_confidence": (*_SHARES[::2], 0.99, 0.999, 1.0),
    "partial_tokens": _TOKENS,
}
KNOBS = tuple(_GRID)


@dataclass(frozen=True)
class Counts:
    """What thresholds come to: `right` and `wrong` linked pairs, of so many that share a text."""

    right: int
    wrong: int
    of: int

    @property
    def precision(self) -> Share | None:
        """Right ones among the linked; None if none is."""
        linked = self.right + self.wrong
        return wilson(self.right / linked, linked) if linked else None

    @property
    def recall(self) -> Share | None:
        """Linked ones among those that share a text; None if there are none."""
        return wilson(self.right / self.of, self.of) if self.of else None


@dataclass(frozen=True)
class Choice:
    """Values of the knobs, and what they come to."""

    thresholds: dict[str, float]
    counts: Counts


class Search:
    """All combinations of thresholds on the grid, and of those that are set now.

    Attributes:
        grid: the values of each knob, ascending.
        of: pairs that share a text, found or not.
    """

    def __init__(self, scored: pl.DataFrame, of: int, options: Relate) -> None:
        """Count them.

        Args:
            scored: the knobs' strengths, `linked` (true: whatever the thresholds; false: never;
                null: as they say), and `right` and `wrong`: how many pairs a row stands for.
            of: pairs that share a text, found or not.
            options: the thresholds that are set now.
        """
        self._now = {name: float(getattr(options, name)) for name in KNOBS}
        lowest = self._now | {"partial_tokens": float(options.review_tokens)}
        self.grid = {
            name: np.unique([*(it for it in _GRID[name] if it >= lowest[name]), self._now[name]])
            for name in KNOBS
        }
        self.of = of
        self._right, self._wrong = (self._linked(scored, name) for name in ("right", "wrong"))

    def _linked(self, scored: pl.DataFrame, weight: str) -> I64:
        """[grid…] linked pairs, weighted."""
        always = int(scored.filter("linked")[weight].sum())
        open_ = scored.filter(pl.col("linked").is_null())
        reached = np.stack(
            [np.searchsorted(self.grid[name], open_[name].to_numpy(), "right") for name in KNOBS]
        )
        shape = tuple(len(values) + 1 for values in self.grid.values())
        below = np.zeros(shape, np.int64)
        np.add.at(below, tuple(reached), open_[weight].to_numpy())
        total = int(below.sum())
        for axis in range(len(shape)):
            np.cumsum(below, axis=axis, out=below)
        linked: I64 = always + total - below[tuple(slice(size - 1) for size in shape)]
        return linked

    @property
    def now(self) -> Choice:
        """The thresholds that are set."""
        return self.at(self._now)

    def at(self, thresholds: Mapping[str, float]) -> Choice:
        """What thresholds of the grid come to."""
        return self._choice(
            tuple(int(np.searchsorted(self.grid[name], thresholds[name])) for name in KNOBS)
        )

    def most_recall(self, precision: float) -> Choice | None:
        """The highest recall at this precision or a better one."""
        return self._best(self._precision >= precision, self._right, self._precision)

    def most_precision(self, recall: float) -> Choice | None:
        """The best precision at this recall or a higher one."""
        # Divided, as 55 of 100 is .55 then; .55 · 100 is more than 55.
        reached = self._right / max(self.of, 1) >= recall
        return self._best(reached, self._precision, self._right)

    def curve(self) -> list[Choice]:
        """The best precision for each recall, from the lowest recall on; no point beats another."""
        precision, right = self._precision.ravel(), self._right.ravel()
        order = np.lexsort((self._changes.ravel(), -precision, -right))
        best, points = -1.0, []
        for at in order:
            if precision[at] > best and right[at] > 0:
                best = precision[at]
                points.append(self._choice(np.unravel_index(at, self._right.shape)))
        return points[::-1]

    @property
    def _precision(self) -> F64:
        linked = self._right + self._wrong
        return np.where(linked > 0, self._right / np.maximum(linked, 1), 0.0)

    @property
    def _changes(self) -> I64:
        """[grid…] steps from what is set now."""
        steps = (
            abs(np.arange(len(values)) - np.searchsorted(values, self._now[name]))
            for name, values in self.grid.items()
        )
        changes: I64 = np.sum(np.meshgrid(*steps, indexing="ij"), axis=0)
        return changes

    def _best(self, allowed: np.ndarray, first: np.ndarray, second: np.ndarray) -> Choice | None:
        """The largest `first`, then the largest `second`, then the fewest changes."""
        places = np.flatnonzero(allowed & (self._right > 0))
        if len(places) == 0:
            return None
        keys = (self._changes.ravel(), -second.ravel(), -first.ravel())
        at = places[np.lexsort([key[places] for key in keys])[0]]
        return self._choice(np.unravel_index(at, self._right.shape))

    def _choice(self, place: tuple[int, ...]) -> Choice:
        values = {name: float(self.grid[name][at]) for name, at in zip(KNOBS, place, strict=True)}
        return Choice(values, Counts(int(self._right[place]), int(self._wrong[place]), self.of))
