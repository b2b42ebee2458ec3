"""Memory held is seen, and kept under a limit."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ran

from pipeline.engines.memory import MEBIBYTE, Exceeded, Watch, held, watched
from pipeline.engines.meter import Meter
from pipeline.errors import MemoryLimitError
from pipeline.io.work import mapped

ROOT = Path(__file__).parents[2]
LARGE = 200 * MEBIBYTE


def test_what_is_held_is_counted_and_no_more_once_it_is_gone():
    before = held()
    array = np.ones(LARGE, np.uint8)
    full = held()
    # Other parts of the process may let go of some meanwhile.
    assert LARGE * 0.6 < full - before < LARGE * 1.3
    del array
    assert full - held() > LARGE * 0.9


def test_pages_of_files_are_not_counted(tmp_path):
    (tmp_path / "array").write_bytes(bytes(LARGE))
    before = held()
    array = mapped(tmp_path / "array", np.uint8, (LARGE - 128,))
    assert not array.any()
    assert held() - before < LARGE * 0.2


def test_a_peak_between_two_looks_of_the_caller_is_seen():
    with Watch() as watch:
        array = np.ones(LARGE, np.uint8)
        time.sleep(0.2)
        before = watch.peak
        del array
        assert before > LARGE
        assert watch.peak >= before
        watch.restart()
        watch.look()
        assert 0 < watch.peak < before


def test_a_watch_ends_its_thread():
    count = threading.active_count()
    with watched(0), watched(100):
        assert threading.active_count() == count + 2
    assert threading.active_count() == count


def test_stages_tell_their_own_peaks():
    meter = Meter()
    with watched(0) as watch:
        meter.watch = watch
        with meter.stage("large", 1, "articles"):
            array = np.ones(LARGE, np.uint8)
            time.sleep(0.2)
            del array
        with meter.stage("small", 1, "articles"):
            pass
    large, small = (line["peak_mib"] for line in meter.account())
    assert large - small > 0.7 * LARGE / MEBIBYTE


def test_a_run_tells_a_plausible_peak():
    result = ran({"article_id": "a", "text": "Some words."}, {"article_id": "b", "text": "Others."})
    for stage in result.account:
        assert 20 < stage["peak_mib"] < 20_000


def test_an_interrupt_of_the_user_stays_one():
    with pytest.raises(KeyboardInterrupt), watched(1000):
        signal.raise_signal(signal.SIGINT)


def test_errors_pass_through_a_watch():
    for error in (KeyError("x"), SystemError("x"), SystemExit(3)):
        with pytest.raises(type(error)), watched(1000):
            raise error


def test_an_interrupt_that_comes_out_of_a_kernel_wrapped_is_the_limit():
    wrapped = SystemError("returned a result with an exception set")
    wrapped.__cause__ = Exceeded()

    def exceed() -> None:
        with watched(1000) as watch:
            watch.exceeded = 1 << 40
            raise wrapped

    with pytest.raises(MemoryLimitError, match=r"more than run\.memory_limit"):
        exceed()


_GREEDY = """
import sys, time
sys.path.insert(0, {root!r})
import numpy as np
from pipeline.engines.memory import held, watched
from pipeline.errors import MemoryLimitError
limit = held() / (1 << 30) + 0.2
try:
    with watched(limit):
        kept = []
        for _ in range(400):
            kept.append(np.ones(1 << 20, np.uint8))
            time.sleep(0.005)
        print("done", len(kept))
except MemoryLimitError as error:
    print(len(kept), error)
"""


_IGNORING = """
import signal, sys, time
sys.path.insert(0, {root!r})
import numpy as np
from pipeline.engines.local import in_order
from pipeline.engines.memory import held, watched
from pipeline.errors import MemoryLimitError
signal.signal(signal.SIGINT, signal.SIG_IGN)
kept = []
def work(_):
    kept.append(np.ones(1 << 25, np.uint8))
    time.sleep(0.5)
start = time.monotonic()
try:
    with watched(held() / (1 << 30) + 0.2):
        list(in_order(work, range(100), threads=2))
except MemoryLimitError as error:
    print(round(time.monotonic() - start, 1))
"""


def test_the_limit_holds_where_threads_work_and_interrupts_are_ignored():
    done = subprocess.run(
        [sys.executable, "-c", _IGNORING.format(root=str(ROOT))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(done.stdout) < 10.0


def test_more_than_the_limit_ends_the_work():
    done = subprocess.run(
        [sys.executable, "-c", _GREEDY.format(root=str(ROOT))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    count, _, told = done.stdout.partition(" ")
    assert 190 <= int(count) <= 260
    assert told.startswith("the run took 0.")
    assert "more than run.memory_limit (0." in told


def test_a_run_over_its_limit_says_so_and_can_be_resumed(tmp_path):
    sample = ROOT / "sample_corpus" / "articles"
    command = [sys.executable, "-m", "pipeline", "run", str(sample), "-o", str(tmp_path / "out")]

    def told(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *more], cwd=ROOT, capture_output=True, text=True, check=False
        )

    done = told("--set", "run.memory_limit=0.01")
    assert done.returncode == 1
    assert "more than run.memory_limit (0.01 GiB): raise it" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    again = told("--set", "run.memory_limit=100", "--resume")
    assert again.returncode == 0, again.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
