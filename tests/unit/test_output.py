"""An output folder appears whole or not at all, and reads back as it was written."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
import xxhash
from conftest import articles

from pipeline.config import Config, Output
from pipeline.errors import ConfigError, InputError, MemoryLimitError, OutputError
from pipeline.io import output
from pipeline.io.apart import keep_apart
from pipeline.io.folder import Folder
from pipeline.io.read import Dump, InputFile
from pipeline.io.work import Work, temporary
from pipeline.stages.articles import articles_of
from pipeline.stages.signatures import Layout
from pipeline.stages.strings import Strings
from pipeline.tables import TABLES

DUMP = Dump(
    articles_of(articles()),
    TABLES["rejects"].empty(),
    (InputFile("a.jsonl", 3, "00", 2), InputFile("standard input", 3, "00", 2)),
    ("b.png: not an article file",),
    {"rows": 2},
    ("a warning",),
)
ROOT = Path(__file__).parents[2]


class Made:
    """A result whose texts come in two parts."""

    account: ClassVar[list[dict[str, object]]] = [{"stage": "verify", "cut": {"some": 1}}]
    layout = Layout(42, 3, 1.5)
    recall = None
    given = None

    def __init__(self, texts: int) -> None:
        ids = [f"id{number:04}" for number in range(texts)]
        whole = pl.DataFrame({"article_id": ids, "text": [f"{i} " * 50 for i in ids]})
        state = dict.fromkeys(output.STATES, whole.select("article_id"))
        self._frames = {name: table.empty() for name, table in TABLES.items()} | state
        self._frames["texts"] = whole

    def parts(self, name: str) -> Iterator[pl.DataFrame]:
        frame = self._frames[name]
        yield from (frame.head(1), frame.tail(-1))


def result(texts: int = 2) -> Made:
    return Made(texts)


def written(out: Path, config: Config | None = None, **options: bool) -> Path:
    with Folder(out, **options) as folder:
        output.write(folder, result(), DUMP, config or Config())
    return out


def refused(out: Path, **options: bool) -> str:
    with pytest.raises(OutputError) as caught, Folder(out, **options):
        pass
    return str(caught.value)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def ran(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def hashes(out: Path) -> dict[str, str]:
    return {p.name: xxhash.xxh64_hexdigest(p.read_bytes()) for p in out.rglob("*.parquet")}


def test_every_table_is_written_and_reads_back(tmp_path):
    out = written(tmp_path / "deep" / "er" / "out")
    assert names(out) == {f"{name}.parquet" for name in TABLES} | {"run.json", "state"}
    for name, table in TABLES.items():
        assert output.read_table(out, name).schema == table.schema
    assert output.read_table(out, "texts")["article_id"].to_list() == ["id0000", "id0001"]
    assert output.read_state(out, "signatures")["article_id"].to_list() == ["id0000", "id0001"]
    assert names(out.parent) == {"out"}


def test_run_json_says_where_tables_come_from(tmp_path):
    out = written(tmp_path / "out")
    run = output.read_run(out)
    assert [file["absolute"] for file in run["inputs"]] == [os.path.realpath("a.jsonl"), None]
    assert (run["warnings"], run["skipped"], run["read"]) == (
        ["a warning"], ["b.png: not an article file"], {"rows": 2},
    )  # fmt: skip
    assert Config.model_validate(run["config"]) == Config()
    assert run["fingerprint"] == Config().fingerprint()
    assert run["layout"]["catches"]["0.5"] == pytest.approx(1 - (1 - 0.125) ** 42, abs=1e-6)
    assert set(run["versions"]) >= {"stemma", "python", "polars", "numpy", "numba", "datasketch"}
    told = {**run["tables"], **run["state"]}
    assert {f"{name}.parquet": it["xxh64"] for name, it in told.items()} == hashes(out)
    assert told["texts"]["rows"] == 2


def test_same_tables_are_the_same_bytes(tmp_path):
    assert hashes(written(tmp_path / "one")) == hashes(written(tmp_path / "two"))


class Cut(Made):
    """A result whose tables come in parts of so many rows."""

    def __init__(self, texts: int, rows: int) -> None:
        super().__init__(texts)
        self._rows = rows

    def parts(self, name: str) -> Iterator[pl.DataFrame]:
        yield from self._frames[name].iter_slices(self._rows)
        yield self._frames[name].clear()


def test_parts_of_any_size_are_the_same_bytes(tmp_path):
    for rows in (13, 2048, 4500):
        with Folder(tmp_path / f"{rows}") as folder:
            output.write(folder, Cut(4500, rows), DUMP, Config())
    assert hashes(tmp_path / "13") == hashes(tmp_path / "2048") == hashes(tmp_path / "4500")


@pytest.mark.parametrize(
    ("sizes", "rows"),
    [
        ([], 2048),
        ([0] * 5000, 2048),
        ([1] * 2048, 2048),
        ([30] * 2048 * 2, 1024),
        ([0] * 3000 + [20_000, 20_000, 0, 10_000], 2),
        ([0] * 3000 + [60_000] + [0] * 3000, 2048),
        ([60_000] * 40, 2),
        # Too many texts for groups of one each.
        ([60_000] * 20_000, 5),
    ],
)
def test_the_longer_texts_are_the_fewer_are_written_together(monkeypatch, sizes, rows):
    monkeypatch.setattr(output, "_TEXTS_BYTES", 40_000)
    monkeypatch.setattr(output, "_GROUPS", 4000)
    bounds = np.cumsum([0, *sizes])
    assert output.texts_together(Strings(np.empty(0, np.uint8), bounds)) == rows


def test_texts_can_be_left_out(tmp_path):
    out = written(tmp_path / "out", Config(output=Output(texts=False)))
    assert "texts.parquet" not in names(out)
    with pytest.raises(OutputError, match="--no-texts"):
        output.read_table(out, "texts")


def test_overwriting_takes_a_word_and_only_a_run_is_replaced(tmp_path):
    out = written(tmp_path / "out")
    assert "--overwrite" in refused(out)
    written(out, Config(output=Output(texts=False)), overwrite=True)
    assert "texts.parquet" not in names(out)
    (out / "notes.md").write_text("mine")
    assert "notes.md" in refused(out, overwrite=True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.doc").write_text("mine")
    assert "isn't a stemma output" in refused(other, overwrite=True)
    assert "is a file" in refused(other / "thesis.doc")
    assert names(tmp_path) == {"out", "other"}


def test_an_empty_folder_and_a_link_to_one_are_taken(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    written(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "empty" / "run.json").is_file()


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    out = written(tmp_path / "out")
    before = hashes(out)
    for error in (KeyboardInterrupt, OSError, MemoryError, InputError, OutputError, KeyError):
        with pytest.raises(error), Folder(out, overwrite=True) as folder:
            raise error
        assert not folder.kept, "no step was done"
    monkeypatch.setattr(output, "_write_state", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(out, overwrite=True)
    assert hashes(out) == before
    assert names(tmp_path) == {"out"}


def test_a_failed_move_puts_the_old_run_back(tmp_path, monkeypatch):
    out = written(tmp_path / "out")
    before, rename = hashes(out), Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "out.work":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="No space left"):
        written(out, overwrite=True)
    assert hashes(out) == before
    assert names(tmp_path) == {"out"}


def test_what_a_killed_run_left_is_cleared(tmp_path):
    out = written(tmp_path / "out")
    work = tmp_path / "out.work"
    work.mkdir()
    (work / "stemma.lock").touch()
    (work / "pairs.parquet").touch()
    out.rename(tmp_path / ".out.replaced")
    assert "--overwrite" in refused(out)
    assert output.read_run(out)["stemma"]
    assert names(tmp_path) == {"out"}


def stopped(out: Path, error: BaseException, **options: bool) -> Folder:
    """A run that did one step before the error came."""
    folder = Folder(out, **options)
    with suppress(type(error)), folder:
        folder.steps.mkdir(exist_ok=True)
        (folder.steps / "journal").touch()
        (folder.work / "pairs.parquet").touch()
        raise error
    return folder


_INSIDE_A_KERNEL = SystemError("returned a result with an exception set")
_INSIDE_A_KERNEL.__cause__ = KeyboardInterrupt()
_OUTSIDE = [
    KeyboardInterrupt(), SystemExit(143), OSError(28, "full"), MemoryError(), OutputError("full"),
    MemoryLimitError("more than run.memory_limit"), _INSIDE_A_KERNEL,
]  # fmt: skip


@pytest.mark.parametrize("error", _OUTSIDE, ids=repr)
def test_what_stops_a_run_from_outside_leaves_its_steps(tmp_path, error):
    out = tmp_path / "out"
    assert stopped(out, error).kept
    assert names(tmp_path) == {"out.work"}
    with Folder(out, resume=True) as folder:
        assert folder.found
        assert names(folder.work) == {"stemma.lock", "steps"}
        assert names(folder.steps) == {"journal"}
    assert names(tmp_path) == set(), "a run that ends keeps nothing to resume"


@pytest.mark.parametrize("error", [InputError("x"), ConfigError("x"), KeyError("x")], ids=repr)
def test_any_other_error_leaves_steps_only_where_they_were_before(tmp_path, error):
    out = tmp_path / "out"
    assert not stopped(out, error).kept
    assert names(tmp_path) == set()
    stopped(out, KeyboardInterrupt())
    assert stopped(out, error, resume=True).kept
    assert names(tmp_path / "out.work") == {"pairs.parquet", "stemma.lock", "steps"}
    assert not stopped(out, error).kept
    assert names(tmp_path) == set()


def test_steps_go_without_resume_and_after_a_good_end(tmp_path):
    out = tmp_path / "out"
    stopped(out, KeyboardInterrupt())
    with Folder(out) as folder:
        assert folder.found
        assert not folder.steps.exists()
    stopped(out, KeyboardInterrupt())
    written(out, resume=True)
    assert names(tmp_path) == {"out"}
    assert "steps" not in names(out)
    assert "nothing to resume" in refused(out, resume=True)
    assert "--overwrite" in refused(out)


def test_a_stopped_overwriting_run_is_resumed_beside_the_old_one(tmp_path):
    out = written(tmp_path / "out")
    before = hashes(out)
    stopped(out, KeyboardInterrupt(), overwrite=True)
    assert hashes(out) == before
    for options in ({"resume": True}, {}):
        assert "--overwrite" in refused(out, **options)
        assert (tmp_path / "out.work" / "steps").is_dir(), "a refused run takes nothing away"
    written(out, Config(output=Output(texts=False)), overwrite=True, resume=True)
    assert names(tmp_path) == {"out"}
    assert "texts.parquet" not in names(out)


@pytest.fixture(params=[False, True], ids=["afresh", "resumed"])
def resume(request) -> bool:
    return request.param


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
@pytest.mark.parametrize("name", ["out.work", "out.work/steps"])
def test_a_work_folder_that_others_may_write_to_is_refused(tmp_path, resume, mode, name):
    stopped(tmp_path / "out", KeyboardInterrupt())
    (tmp_path / name).chmod(mode)
    assert "can be written to by other users" in refused(tmp_path / "out", resume=resume)
    (tmp_path / name).chmod(0o700)
    assert names(tmp_path / "out.work" / "steps") == {"journal"}
    written(tmp_path / "out", resume=resume)


def test_a_work_folder_of_another_user_is_refused(tmp_path, resume, monkeypatch):
    stopped(tmp_path / "out", KeyboardInterrupt())
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert "belongs to another user" in refused(tmp_path / "out", resume=resume)


def test_steps_that_are_a_link_are_refused(tmp_path, resume):
    stopped(tmp_path / "out", KeyboardInterrupt())
    steps = tmp_path / "out.work" / "steps"
    steps.rename(tmp_path / "elsewhere")
    steps.symlink_to(tmp_path / "elsewhere")
    assert "isn't a folder" in refused(tmp_path / "out", resume=resume)
    assert names(tmp_path / "elsewhere") == {"journal"}


@pytest.mark.parametrize("make", ["symlink_to", "hardlink_to", "fifo", "mkdir"])
@pytest.mark.parametrize("name", ["journal", "room.bin"])
def test_links_among_steps_are_not_written_through(tmp_path, make, name):
    stopped(tmp_path / "out", KeyboardInterrupt())
    mine, path = tmp_path / "mine", tmp_path / "out.work" / "steps" / name
    mine.write_text("mine")
    path.unlink(missing_ok=True)
    if make == "fifo":
        os.mkfifo(path)
    else:
        getattr(path, make)(*([] if make == "mkdir" else [mine]))
    assert "isn't a plain file" in refused(tmp_path / "out", resume=True)
    written(tmp_path / "out")
    assert mine.read_text() == "mine"


def test_what_is_written_goes_through_no_link(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with temporary() as work:
        for name in ("room.bin", "kept.a.bin", "kept.b.arrow", "step.c.bin"):
            (work.folder / name).symlink_to(tmp_path / "mine")
        kept = partial(work.keep, "kept", Kept, lambda: Kept(np.ones(3), pl.DataFrame()))
        gather = partial(work.gather("step", map), lambda _: (np.ones(3),), [range(3)])
        for write in (
            lambda: work.room("room", 3, np.int64),
            kept,
            lambda: gather({"c": (float,)}),
        ):
            with pytest.raises(OSError, match="symbolic"):
                write()
    assert (tmp_path / "mine").read_text() == "mine"


@dataclass(frozen=True)
class Kept:
    a: np.ndarray
    b: pl.DataFrame


def test_an_umask_that_lets_others_write_doesnt_reach_the_work_folder(tmp_path):
    before = os.umask(0)
    try:
        with suppress(KeyboardInterrupt), Folder(tmp_path / "out") as folder:
            work = Work(folder.steps, {})
            work.close()
            raise KeyboardInterrupt
        with Folder(tmp_path / "out", resume=True) as folder:
            assert folder.found
    finally:
        os.umask(before)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_stop_while_moving_loses_nothing(tmp_path, monkeypatch, where, error, overwrite):
    out, rename = tmp_path / "out", Path.rename
    if overwrite:
        written(out, Config(output=Output(texts=False)))

    def stopping(self: Path, target: Path) -> Path:
        if self.name == "out.work":
            assert "another run" in refused(out, overwrite=overwrite)
            if where == "after":
                rename(self, target)
            raise error
        return rename(self, target)

    def run() -> None:
        with Folder(out, overwrite=overwrite) as folder:
            folder.steps.mkdir()
            (folder.steps / "journal").touch()
            output.write(folder, result(), DUMP, Config())

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopping)
        with pytest.raises((KeyboardInterrupt, OutputError)):
            run()
    if where == "before":
        assert names(tmp_path / "out.work" / "steps") == {"journal"}
        assert out.exists() == overwrite
        written(out, resume=True, overwrite=overwrite)
    else:
        assert names(tmp_path) == {"out"}
        assert "texts.parquet" in names(out)
        assert "--overwrite" in refused(out)
    assert names(tmp_path) == {"out"}
    assert not {"steps", "stemma.lock"} & names(out)


def test_another_run_s_work_is_left_alone_by_one_that_ends(tmp_path):
    with Folder(tmp_path / "out") as one:
        one.work.rename(tmp_path / "elsewhere")
        with Folder(tmp_path / "out") as other:
            one.__exit__(KeyError, KeyError(), None)
            assert names(other.work) == {"stemma.lock"}


def test_two_runs_never_share_a_work_folder(tmp_path):
    with Folder(tmp_path / "out"):
        assert "another run" in refused(tmp_path / "out")
    work = tmp_path / "out.work"
    work.mkdir()
    (work / "mine.txt").touch()
    assert "isn't stemma's" in refused(tmp_path / "out")
    assert (work / "mine.txt").exists()


def test_something_that_appears_meanwhile_is_not_replaced(tmp_path):
    with Folder(tmp_path / "out") as folder:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine").touch()
        with pytest.raises(OutputError, match="--overwrite"):
            output.write(folder, result(), DUMP, Config())
    assert names(tmp_path / "out") == {"mine"}


@pytest.mark.parametrize(
    ("out", "given", "told"),
    [
        ("data", "data", "is an input"),
        ("data/out", "data", "inside the input"),
        ("data", "data/a.jsonl", "lies inside"),
        ("data", "data/*.jsonl", "lies inside"),
        ("data", "data.work/steps/journal", "data.work, which a run to data takes away"),
        ("data", "data.work", "data.work, which a run to data takes away"),
        ("data", "data.w*", "data.work, which a run to data takes away"),
        ("data", ".data.replaced/texts.parquet", r"\.data\.replaced, which a run"),
        ("data", "data.works", None),
        ("da*a/out", "data", None),
        ("out", "data", None),
        ("out", "-", None),
    ],
)
def test_output_and_input_stay_apart(tmp_path, monkeypatch, out, given, told):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/a.jsonl").touch()
    for name in ("data.work/steps/journal", ".data.replaced/texts.parquet", "data.works/a"):
        Path(name).parent.mkdir(parents=True)
        Path(name).touch()
    if told is None:
        keep_apart(out, [given])
        return
    with pytest.raises(OutputError, match=told):
        keep_apart(out, [given])


def test_a_mount_point_is_refused_with_the_mend(tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, "ismount", lambda _: True)
    assert f"{tmp_path}/run" in refused(tmp_path)


def test_reading_what_is_no_run_says_so(tmp_path):
    with pytest.raises(OutputError, match="not found"):
        output.read_run(tmp_path / "nowhere")
    with pytest.raises(OutputError, match=r"no run\.json"):
        output.read_run(tmp_path)
    for text in ("[", "[]", "{}", "\xff"):
        (tmp_path / "run.json").write_text(text, encoding="latin-1")
        with pytest.raises(OutputError, match="isn't a stemma output"):
            output.read_run(tmp_path)


def test_a_damaged_or_changed_table_says_so(tmp_path):
    out = written(tmp_path / "out")
    (out / "pairs.parquet").write_bytes(b"PAR1 no PAR1")
    (out / "flows.parquet").unlink()
    TABLES["texts"].empty().write_parquet(out / "texts.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(out / "clusters.parquet")
    for name, told in [
        ("pairs", "damaged"), ("flows", "missing"), ("texts", "changed"), ("clusters", "version"),
    ]:  # fmt: skip
        with pytest.raises(OutputError, match=told):
            output.read_table(out, name)


_LIMITED = """
import resource, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {tests!r} + "/..", {root!r}]
from test_output import DUMP, Config, Folder, OutputError, output, result
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    with Folder({out!r}, overwrite=True) as folder:
        output.write(folder, result(texts=20_000), DUMP, Config())
