"""How much memory the process holds, and a limit that it keeps.

Counted is what nobody else can have: anonymous and shared memory. Pages of mapped files aren't,
for the system takes them back when it needs them.
"""

import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import MemoryLimitError, unwrapped

_STATUS = Path("/proc/self/status")
_COUNTED = ("RssAnon:", "RssShmem:")
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_EVERY = 0.02  # seconds between two looks
_AGAIN = 10.0  # seconds after which work that goes on over the limit is told again
_SIGNAL = signal.SIGUSR1
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
        exceeded: bytes that were held when it was first more than the limit; 0 as long as it isn't.
    """

    def __init__(self, limit: int = 0) -> None:
        self.exceeded = 0
        self._limit = limit
        self._peak = 0
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def _watch(self) -> None:
        told = -_AGAIN
        while not self._done.wait(_EVERY):
            now = self.look()
            if self._limit and now > self._limit and time.monotonic() - told > _AGAIN:
                self.exceeded = self.exceeded or now
                told = time.monotonic()
                # Wakes the main thread also where it waits for others, and where Ctrl-C is ignored.
                signal.pthread_kill(threading.main_thread().ident or 0, _SIGNAL)

    def look(self) -> int:
        """Look now; returns the bytes held."""
        with self._lock:
            now = held()
            self._peak = max(self._peak, now)
        return now

    def restart(self) -> None:
        """Forget the peak so far."""
        with self._lock:
            self._peak = 0

    @property
    def peak(self) -> int:
        """Bytes, the most seen since the last restart."""
        with self._lock:
            return self._peak

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


class Exceeded(KeyboardInterrupt):
    """Raised in the main thread, past every `except Exception`."""


def _raise(*_: object) -> None:
    raise Exceeded


@contextmanager
def watched(gibibytes: float) -> Iterator[Watch]:
    """A watch that ends the work where it takes more than the limit; 0 means none.

    To be used in the main thread.

    Raises:
        MemoryLimitError: it took more.
    """
    before = signal.signal(_SIGNAL, _raise)
    watch = Watch(int(gibibytes * (1 << 30)))
    try:
        with watch:
            yield watch
    except (Exceeded, SystemError) as error:
        if not isinstance(unwrapped(error), Exceeded):
            raise
        raise MemoryLimitError(
            f"the run took {watch.exceeded / (1 << 30):.2f} GiB, more than run.memory_limit "
            f"({gibibytes:g} GiB): raise it, or try -c bulk or --threads 1"
        ) from error
    finally:
        signal.signal(_SIGNAL, before)
