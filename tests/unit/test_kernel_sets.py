"""Intersections against Python's sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.sets import shared_counts

_SETS = st.lists(st.sets(st.integers(0, 40), max_size=30), min_size=1, max_size=8)


@given(_SETS)
def test_shared_counts(sets):
    values = np.array([value for one in sets for value in sorted(one)], np.uint64)
    offsets = np.cumsum([0, *map(len, sets)]).astype(np.int64)
    a, b = (grid.ravel() for grid in np.indices((len(sets), len(sets))))
    found = shared_counts(values, offsets, a, b).reshape(len(sets), len(sets))
    assert found.tolist() == [[len(x & y) for y in sets] for x in sets]
    assert np.array_equal(found, found.T)


def test_no_pairs():
    none = np.empty(0, np.int64)
    assert len(shared_counts(np.empty(0, np.uint64), np.zeros(1, np.int64), none, none)) == 0
