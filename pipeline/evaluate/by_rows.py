"""A truth on the rows of a run, and what it says of pairs of them."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.documents import F64, I64, Flags
from pipeline.evaluate.run_side import RunSide
from pipeline.evaluate.truth import Truth

NO_GROUP = -1
UNJUDGED, NEGATIVE, POSITIVE = -1, 0, 1
SPARED = -2  # not judged either: of one event, but too alike


@dataclass(frozen=True)
class TruthRows:
    """A `Truth` whose articles are rows.

    Attributes:
        group: [n] each article's group, or −1.
        named: [n] does the truth name it?
        a: [m] first rows of listed pairs.
        b: [m] second rows; of the two ids the larger.
        word: [m] 1: shares a text, 0: doesn't, −1: not judged.
        within: the word on pairs of one group.
        outside: the word on pairs of an article in a group and one that isn't named.
        spared_from: pairs of one group from this Jaccard on aren't judged.
    """

    group: I64
    named: Flags
    a: I64
    b: I64
    word: I64
    within: int
    outside: int
    spared_from: float

    def implied(self, a: I64, b: I64, jaccard: F64) -> I64:
        """[k] the groups' word on pairs of rows."""
        of_a, of_b = self.group[a], self.group[b]
        both = (of_a >= 0) & (of_b >= 0)
        same = both & (of_a == of_b)
        stranger = ((of_a >= 0) & ~self.named[b]) | ((of_b >= 0) & ~self.named[a])
        word = np.full(len(a), UNJUDGED)
        word[both & ~same] = NEGATIVE
        word[same] = self.within
        word[same & (jaccard >= self.spared_from)] = SPARED
        word[stranger] = self.outside
        return word

    @property
    def positives(self) -> int:
        """Pairs that share a text."""
        sizes = np.bincount(self.group[self.group >= 0]).astype(np.int64)
        alike = int((sizes * (sizes - 1) // 2).sum()) if self.within == POSITIVE else 0
        implied = self.implied(self.a, self.b, np.zeros(len(self.a)))
        listed = int((self.word == POSITIVE).sum()) - int((implied == POSITIVE).sum())
        return alike + listed

    def without(self, rows: Flags) -> "TruthRows":
        """As if nothing were known of some articles, [n]: what concerns them isn't judged."""
        kept = ~(rows[self.a] | rows[self.b])
        return replace(
            self,
            group=np.where(rows, NO_GROUP, self.group),
            named=self.named | rows,
            a=self.a[kept],
            b=self.b[kept],
            word=self.word[kept],
        )


def truth_rows(truth: Truth, run: RunSide) -> TruthRows:
    """A truth, all of whose articles are in the run, by rows."""
    n = len(run.ids)
    group, named = np.full(n, NO_GROUP), np.zeros(n, bool)
    at = run.rows(truth.articles["article_id"])
    group[at] = truth.articles["group"].fill_null(NO_GROUP).to_numpy()
    named[at] = True
    word = truth.listed["shared"].cast(pl.Int64()).fill_null(UNJUDGED)
    return TruthRows(
        group, named, run.rows(truth.listed["a_id"]), run.rows(truth.listed["b_id"]),
        word.to_numpy(), _word(truth.within), _word(truth.outside),
        np.inf if truth.spared_from is None else truth.spared_from,
    )  # fmt: skip


def _word(said: bool | None) -> int:
    return UNJUDGED if said is None else int(said)
