"""Hashes in order, without repeats, however they are spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.sorting import sort_hashes

_VALUES = st.integers(0, (1 << 64) - 1)
_NEAR = st.integers((1 << 63) - 20, (1 << 63) + 20)


def _sorted(values: np.ndarray, start: int) -> list[int]:
    array = np.concatenate([np.full(start, 7, np.uint64), values, np.full(2, 3, np.uint64)])
    left = sort_hashes(array, start, start + len(values), np.empty(len(values), np.uint64))
    assert array[:start].tolist() == [7] * start
    assert array[-2:].tolist() == [3, 3]
    return array[start : start + left].tolist()


@given(st.lists(st.one_of(_VALUES, _NEAR), max_size=80), st.integers(0, 3))
def test_values_in_order(values, start):
    assert _sorted(np.array(values, np.uint64), start) == sorted(set(values))


@pytest.mark.parametrize("size", [9, 1000, 70_000])
def test_many_values(size):
    chance = np.random.default_rng(size)
    spread = chance.integers(0, 1 << 63, size, np.uint64) * np.uint64(2)
    for values in (spread, spread >> np.uint64(40), spread[::-1] & np.uint64(0xF000000000000000)):
        assert _sorted(values, 2) == np.unique(values).tolist()


def test_values_that_stand_near_each_other_in_falling_order():
    values = np.arange(50_000, 0, -1).astype(np.uint64)
    assert _sorted(values, 0) == list(range(1, 50_001))
