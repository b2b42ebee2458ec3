"""An output folder appears whole or not at all, and reads back as it was written."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import xxhash

from pipeline.config import Config, Output
from pipeline.errors import OutputError
from pipeline.io import output
from pipeline.io.folder import Folder, keep_apart
from pipeline.io.read import Dump, InputFile
from pipeline.stages.signatures import Layout
from pipeline.tables import TABLES

DUMP = Dump(
    pl.DataFrame(),
    TABLES["rejects"].empty(),
    (InputFile("a.jsonl", 3, "00", 2), InputFile("standard input", 3, "00", 2)),
    ("b.png: not an article file",),
    {"rows": 2},
    ("a warning",),
)
ROOT = Path(__file__).parents[2]


def result(texts: int = 2) -> SimpleNamespace:
    frames = {name: table.empty() for name, table in TABLES.items()}
    ids = [f"id{number:04}" for number in range(texts)]
    frames["texts"] = pl.DataFrame({"article_id": ids, "text": [f"{i} " * 50 for i in ids]})
    return SimpleNamespace(
        **frames,
        account=[{"stage": "verify", "cut": {"some": 1}}],
        state={"masks": pl.DataFrame({"article_id": ids})},
        signatures=np.zeros((0, 4), np.uint32),
        layout=Layout(42, 3, 1.5),
    )


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
    assert output.read_state(out, "signatures").columns == ["article_id", "signature"]
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
    with pytest.raises(KeyboardInterrupt), Folder(out, overwrite=True):
        raise KeyboardInterrupt
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
        ("da*a/out", "data", None),
        ("out", "data", None),
        ("out", "-", None),
    ],
)
def test_output_and_input_stay_apart(tmp_path, monkeypatch, out, given, told):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/a.jsonl").touch()
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
sys.path[:0] = [{tests!r}, {root!r}]
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
from pipeline.errors import OutputError
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
