"""A run that is stopped anywhere and resumed writes what an unbroken one writes."""

import json
import shutil
import subprocess
import sys
from contextlib import chdir, suppress
from pathlib import Path

import pytest
from conftest import corpus

from pipeline.cli import job
from pipeline.cli.job import Job, work
from pipeline.cli.log import Log
from pipeline.errors import InputError, OutputError
from pipeline.io import output
from pipeline.io.journal import Journal
from pipeline.io.output import read_run

ROOT = Path(__file__).parents[2]
# Small batches, so that steps have parts.
CHANGES = ("run.batch=20", "run.threads=1")


class Told(Log):
    """A log that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.write = self.lines.append

    def __contains__(self, text: str) -> bool:
        return any(text in line for line in self.lines)


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> Path:
    """The corpus in two files, and judgements."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "in").mkdir()
    rows = corpus()
    for name, part in (("a", rows[:25]), ("b", rows[25:])):
        lines = (json.dumps(row) + "\n" for row in part)
        (folder / "in" / f"{name}.jsonl").write_text("".join(lines))
    (folder / "judged.csv").write_text("a_id,b_id,verdict\nx00,x20,yes\n")
    return folder


def ran(given: Path, out: Path, **options: object) -> Told:
    log = Told()
    defaults = {
        "inputs": ("in",), "out": out, "config": None, "changes": CHANGES,
        "judgements": given / "judged.csv", "overwrite": False, "resume": False,
    }  # fmt: skip
    with chdir(given):
        work(Job(**defaults | options), log)
    return log


def tables(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*.parquet")}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def unbroken(given, tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("unbroken") / "out"
    log = ran(given, out)
    assert "resum" not in " ".join(log.lines)
    assert names(out.parent) == {"out"}
    assert "steps" not in names(out)
    return tables(out)


def stopped(given: Path, out: Path, after: int, error: BaseException, **options: object) -> int:
    """Stop a run when so many lines of its journal have been written; how many there were."""
    written = 0
    note = Journal.note

    def noting(self: Journal, line: dict[str, object]) -> None:
        nonlocal written
        if written == after:
            raise error
        note(self, line)
        written += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "note", noting)
        with suppress(type(error)):
            ran(given, out, **options)
    return written


def lines_of(given: Path, out: Path) -> int:
    return stopped(given, out, -1, KeyboardInterrupt())


def test_stopped_between_any_two_steps(given, unbroken, tmp_path):
    total = lines_of(given, tmp_path / "whole")
    assert total > 15
    for after in range(total):
        out = tmp_path / f"out{after}"
        assert stopped(given, out, after, KeyboardInterrupt()) == after
        assert names(tmp_path) == {"whole", f"{out.name}.work"}
        log = ran(given, out, resume=True)
        assert ("resuming after" in log) == (after > 2), log.lines
        assert ("resuming within read" in log) == (after in (1, 2)), log.lines
        assert ("beginning afresh" in log) == (after == 0), log.lines
        assert tables(out) == unbroken
        assert names(tmp_path) == {"whole", out.name}
        shutil.rmtree(out)


def test_stopped_again_and_again(given, unbroken, tmp_path):
    """One line further each time."""
    out = tmp_path / "out"
    while not out.exists():
        stopped(given, out, 1, KeyboardInterrupt(), resume=True)
    assert tables(out) == unbroken


def test_resumed_with_other_threads_and_batches(given, unbroken, tmp_path):
    total = lines_of(given, tmp_path / "whole")
    for after in range(1, total, 3):
        out = tmp_path / f"out{after}"
        stopped(given, out, after, KeyboardInterrupt())
        ran(given, out, resume=True, changes=("run.batch=7", "run.threads=2"))
        assert tables(out) == unbroken


def test_stopped_while_writing(given, unbroken, tmp_path, monkeypatch):
    out = tmp_path / "out"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(output, "_write_state", full)
        with pytest.raises(OutputError, match="No space left"):
            ran(given, out)
    assert "articles.parquet" in names(tmp_path / "out.work")
    log = ran(given, out, resume=True)
    assert "verify" in next(line for line in log.lines if "resuming" in line)
    assert tables(out) == unbroken


_KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from test_resume import Journal, ran
note, left = Journal.note, {after}
def noting(self, line):
    global left
    note(self, line)
    left -= 1
    if not left:
        os._exit(9)
Journal.note = noting
ran(Path({given!r}), Path({out!r}))
"""


@pytest.mark.parametrize("after", [1, 6, 12])
def test_killed(given, unbroken, tmp_path, after):
    out = tmp_path / "out"
    tests = f"{Path(__file__).parent}"
    script = _KILLED.format(
        tests=tests, root=str(ROOT), after=after, given=str(given), out=str(out)
    )
    environment = {"PYTHONPATH": f"{Path(tests).parent}"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=environment
    )
    assert done.returncode == 9, done.stderr
    assert names(tmp_path) == {"out.work"}
    ran(given, out, resume=True)
    assert tables(out) == unbroken


@pytest.fixture
def begun(given, tmp_path) -> tuple[Path, Path]:
    """A copy of what is given, and the place of a run of it that was stopped halfway."""
    own = tmp_path / "given"
    (own / "in").mkdir(parents=True)
    for path in (given / "judged.csv", *(given / "in").iterdir()):
        (own / path.relative_to(given)).write_bytes(path.read_bytes())
    stopped(own, tmp_path / "out", 10, KeyboardInterrupt())
    return own, tmp_path / "out"


def resumable(own: Path, out: Path, unbroken: dict[str, bytes]) -> None:
    """What a refused resume found is still there."""
    assert "resuming after read" in ran(own, out, resume=True)
    assert tables(out) == unbroken


def test_changed_inputs_are_refused(begun, unbroken):
    own, out = begun
    path = own / "in" / "b.jsonl"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"Evening Post", b"Evening Pest", 1))
    with pytest.raises(InputError, match=r"can't resume: .*b\.jsonl isn't what it was"):
        ran(own, out, resume=True)
    path.write_bytes(before)
    resumable(own, out, unbroken)


def test_a_missing_input_is_refused(begun, unbroken):
    own, out = begun
    path = own / "in" / "b.jsonl"
    path.rename(own / "b.jsonl")
    with pytest.raises(InputError, match=r"can't resume: .*b\.jsonl is gone"):
        ran(own, out, resume=True)
    (own / "in").rename(own / "elsewhere")
    with pytest.raises(InputError, match="not found"):
        ran(own, out, resume=True)
    (own / "elsewhere").rename(own / "in")
    (own / "b.jsonl").rename(path)
    resumable(own, out, unbroken)


def test_a_further_input_is_refused(begun, unbroken):
    own, out = begun
    path = own / "in" / "c.jsonl"
    path.write_bytes((own / "in" / "a.jsonl").read_bytes())
    with pytest.raises(InputError, match=r"can't resume: .*c\.jsonl isn't what it was"):
        ran(own, out, resume=True)
    path.unlink()
    resumable(own, out, unbroken)


def test_inputs_that_change_while_reading_was_stopped_are_refused(given, tmp_path, monkeypatch):
    """Shards that were read before are compared with what is read now."""
    source = tmp_path / "in.jsonl"
    rows = [{"id": str(number), "text": f"Words of number {number}."} for number in range(5000)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"inputs": (str(source),), "judgements": None}
    stopped(given, tmp_path / "out", 2, KeyboardInterrupt(), **options)
    before = source.read_bytes()
    source.write_bytes(before.replace(b"Words of number 7.", b"Words of number 8."))
    with pytest.raises(InputError, match="can't resume: the inputs aren't what they were"):
        ran(given, tmp_path / "out", resume=True, **options)


@pytest.mark.parametrize("changed", [["[1]"], ["{}"], ["no JSON", "no JSON"], []], ids=repr)
def test_changed_rejects_are_refused_too(given, tmp_path, changed):
    """Also where the articles that were read before are as they were."""
    source = tmp_path / "in.jsonl"
    rows = [json.dumps({"id": str(n), "text": f"Words of {n}."}) for n in range(5000)]
    lines = [*rows[:10], "no JSON", *rows[10:]]
    source.write_text("\n".join(lines))
    options = {"inputs": (str(source),), "judgements": None}
    stopped(given, tmp_path / "out", 2, KeyboardInterrupt(), **options)
    source.write_text("\n".join([*rows[:10], *changed, *rows[10:]]))
    with pytest.raises(InputError, match="can't resume: the inputs aren't what they were"):
        ran(given, tmp_path / "out", resume=True, **options)
    source.write_text("\n".join(lines))
    ran(given, tmp_path / "out", resume=True, **options)


def test_fewer_inputs_than_were_read_are_refused(given, tmp_path):
    source = tmp_path / "in.jsonl"
    rows = [json.dumps({"id": str(n), "text": f"Words {n}. " * 50}) for n in range(9000)]
    source.write_text("\n".join(rows))
    options = {"inputs": (str(source),), "judgements": None}
    stopped(given, tmp_path / "out", 3, KeyboardInterrupt(), **options)
    source.write_text("")
    with pytest.raises(InputError, match="can't resume: the inputs aren't what they were"):
        ran(given, tmp_path / "out", resume=True, **options)


def test_other_libraries_are_refused(begun, unbroken, monkeypatch):
    own, out = begun
    with monkeypatch.context() as patch:
        found = job.versions()
        patch.setattr(job, "versions", lambda: found | {"polars": "0.1"})
        with pytest.raises(OutputError, match="begun with other versions"):
            ran(own, out, resume=True)
    resumable(own, out, unbroken)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"changes": (*CHANGES, "near.threshold=0.4")}, "other config"),
        ({"config": "audit"}, "other config"),
        ({"judgements": None}, "other judgements"),
        ({"inputs": ("elsewhere",)}, "other inputs"),
    ],
)
def test_another_job_is_refused(begun, unbroken, options, told):
    own, out = begun
    with pytest.raises(OutputError, match=f"can't resume: the run was begun with {told}"):
        ran(own, out, resume=True, **options)
    resumable(own, out, unbroken)


def test_nothing_to_resume_begins_afresh(given, unbroken, tmp_path):
    assert "nothing to resume: beginning afresh" in ran(given, tmp_path / "out", resume=True)
    assert tables(tmp_path / "out") == unbroken


def test_a_finished_run_is_told(given, unbroken, tmp_path):
    ran(given, tmp_path / "out")
    with pytest.raises(OutputError, match=r"nothing to resume: the run at .* is finished"):
        ran(given, tmp_path / "out", resume=True)
    assert tables(tmp_path / "out") == unbroken


def test_without_resume_the_work_goes_and_it_says_so(begun, unbroken):
    own, out = begun
    log = ran(own, out)
    assert "a stopped run's work was there and is gone" in log
    assert "resuming" not in log
    assert tables(out) == unbroken


def test_a_stopped_run_says_how_to_go_on(given, tmp_path, monkeypatch):
    log = Told()
    monkeypatch.setattr("pipeline.cli.job.run", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    asked = Job((str(given / "in"),), tmp_path / "out", None, CHANGES, None, overwrite=False)
    with pytest.raises(KeyboardInterrupt):
        work(asked, log)
    assert f"kept in {tmp_path / 'out.work'}; --resume goes on from there" in log


def test_standard_input_isnt_asked_for_again(tmp_path, monkeypatch):
    """Where all of it was read."""
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in corpus()[:20]))
    out = tmp_path / "out"
    options = {"inputs": ("-",), "judgements": None}
    for stop in (True, False):
        with source.open() as file, monkeypatch.context() as patch:
            patch.setattr("sys.stdin", file)
            if stop:
                stopped(tmp_path, out, 6, KeyboardInterrupt(), **options)
                source.write_text("")
            else:
                ran(tmp_path, out, resume=True, **options)
    assert read_run(out)["inputs"][0]["articles"] == 20
