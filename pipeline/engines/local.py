"""Threads of this machine: batches out, results back in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def thread_count(threads: int) -> int:
    """The number of threads to use; 0 means one per core this process may run on."""
    return threads or len(os.sched_getaffinity(0))


def in_order(work: Callable[[_In], _Out], batches: Iterable[_In], threads: int) -> Iterator[_Out]:
    """Apply `work` to each batch on a number of threads; results come in the batches' order.

    Not more than one batch for each thread is ahead of what has been taken.
    """
    count = thread_count(threads)
    if count == 1:
        yield from map(work, batches)
        return
    ahead: deque[Future[_Out]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for batch in batches:
                ahead.append(pool.submit(work, batch))
                if len(ahead) > count:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            # Where the work is stopped, what hasn't begun never does.
            for future in ahead:
                future.cancel()
