"""How a stage hands batches to whoever runs them.

A stage takes a `Spread` and calls it like `map`; the run passes one that uses threads. Results
come back in the batches' order, so the answer doesn't depend on who runs them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

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


def blocks(sizes: NDArray[np.int64], most: int) -> Iterator[range]:
    """Consecutive items in ranges whose sizes sum to at most `most`, or of one larger item."""
    reach, first = ends(sizes), 0
    while first < len(sizes):
        last = int(np.searchsorted(reach, reach[first] + most, side="right")) - 1
        last = max(last, first + 1)
        yield range(first, last)
        first = last


def joined(parts: Iterable[NDArray[_T]], dtype: type[_T]) -> NDArray[_T]:
    """Arrays end to end; empty of the given type where there are none."""
    return np.concatenate([np.empty(0, dtype), *parts])


def laid_out(
    first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[n + 1] offsets, and the numbers first[k] … last[k] − 1 of each k, end to end."""
    offsets = ends(last - first)
    return offsets, np.repeat(first - offsets[:-1], last - first) + np.arange(offsets[-1])


# Names, types and row shapes of the arrays that a step's batches give: {"signatures": (u32, 128)}.
Kinds = Mapping[str, tuple[Any, ...]]


class Gather(Protocol):
    """Runs a stage's batches and joins what they give, array by array, end to end.

    The stage doesn't know whether the long arrays are in memory or in files.
    """

    def __call__(
        self,
        work: Callable[[range], tuple[NDArray[Any], ...]],
        batches: Iterable[range],
        kinds: Kinds,
    ) -> tuple[NDArray[Any], ...]:
        """One array per kind."""


def in_memory(
    work: Callable[[range], tuple[NDArray[Any], ...]], batches: Iterable[range], kinds: Kinds
) -> tuple[NDArray[Any], ...]:
    """The simplest `Gather`."""
    parts = list(map(work, batches))
    empty = (np.empty((0, *shape), dtype) for dtype, *shape in kinds.values())
    return tuple(
        np.concatenate([none, *(part[at] for part in parts)]) for at, none in enumerate(empty)
    )


# A `Gather` for each of a stage's steps, by a name that nothing else of the run has.
Gathers = Callable[[str], Gather]


def all_in_memory(name: str) -> Gather:  # noqa: ARG001 -- only files have names
    """The simplest `Gathers`."""
    return in_memory


def remaining(batches: Iterable[range], done: int) -> Iterator[range]:
    """The batches behind the first `done` rows."""
    for rows in batches:
        if rows.stop > done:
            yield range(max(rows.start, done), rows.stop)


class Room(Protocol):
    """Makes an array to be filled."""

    def __call__(self, name: str, size: int, dtype: Any) -> NDArray[Any]:
        """An array of so many items, all zero."""


def zeros(name: str, size: int, dtype: Any) -> NDArray[Any]:  # noqa: ARG001 -- only files have names
    """The simplest `Room`."""
    return np.zeros(size, dtype)
