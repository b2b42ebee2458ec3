"""What a run keeps comes back as it was, or is computed again."""

import itertools
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from pipeline.errors import OutputError
from pipeline.io.work import BEHIND, Work, temporary
from pipeline.kernels.tokens import PADDING
from pipeline.stages.spread import Kinds, in_memory, ranges

HEADER = {"config": "ab12", "inputs": ["a", "b"], "judgements": [["x", "y", True]]}
KINDS: Kinds = {"sizes": (np.int64,), "values": (np.uint8,), "rows": (np.uint32, 3)}


def opened(folder: Path) -> closing[Work]:
    return closing(Work(folder, HEADER))


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        return one.dtype == other.dtype and np.array_equal(one, other)
    return one.equals(other) if isinstance(one, pl.DataFrame) else one == other


def assert_kept(one: Any, other: Any) -> None:
    for field in fields(one):
        assert same(getattr(one, field.name), getattr(other, field.name)), field.name


@dataclass(frozen=True)
class Kept:
    numbers: np.ndarray
    flags: np.ndarray
    square: np.ndarray
    none: np.ndarray
    no_rows: np.ndarray
    frame: pl.DataFrame
    empty: pl.DataFrame
    told: Any


MOMENT = datetime(2025, 3, 1, 12, tzinfo=UTC)
FRAME = pl.DataFrame(
    {
        "id": ["é", None, "\0"], "at": [MOMENT, None, MOMENT], "hash": [2**64 - 1, 0, None],
        "list": [[1.5], None, []], "of": [{"a": 1}, {"a": None}, None],
    },
    schema_overrides={"hash": pl.UInt64()},
)  # fmt: skip
TOLD = [None, True, 7, 0.1, "漢字\u2028", [1, [2]], {"cut": 3}, {"source": ["a", None]}]


def kept(told: object = 7) -> Kept:
    chance = np.random.default_rng(3)
    return Kept(
        numbers=chance.integers(0, 1 << 63, 1000), flags=chance.random(77) < 0.5,
        square=chance.integers(0, 1 << 32, (40, 16), np.uint32), none=np.empty(0, np.int32),
        no_rows=np.empty((0, 16), np.float64), frame=FRAME, empty=FRAME.clear(), told=told,
    )  # fmt: skip


def never() -> Any:
    raise AssertionError("computed again")


@pytest.mark.parametrize("told", TOLD, ids=repr)
@pytest.mark.parametrize("name", ["work", "w[o]rk *?\x1b[1m é"])
def test_kept_values_come_back_equal(tmp_path, told, name):
    with opened(tmp_path / name) as work:
        assert_kept(work.keep("step", Kept, lambda: kept(told)), kept(told))
        assert_kept(work.keep("step", Kept, never), kept(told))
    with opened(tmp_path / name) as work:
        assert work.resumed == ["step"]
        assert_kept(work.keep("step", Kept, never), kept(told))


def test_what_is_changed_in_memory_stays_as_it_was_on_the_disk(tmp_path):
    with opened(tmp_path / "work") as work:
        work.keep("step", Kept, kept).numbers[:] = 0
    with opened(tmp_path / "work") as work:
        assert_kept(work.keep("step", Kept, never), kept())


@dataclass(frozen=True)
class Filled:
    array: np.ndarray


@pytest.mark.parametrize("size", [0, 1, 512, 5000])
def test_a_room_is_kept_where_it_is(tmp_path, size):
    def compute() -> Filled:
        array = work.room("room", size, np.int64)
        assert not array.any()
        array[:] = np.arange(size)
        return Filled(array)

    with opened(tmp_path / "work") as work:
        assert np.array_equal(work.keep("step", Filled, compute).array, np.arange(size))
    files = {path.name for path in (tmp_path / "work").iterdir()}
    assert files == {"journal", "room.bin" if size else "step.array.bin"}
    with opened(tmp_path / "work") as work:
        assert np.array_equal(work.keep("step", Filled, never).array, np.arange(size))


