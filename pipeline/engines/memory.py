"""How much memory the process holds, and a limit that it keeps.

Counted is what nobody else can have: anonymous and shared memory. Pages of mapped files aren't,
for the system takes them back when it needs them.
"""

import _thread
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import MemoryLimitError, unwrapped

_STATUS = Path("/proc/self/status")
_COUNTED = ("RssAnon:", "RssShmem:")
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_EVERY = 0.02  # seconds between two looks
MEBIBYTE = 1 << 20


def held() -> int:
    """Bytes of anonymous and shared memory; the most ever resident where no system tells."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
    lines = _STATUS.read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(_COUNTED)) << 10


class Watch:
    """Looks at the memory held, many times a second.

    Attributes:
        peak: bytes, the most seen since it was last set to 0.
    """

    def __init__(self, limit: int = 0) -> None:
        self.peak = 0
        self.exceeded = 0
        self._limit = limit
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)

    def _look(self) -> None:
        while not self._done.wait(_EVERY):
            self.look()
            if self._limit and self.peak > self._limit and not self.exceeded:
                self.exceeded = self.peak
                _thread.interrupt_main()

    def look(self) -> None:
        """Look now."""
        self.peak = max(self.peak, held())

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


@contextmanager
def watched(gibibytes: float) -> Iterator[Watch]:
    """A watch that ends the work where it takes more than the limit; 0 means none.

    Raises:
        MemoryLimitError: it took more.
    """
    with Watch(int(gibibytes * (1 << 30))) as watch:
        try:
            yield watch
        except (KeyboardInterrupt, SystemError) as error:
            if not watch.exceeded or not isinstance(unwrapped(error), KeyboardInterrupt):
                raise
            raise MemoryLimitError(
                f"the run took {watch.exceeded / (1 << 30):.2f} GiB, more than run.memory_limit "
                f"({gibibytes:g} GiB): raise it, or try -c bulk or --threads 1"
            ) from error
