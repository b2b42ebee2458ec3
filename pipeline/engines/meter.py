"""What a run tells of itself: stages, counts, seconds, peak memory, and what caps cut."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.engines.memory import MEBIBYTE, Watch
from pipeline.stages.spread import Spread


class Stage:
    """One stage under way.

    Attributes:
        name, total, unit: what it works on.
        done: how much of that is behind it.
        seconds: how long it took, once it has ended.
        peak: bytes of memory, the most it was seen to hold (`engines.memory`).
    """

    def __init__(self, name: str, total: int, unit: str, tell: Callable[["Stage"], None]) -> None:
        self.name, self.total, self.unit = name, total, unit
        self.done = 0
        self.seconds = 0.0
        self.peak = 0
        self.caps: dict[str, int] = {}
        self._tell = tell

    def counting(self, spread: Spread) -> Spread:
        """The same spread, counting the batches that come back; a batch is a range of rows."""

        def counted(work: Callable[[Any], Any], batches: Iterable[Any]) -> Iterator[Any]:
            sizes = list[int]()

            def listed() -> Iterator[Any]:
                for batch in batches:
                    sizes.append(len(batch))
                    yield batch

            for at, result in enumerate(spread(work, listed())):
                self.done += sizes[at]
                self._tell(self)
                yield result

        return counted

    def reached(self, done: int) -> None:
        """So much is done."""
        self.done = done
        self._tell(self)

    def cut(self, caps: dict[str, int]) -> None:
        """Note what caps left out."""
        self.caps |= caps

    def account(self) -> dict[str, object]:
        """The stage's line in run.json."""
        return {
            "stage": self.name,
            self.unit: self.total,
            "seconds": round(self.seconds, 3),
            "peak_mib": self.peak // MEBIBYTE,
            **({"cut": self.caps} if self.caps else {}),
        }


class Meter:
    """Follows a run through its stages; subclasses show it.

    Attributes:
        watch: looks at the memory held; None: only the end of a stage is looked at.
    """

    def __init__(self) -> None:
        self.watch: Watch | None = None
        self._lines: list[dict[str, object]] = []

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Stage]:
        """Measure one stage."""
        stage = Stage(name, total, unit, self.advanced)
        self.started(stage)
        watch = self.watch or Watch()
        watch.restart()
        start = time.perf_counter()
        yield stage
        stage.seconds = time.perf_counter() - start
        watch.look()
        stage.peak = watch.peak
        stage.done = stage.total
        self._lines.append(stage.account())
        self.ended(stage)

    def account(self) -> list[dict[str, object]]:
        """The stages so far, for run.json."""
        return list(self._lines)

    def started(self, stage: Stage) -> None:
        """A stage begins."""

    def advanced(self, stage: Stage) -> None:
        """A stage has got on."""

    def ended(self, stage: Stage) -> None:
        """A stage is done."""