except OutputError as error:
    print(error)
"""


def test_a_full_disk_is_told_and_leaves_the_old_run(tmp_path):
    out = written(tmp_path / "out")
    before = hashes(out)
    script = _LIMITED.format(tests=str(Path(__file__).parent), root=str(ROOT), out=str(out))
    done = ran(script)
    assert done.stdout == f"can't write {out}: File too large; nothing there was changed\n"
    assert hashes(out) == before
    assert names(tmp_path) == {"out"}


_UNPRIVILEGED = """
import os, sys
sys.path[:0] = [{root!r}]
from pipeline.errors import ConfigError, InputError, MemoryLimitError, OutputError
from pipeline.io.folder import Folder
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Folder({out!r}).__enter__()
except OutputError as error:
    print(error)
"""


@pytest.mark.kill
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_read_only_folder_is_told_before_any_work():
    # Not under tmp_path, whose parents only their owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        script = _UNPRIVILEGED.format(root=str(ROOT), out=str(folder / "out"))
        done = ran(script)
        told = f"can't write in {folder}: Permission denied; name another folder with -o\n"
        assert (done.stdout, names(folder)) == (told, set())


def test_a_run_that_died_while_it_was_moved_is_cleared(tmp_path):
    out = written(tmp_path / "out")
    out.rename(tmp_path / "out.work")
    written(out)
    assert names(tmp_path) == {"out"}
