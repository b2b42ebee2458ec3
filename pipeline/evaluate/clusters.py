"""Two ways to part the same articles, compared: stories as known and stories as found.

All of it is computed from the contingency table's filled cells, so that memory grows with the
articles, never with their pairs.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I64
from pipeline.evaluate.figures import Figure, f1, harmonic, mean, rate


@dataclass(frozen=True)
class Contingency:
    """The filled cells of the table of known × found groups.

    Attributes:
        cells: [m] articles in each filled cell.
        known: [m] articles in the known group of each cell.
        found: [m] articles in the found group of each cell.
        known_sizes: articles of each known group.
        found_sizes: articles of each found group.
    """

    cells: I64
    known: I64
    found: I64
    known_sizes: I64
    found_sizes: I64


def contingency(known: I64, found: I64) -> Contingency:
    """The table of two labellings, [n] each."""
    _, rows, known_sizes = np.unique(known, return_inverse=True, return_counts=True)
    _, columns, found_sizes = np.unique(found, return_inverse=True, return_counts=True)
    codes, cells = np.unique(rows * len(found_sizes) + columns, return_counts=True)
    wide = max(len(found_sizes), 1)
    return Contingency(
        cells.astype(np.int64), known_sizes[codes // wide], found_sizes[codes % wide],
        known_sizes, found_sizes,
    )  # fmt: skip


def pairs_in(sizes: I64) -> int:
    """Pairs inside groups of such sizes."""
    return sum(size * (size - 1) // 2 for size in sizes.tolist())


def b_cubed(table: Contingency) -> tuple[F64, F64]:
    """[n] precision and recall of each article (Bagga and Baldwin 1998).

    An article's precision is the share of its found group that belongs to its known group, itself
    included; its recall the share of its known group that it was found with.
    """
    return (
        np.repeat(table.cells / table.found, table.cells),
        np.repeat(table.cells / table.known, table.cells),
    )


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
    precision, recall = b_cubed(table)
    exact, full = (mean("clusters", f"B-cubed {name}", values)
                   for name, values in (("precision", precision), ("recall", recall)))  # fmt: skip
    return [
        rate("clusters", "pairwise precision", both, claimed),
        rate("clusters", "pairwise recall", both, due),
        f1("clusters", both, claimed - both, due - both),
        exact,
        full,
        Figure("clusters", "B-cubed F1", harmonic(exact.value, full.value), of=len(known)),
        Figure("clusters", "adjusted Rand index", adjusted_rand(table), of=len(known)),
    ]