def test_an_array_at_the_address_of_a_room_that_is_gone_is_itself(tmp_path):
    """Large arrays are mapped where the system has room: often where another one was."""
    with opened(tmp_path / "work") as work:
        for step in range(20):
            other = Filled(np.full(1 << 18, step))
            room = work.room(f"room{step}", 1 << 18, np.int64)
            room[:] = -1
            del room
            given = work.keep(f"other{step}", Filled, lambda other=other: other)
            found = work.keep(f"step{step}", Filled, lambda given=given: given)
            assert (found.array == step).all()


@pytest.mark.parametrize("size", [1, 512, 513, 1024])
def test_behind_an_array_there_are_zeros(tmp_path, size):
    """Also where the array fills its last page."""
    assert PADDING <= BEHIND
    with temporary() as work:
        arrays = [
            work.room("room", size, np.int64),
            work.keep("step", Filled, lambda: Filled(np.ones(size, np.int64))).array,
            *work.gather("parts", map)(
                lambda rows: (np.ones(len(rows), np.int64),),
                ranges(size, 100),
                {"numbers": (np.int64,)},
            ),
        ]
        for array in arrays:
            assert len(array) == size
            longer = as_strided(array, (size + BEHIND // 8,))
            assert not longer[size:].any()


def columns(seed: int, rows: int) -> Callable[[range], tuple[np.ndarray, ...]]:
    """Work on rows: sizes, as many bytes, and three numbers for every other row."""
    chance = np.random.default_rng(seed)
    sizes = chance.integers(0, chance.choice([1, 2, 90]), rows)
    bounds = np.cumsum([0, *sizes])
    data = chance.integers(0, 256, bounds[-1], np.uint8)
    numbers = chance.integers(0, 1 << 32, (rows, 3), np.uint32)

    def work(part: range) -> tuple[np.ndarray, ...]:
        own = data[bounds[part.start] : bounds[part.stop]]
        return (
            sizes[part.start : part.stop],
            own,
            numbers[part.start : part.stop][1 - part.start % 2 :: 2],
        )

    return work


class Stop(Exception):
    """Stands for whatever stops a run."""


def stopping(spread: Any, after: int) -> Any:
    def stopped(work: Any, batches: Any) -> Any:
        for at, result in enumerate(spread(work, batches)):
            if at == after:
                raise Stop
            yield result

    return stopped


@given(
    st.integers(0, 99), st.integers(0, 60),
    st.lists(st.tuples(st.integers(1, 70), st.integers(0, 5)), max_size=3), st.integers(1, 70),
)  # fmt: skip
def test_gathered_in_files_is_gathered_in_memory(seed, rows, stops, last):
    """Whatever the batches, and wherever the run was stopped and resumed with others."""
    work = columns(seed, rows)
    expected = in_memory(work, ranges(rows, max(rows, 1)), KINDS)
    with TemporaryDirectory() as name:
        for size, after in stops:
            with opened(Path(name) / "work") as files, suppress(Stop):
                files.gather("step", stopping(map, after))(work, ranges(rows, size), KINDS)
        with opened(Path(name) / "work") as files:
            found = files.gather("step", map)(work, ranges(rows, last), KINDS)
            assert all(map(same, found, expected))
        with opened(Path(name) / "work") as files:
            assert files.resumed == ["step"]
            assert all(map(same, files.gather("step", never)(never, iter(()), KINDS), expected))


def run(folder: Path, done: list[str]) -> tuple[Any, ...]:
    """Three steps that build on each other; notes what is computed."""
    batches = partial(ranges, 40, 7)

    def noted(name: str, inner: Callable[[range], Any]) -> Callable[[range], Any]:
        def outer(part: range) -> Any:
            done.append(f"{name} {part.start}")
            return inner(part)

        return outer

    with opened(folder) as work:
        first = work.gather("first", map)(noted("first", columns(1, 40)), batches(), KINDS)

        def compute() -> Kept:
            done.append("second")
            return kept(int(first[0].sum()))

        second = work.keep("second", Kept, compute)

        def sums(part: range) -> tuple[np.ndarray, ...]:
            return (second.numbers[part.start : part.stop] + second.told,)

        third = work.gather("third", map)(noted("third", sums), batches(), {"sums": (np.int64,)})
    return (*first, *(getattr(second, field.name) for field in fields(second)), *third)


WHOLE = [
    *(f"first {at}" for at in range(0, 40, 7)),
    "second",
    *(f"third {at}" for at in range(0, 40, 7)),
]


@cache
def unbroken() -> tuple[Any, ...]:
    done: list[str] = []
    with TemporaryDirectory() as name:
        found = run(Path(name) / "work", done)
    assert done == WHOLE
    return found


def again(folder: Path) -> list[str]:
    """What a second run of the folder computes; its result is the same."""
    done: list[str] = []
    assert all(map(same, run(folder, done), unbroken()))
    assert done == WHOLE[len(WHOLE) - len(done) :], "what is behind what is damaged"
    rest: list[str] = []
    assert all(map(same, run(folder, rest), unbroken()))
    assert rest == []
    return done


@pytest.fixture
def finished(tmp_path) -> Path:
    run(tmp_path / "work", [])
    return tmp_path / "work"


def test_what_is_done_is_not_done_again(finished):
    assert again(finished) == []


def test_a_torn_journal_is_followed_up_to_there(tmp_path):
    run(tmp_path / "work", [])
    journal = tmp_path / "work" / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    for count, cut in itertools.product(range(len(lines)), (0, 1, 30)):
        journal.write_bytes(b"".join([*lines[:count], lines[count][:cut]]))
        done = again(tmp_path / "work")
        # Of the 16 lines, one is the header and three are the ends of steps.
        assert len(lines) == 16
        ends = sum(count > place for place in (7, 15))
        assert len(done) == len(WHOLE) - max(count - 1 - ends, 0)


@settings(max_examples=100)
@given(
    st.integers(0, 99), st.sampled_from(["byte", "shorter", "longer", "gone"]),
    st.integers(0, 1 << 20), st.integers(1, 255),
)  # fmt: skip
def test_after_any_damage_the_result_is_the_same(file, what, place, change):
    with TemporaryDirectory() as name:
        folder = Path(name) / "work"
        run(folder, [])
        files = sorted(folder.iterdir())
        path = files[file % len(files)]
        raw = bytearray(path.read_bytes())
        place %= len(raw)
        if what == "byte":
            raw[place] ^= change
        elif what == "shorter":
            del raw[place:]
        elif what == "longer":
            raw += bytes([change])
        path.write_bytes(raw)
        if what == "gone":
            path.unlink()
        again(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("config", "ab13"), ("inputs", ["a"]), ("judgements", []), ("version", "0.2")],
)
def test_another_header_is_refused_and_harms_nothing(finished, key, value):
    with pytest.raises(OutputError, match=f"begun with other {key}; .* leave out --resume"):
        Work(finished, HEADER | {key: value})
    assert again(finished) == []


def test_a_temporary_place_goes_and_what_is_mapped_stays():
    with temporary() as work:
        value = work.keep("step", Kept, kept)
        folder = work.folder
        assert folder.is_dir()
    assert not folder.exists()
    assert_kept(value, kept())


_FULL = """
import errno, resource, sys
from dataclasses import dataclass
from pathlib import Path
import numpy as np
import polars as pl
sys.path[:0] = [{root!r}]
from pipeline.io.work import Work
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
@dataclass(frozen=True)
class Kept:
    it: {kind}
work = Work(Path({folder!r}), {{}})
work.keep("small", Kept, lambda: Kept({kind}({few})))
try:
    work.keep("large", Kept, lambda: Kept({kind}({many})))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@pytest.mark.parametrize(
    ("kind", "few", "many"),
    [
        ("np.ndarray", "9, int", "99_999, int"),
        ("pl.DataFrame", "{'a': range(9)}", "{'a': range(99_999)}"),
    ],
)
def test_a_full_disk_is_told_as_the_system_tells_it(tmp_path, kind, few, many):
    script = _FULL.format(
        root=f"{Path(__file__).parents[2]}", folder=f"{tmp_path / 'work'}", kind=kind, few=few,
        many=many,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, text=True
    )
    assert (done.stdout, done.stderr) == ("EFBIG\n", "")
    with closing(Work(tmp_path / "work", {})) as work:
        assert work.resumed == ["small"]
