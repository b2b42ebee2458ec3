"""Which outlets are taken from and which take, learned from the dump's own credits and links."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.documents import F64, I64, Flags

_MOST = 1.0  # log-odds that a habit adds at most
_BEFORE = 4.0  # articles that each outlet is thought to have given, and taken
_AGENCY = 8.0  # more that an agency is thought to have given
_PART = 0.5  # of what the rest says: a habit never overrules it


@dataclass(frozen=True)
class Habits:
    """Of outlets, by the numbers of their names: articles given and taken, where both are told.

    Attributes:
        given, taken: [names].
        agencies: [names] is it a known agency?
    """

    given: F64
    taken: F64
    agencies: Flags

    def odds(self, source_a: I64, source_b: I64, other: F64) -> F64:
        """[m] log-odds of "a from b" by what the two outlets are used to.

        Args:
            source_a, source_b: [m] −1 where unknown.
            other: [m] log-odds of everything else; what speaks against it is half of it at most.
        """
        given = _BEFORE + _AGENCY * self.agencies + self.given
        lean = np.append(np.log(given / (_BEFORE + self.taken)), 0.0)
        apart = (source_a != source_b) & (source_a >= 0) & (source_b >= 0)
        odds = np.where(apart, np.clip(lean[source_b] - lean[source_a], -_MOST, _MOST), 0.0)
        most = np.where(odds * other < 0, _PART * np.abs(other), _MOST)
        return np.clip(odds, -most, most)


def no_habits(names: int) -> Habits:
    """Nothing is known of so many outlets."""
    return Habits(np.zeros(names), np.zeros(names), np.zeros(names, np.bool_))


def habits_of(seen: pl.DataFrame, names: pl.Series, agencies: tuple[str, ...]) -> Habits:
    """Count who names or links to whom, in pairs that share a text.

    Args:
        seen: apart, source_a, source_b, named (log-odds of "a from b" by credits and links).
        names: of outlets and agencies, by number.
        agencies: full names of known agencies.

    Example:
        >>> seen = pl.DataFrame({"apart": [True, True], "source_a": [0, 1], "source_b": [1, 2],
        ...     "named": [4.5, -4.0]})
        >>> habits = habits_of(seen, pl.Series(["a", "b", "c"]), ("b",))
        >>> habits.given.tolist(), habits.taken.tolist()
        ([0.0, 2.0, 0.0], [1.0, 0.0, 1.0])
    """
    told = seen.filter(pl.col("apart") & (pl.col("named") != 0))
    a, b = (told[f"source_{side}"].to_numpy() for side in "ab")
    from_b = (told["named"] > 0).to_numpy()
    source, taker = np.where(from_b, b, a), np.where(from_b, a, b)
    known = (source >= 0) & (taker >= 0)
    given, taken = (
        np.bincount(side[known], minlength=len(names)).astype(np.float64)
        for side in (source, taker)
    )
    return Habits(given, taken, names.is_in(agencies).to_numpy())
