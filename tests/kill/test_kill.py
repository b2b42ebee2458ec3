"""Runs that are killed, interrupted, out of disk or not allowed; inputs that are bombs."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import zstandard

pytestmark = pytest.mark.kill
ROOT = Path(__file__).parents[2]
STEMMA = [sys.executable, "-m", "pipeline"]
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and drop powers")
# Without these, root is refused what a user is refused.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                "--inh-caps=-dac_override,-dac_read_search"]  # fmt: skip


def stemma(*arguments: object, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, *STEMMA, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def peak_mib(*arguments: object) -> tuple[int, str, float]:
    """Exit code, standard error and peak memory in MiB."""
    command = [*STEMMA, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stderr=subprocess.PIPE) as process:
        assert process.stderr
        told = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, told, used.ru_maxrss / 1024


def articles(path: Path, count: int) -> Path:
    rows = (
        {"id": n, "source": "S", "text": " ".join(f"w{n * 7 + k}" for k in range(60))}
        for n in range(count)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def tables(out: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(out).items() if name.endswith(".parquet")}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def earlier(tmp_path) -> Path:
    out = tmp_path / "out"
    done = stemma("run", articles(tmp_path / "few.jsonl", 2), "-o", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("seconds", [0.5, 2, 4])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_cut_short_leaves_the_earlier_one(tmp_path, earlier, number, seconds):
    kept = contents(earlier)
    many = articles(tmp_path / "many.jsonl", 60_000)
    command = [*STEMMA, "run", str(many), "-o", str(earlier), "--overwrite"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(seconds)
        process.send_signal(number)
        assert "Traceback" not in process.communicate()[1]
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    assert contents(earlier) == kept
    few = tmp_path / "few.jsonl"
    assert names(tmp_path) - {"out.work"} == {few.name, many.name, "out"}
    again = stemma("run", many, "-o", earlier, "--overwrite", "--resume", "-q")
    assert again.returncode == 0, again.stderr
    assert stemma("run", many, "-o", tmp_path / "plain", "-q").returncode == 0
    assert tables(earlier) == tables(tmp_path / "plain")
    shutil.rmtree(tmp_path / "plain")
    assert stemma("run", few, "-o", earlier, "--overwrite").returncode == 0
    assert names(tmp_path) == {"few.jsonl", "many.jsonl", "out"}


def test_of_two_runs_at_once_one_is_told(tmp_path):
    many = articles(tmp_path / "many.jsonl", 20_000)
    command = [*STEMMA, "run", str(many), "-o", str(tmp_path / "out"), "-q"]
    both = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1]
    assert any("another run is writing" in it or "exists and isn't empty" in it for it in told)
    assert names(tmp_path) == {"many.jsonl", "out"}


@ROOT_ONLY
def test_a_full_disk_leaves_the_earlier_run(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=True)
    try:
        out = disk / "out"
        assert stemma("run", articles(tmp_path / "few.jsonl", 2), "-o", out).returncode == 0
        kept = contents(out)
        many = articles(tmp_path / "many.jsonl", 20_000)
        done = stemma("run", many, "-o", out, "--overwrite", "-q")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert contents(out) == kept
        assert names(disk) <= {"out", "out.work"}
        if "out.work" in names(disk):
            assert "--resume goes on from there" in done.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


@ROOT_ONLY
def test_what_a_user_may_not_read_or_write_is_told(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    few = articles(tmp_path / "in" / "a.jsonl", 2)
    for name in ("b.jsonl", "c.parquet"):
        (tmp_path / "in" / name).touch(0)
    (tmp_path / "in" / "sub").chmod(0)
    (tmp_path / "shut").mkdir(0o555)

    def told(*arguments: object) -> str:
        done = stemma("run", *arguments, "-q", before=tuple(UNPRIVILEGED))
        assert done.returncode == 1
        return done.stderr

    out = tmp_path / "out"
    assert "b.jsonl can't be read: Permission denied" in told(few.with_name("b.jsonl"), "-o", out)
    assert "c.parquet can't be read: Permission denied" in told(
        few.with_name("c.parquet"), "-o", out
    )
    assert "Permission denied; name another folder with -o" in told(
        few, "-o", tmp_path / "shut" / "o"
    )
    assert "sub can't be read: Permission denied" in told(few.with_name("sub"), "-o", out)
    assert names(tmp_path) == {"in", "shut"}
    done = stemma("run", few.parent, "-o", out, before=tuple(UNPRIVILEGED))
    assert done.returncode == 0
    rejects = pl.read_parquet(out / "rejects.parquet")
    assert {Path(name).name for name in rejects["input"]} == {"b.jsonl", "c.parquet", "sub"}


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.parametrize(
    ("name", "head", "block"),
    [
        ("zeros.jsonl", b"", b"\0"), ("line.jsonl", b'{"text": "', b"a "),
        ("blank.jsonl", b"", b"\n"),
        ("bad.jsonl", b"", b"x\n"),
        ("rows.csv", b"id,text\n", b",\n"), ("items.json", b"[0", b",0"),
    ],
)  # fmt: skip
def test_a_bomb_of_twenty_gigabytes_costs_little(tmp_path, kind, name, head, block):
    path = tmp_path / f"{name}.{kind}"
    filled = block * ((1 << 20) // len(block))
    with path.open("wb") as file:
        if kind == "gz":
            # Members are the same bytes over and over: packing 20 GB would take minutes.
            file.write(gzip.compress(head + filled) + gzip.compress(filled * 64) * 312)
        else:
            with zstandard.ZstdCompressor().stream_writer(file) as packed:
                packed.write(head)
                for _ in range(20_000):
                    packed.write(filled)
    code, told, peak = peak_mib("run", path, "-o", tmp_path / "out", "-q")
    assert (code, "Traceback" in told) == (1, False)
    assert peak < 1500
    assert names(tmp_path) == {path.name}
