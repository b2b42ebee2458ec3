"""How many pairs the whole holds, by those in a part of it."""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I64

_LEAST = 0.2


@dataclass(frozen=True)
class Taken:
    """Where a part was taken.

    Attributes:
        whole: articles of the whole.
        block: [n] the stretch that each article of the part stood in.
        place: [n] its place among those that were taken.
    """

    whole: float
    block: I64
    place: I64

    def pairs(self, a: I64, b: I64) -> float:
        """Pairs of the whole, by Horvitz and Thompson: each pair found stands for 1/π pairs.

        Articles of two stretches were both taken with probability π = (n/N)². Those of one, d
        places apart in a stretch of m, with (n/N)·(1 − d/m): what stands side by side in the input,
        as a day's copies do, is taken together.

        Args:
            a, b: [k] rows of the part.
        """
        share = min(len(self.block) / self.whole, 1.0)
        sizes = np.bincount(self.block)
        together = self.block[a] == self.block[b]
        apart = np.abs(self.place[a] - self.place[b]) / np.maximum(sizes[self.block[a]], 1)
        near: F64 = share * np.maximum(1.0 - apart, _LEAST) if share < 1.0 else np.ones(len(a))
        return float(np.sum(1.0 / np.where(together, np.maximum(near, share**2), share**2)))
