"""Runs a command on one core and watches what it takes."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

ROOT = Path(__file__).parents[2]
_THREADS = ("POLARS_MAX", "RAYON_NUM", "NUMBA_NUM", "OMP_NUM", "OPENBLAS_NUM")
_ONE_THREAD = {f"{name}_THREADS": "1" for name in _THREADS}
_EVERY = 0.02


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        seconds: on the clock.
        cpu: of the processor, all processes together.
        peak_mib: most anonymous and shared memory at once, all processes together; None where the
            system doesn't tell.
    """

    seconds: float
    cpu: float
    peak_mib: float | None


class Failed(Exception):
    """A measured command ended badly; holds the end of what it said."""


def measured(arguments: list[str]) -> tuple[Cost, str]:
    """Run `python arguments…` on one core; its cost and its standard output.

    Raises:
        Failed: it didn't exit with 0.
    """
    before, start, peak = _child_cpu(), time.perf_counter(), 0
    with TemporaryFile("w+") as said, TemporaryFile("w+") as complained:
        process = _started(arguments, said, complained)
        while process.poll() is None:
            peak = max(peak, _held(process.pid))
            time.sleep(_EVERY)
        cost = Cost(
            time.perf_counter() - start, _child_cpu() - before, peak / 1024 if peak else None
        )
        said.seek(0)
        complained.seek(0)
        if process.returncode:
            raise Failed(complained.read()[-2000:])
        return cost, said.read()


def _started(arguments: list[str], said: IO[str], complained: IO[str]) -> subprocess.Popen[str]:
    """The process, on one core if the system can do that."""
    environment = os.environ | _ONE_THREAD | {"PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "true"}
    pinned = hasattr(os, "sched_setaffinity")
    cores = os.sched_getaffinity(0) if pinned else set()
    if pinned:
        os.sched_setaffinity(0, {max(cores)})  # what is started inherits it
    try:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=said, stderr=complained
        )
    finally:
        if pinned:
            os.sched_setaffinity(0, cores)


def told(arguments: list[str]) -> dict[str, object]:
    """The JSON that `python arguments…` prints."""
    found: dict[str, object] = json.loads(measured(arguments)[1])
    return found


def _child_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _held(process: int) -> int:
    """KiB of anonymous and shared memory of a process and its descendants."""
    return sum(_own(one) for one in _tree(process))


def _tree(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from _tree(int(child))


def _own(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem")))
