"""Threads of this machine: batches out, results back in order."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def thread_count(threads: int) -> int:
    """The number of threads to use; 0 means one per core this process may run on."""
    return threads or len(os.sched_getaffinity(0))


def in_order(work: Callable[[_In], _Out], batches: Iterable[_In], threads: int) -> Iterator[_Out]:
    """Apply `work` to each batch on a number of threads; results come in the batches' order."""
    with ThreadPoolExecutor(thread_count(threads)) as pool:
        yield from pool.map(work, batches)
