"""Two ways to part the same articles, compared: stories as known and stories as found.

All of it is computed from the contingency table's filled cells, so that memory grows with the
articles, never with their pairs.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I64, Flags
from pipeline.evaluate.bootstrap import ratio, with_intervals
from pipeline.evaluate.figures import Figure, f1, harmonic, rate
from pipeline.kernels.components import components

_B_CUBED = ("B-cubed precision", "B-cubed recall", "B-cubed F1")


@dataclass(frozen=True)
class Contingency:
    """The filled cells of the table of known × found groups.

    Attributes:
        cells: [m] articles in each filled cell.
        known: [m] articles in the known group of each cell.
        found: [m] articles in the found group of each cell.
        known_sizes: articles of each known group.
        found_sizes: articles of each found group.
        row: [m] the known group of each cell, by number.
        column: [m] the found group.
        cell: [n] the cell of each article.
    """

    cells: I64
    known: I64
    found: I64
    known_sizes: I64
    found_sizes: I64
    row: I64
    column: I64
    cell: I64


def contingency(known: I64, found: I64) -> Contingency:
    """The table of two labellings, [n] each."""
    _, rows, known_sizes = np.unique(known, return_inverse=True, return_counts=True)
    _, columns, found_sizes = np.unique(found, return_inverse=True, return_counts=True)
    codes, cell, cells = np.unique(
        rows * len(found_sizes) + columns, return_inverse=True, return_counts=True
    )
    wide = max(len(found_sizes), 1)
    return Contingency(
        cells.astype(np.int64), known_sizes[codes // wide], found_sizes[codes % wide],
        known_sizes, found_sizes, codes // wide, codes % wide, cell,
    )  # fmt: skip


def pairs_in(sizes: I64) -> int:
    """Pairs inside groups of such sizes."""
    return sum(size * (size - 1) // 2 for size in sizes.tolist())


def b_cubed(table: Contingency) -> tuple[F64, F64]:
    """[m] precision and recall of the articles of each cell (Bagga and Baldwin 1998).

    An article's precision is the share of its found group that belongs to its known group, itself
    included; its recall the share of its known group that it was found with.
    """
    return table.cells / table.found, table.cells / table.known


def adjusted_rand(table: Contingency) -> float:
    """The Rand index corrected for chance (Hubert and Arabie 1985); 1 if both part alike."""
    n = int(table.known_sizes.sum())
    both = pairs_in(table.cells)
    known, found = pairs_in(table.known_sizes), pairs_in(table.found_sizes)
    total = n * (n - 1) // 2
    if not total or known == found == both:
        return 1.0
    expected = known * found / total
    return (both - expected) / ((known + found) / 2 - expected)


def cluster_figures(known: I64, found: I64) -> list[Figure]:
    """Pairwise F1, B-cubed and adjusted Rand index.

    Args:
        known: [n] each article's story in the truth.
        found: [n] its story in the run; one in none has a number of its own.
    """
    table = contingency(known, found)
    both = pairs_in(table.cells)
    claimed, due = pairs_in(table.found_sizes), pairs_in(table.known_sizes)
    cells = table.cells.astype(np.float64)
    told = (*_b_cubed_means(table, cells), adjusted_rand(table))
    figures = [
        Figure("clusters", name, value if len(known) else None, of=len(known))
        for name, value in zip((*_B_CUBED, "adjusted Rand index"), told, strict=True)
    ]
    owner = _together(table)
    return [
        rate("clusters", "pairwise precision", both, claimed),
        rate("clusters", "pairwise recall", both, due),
        f1("clusters", both, claimed - both, due - both),
        *with_intervals(figures[:-1], owner, lambda it: _b_cubed_means(table, cells * it)),
        *with_intervals(figures[-1:], table.row, lambda it: (weighted_rand(table, it),)),
    ]


def part_figures(known: I64, found: I64, chosen: Flags, part: str) -> list[Figure]:
    """B-cubed of some of the articles, [n], in stories of all of them."""
    table = contingency(known, found)
    own: F64 = np.bincount(table.cell[chosen], minlength=len(table.cells)).astype(np.float64)
    told = _b_cubed_means(table, own)
    figures = [
        Figure("clusters", name, value, of=int(own.sum()), part=part)
        for name, value in zip(_B_CUBED, told, strict=True)
    ]
    return with_intervals(figures, _together(table), lambda it: _b_cubed_means(table, own * it))


def _together(table: Contingency) -> I64:
    """[m] a number that cells share whose stories the run has mixed: they are right or wrong so."""
    known, found = len(table.known_sizes), len(table.found_sizes)
    row, column = (it.astype(np.int64) for it in (table.row, table.column + known))
    together: I64 = components(known + found, row, column)[row]
    return together


def _b_cubed_means(table: Contingency, mass: F64) -> tuple[float, float, float]:
    """Precision, recall and F1 of so many articles of each cell, [m]."""
    exact, full = (ratio(float(mass @ it), float(mass.sum())) for it in b_cubed(table))
    return exact, full, harmonic(exact, full) or 0.0


def weighted_rand(table: Contingency, weight: F64) -> float:
    """The adjusted Rand index, where pairs count with the product of their stories' weights, [m].

    Those of one story count with its weight once: a story drawn twice doesn't meet itself.
    """
    cells = weight * table.cells
    both = float((weight * table.cells * (table.cells - 1)).sum()) / 2
    known = float((weight * table.cells * (table.known - 1)).sum()) / 2
    of_found, of_all = np.bincount(table.column, cells), float(cells.sum())
    apart = float(np.square(of_found).sum() - np.square(cells).sum()) / 2
    rows = np.bincount(table.row, cells)
    total = known + (of_all**2 - float(np.square(rows).sum())) / 2
    found = both + apart
    if not total or known == found == both:
        return 1.0
    expected = known * found / total
    return ratio(both - expected, (known + found) / 2 - expected)
