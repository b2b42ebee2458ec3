"""How a stage hands batches to whoever runs them.

A stage takes a `Spread` and calls it like `map`; the run passes one that uses threads. Results
come back in the batches' order, so the answer doesn't depend on who runs them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Spread = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
_T = TypeVar("_T", bound=np.generic)


def ranges(total: int, size: int) -> Iterator[range]:
    """0…total in consecutive ranges of at most `size`."""
    return (range(at, min(at + size, total)) for at in range(0, total, size))


def ends(counts: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """[n] counts → [n + 1] offsets."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def joined(parts: Iterable[NDArray[_T]], dtype: type[_T]) -> NDArray[_T]:
    """Arrays end to end; empty of the given type where there are none."""
    return np.concatenate([np.empty(0, dtype), *parts])


def laid_out(
    first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[n + 1] offsets, and the numbers first[k] … last[k] − 1 of each k, end to end."""
    offsets = ends(last - first)
    return offsets, np.repeat(first - offsets[:-1], last - first) + np.arange(offsets[-1])
