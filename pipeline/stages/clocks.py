"""How far the order of two dates can be relied on."""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I64, Flags

USUAL = 0.98  # of a date, before anything is learned
DOUBTED = 0.95  # below, a reader is told
_MOST = 0.986  # that both dates are right: an order is never surer than 5 in log-odds


@dataclass(frozen=True)
class Clocks:
    """Of n articles: how likely their dates are right.

    Attributes:
        usual: the chance in this dump.
        outlets: [names] of each outlet's, beside the dates of others: a clock that is late, a page
            dated when it was crawled. Its own articles keep their order.
        doubts: [n] log-odds to add for what each article's neighbours tell; mostly negative.
    """

    usual: float
    outlets: F64
    doubts: F64

    def order_odds(self, a: I64, b: I64, source_a: I64, source_b: I64) -> F64:
        """[m] log-odds that the order of two dates is that of the texts.

        If both dates are right it is; else it is as likely as not.
        """
        apart = source_a != source_b
        both = np.minimum(
            self._chance(a, source_a, apart) * self._chance(b, source_b, apart), _MOST
        )
        return np.log((1.0 + both) / (1.0 - both))

    def worse_date(self, a: I64, b: I64, source_a: I64, source_b: I64) -> F64:
        """[m] the chance that the less reliable of two dates is right."""
        apart = source_a != source_b
        return np.minimum(self._chance(a, source_a, apart), self._chance(b, source_b, apart))

    def _chance(self, row: I64, source: I64, apart: Flags) -> F64:
        of_outlet = np.append(self.outlets, self.usual)[source]
        chance = np.where(apart, of_outlet, self.usual)
        odds = np.log(chance / (1.0 - chance)) + self.doubts[row]
        return 1.0 / (1.0 + np.exp(-odds))


def unquestioned(n: int, names: int) -> Clocks:
    """Nothing is known against the dates of n articles."""
    return Clocks(USUAL, np.full(names, USUAL), np.zeros(n))
