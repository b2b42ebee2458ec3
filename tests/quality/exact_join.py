"""Every pair that shares a shingle, compared exactly: the slow truth that recall is measured by."""

from collections.abc import Iterator

import numpy as np

from pipeline.documents import Shingles


def exact_join(shingles: Shingles) -> Iterator[tuple[int, int, int]]:
    """(a, b, shared shingles) with a < b, by an inverted index without any cap."""
    sizes = np.diff(shingles.offsets)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    order = np.argsort(shingles.values, kind="stable")
    _, starts, number, counts = np.unique(
        shingles.values, return_index=True, return_inverse=True, return_counts=True
    )
    del starts
    ends = np.cumsum(counts)
    members = owner[order]
    for a in range(len(sizes)):
        mine = number[shingles.offsets[a] : shingles.offsets[a + 1]]
        mine = mine[counts[mine] > 1]
        if len(mine) == 0:
            continue
        others = np.concatenate([members[ends[v] - counts[v] : ends[v]] for v in mine])
        rows, shared = np.unique(others[others > a], return_counts=True)
        yield from ((a, int(b), int(s)) for b, s in zip(rows, shared, strict=True))


BANDS = ("jaccard ≥ .7", "jaccard .5–.7", "jaccard .3–.5", "containment ≥ .5, ≥ 20 shared")


def bands_of(jaccard: float, containment: float, shared: int) -> Iterator[str]:
    """The bands in which a pair counts."""
    if jaccard >= 0.7:
        yield BANDS[0]
    elif jaccard >= 0.5:
        yield BANDS[1]
    elif jaccard >= 0.3:
        yield BANDS[2]
    if containment >= 0.5 and shared >= 20:
        yield BANDS[3]
