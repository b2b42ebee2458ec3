"""A long run, killed again and again and resumed each time, writes what an unbroken one writes."""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.made import Corpus, write

pytestmark = pytest.mark.kill
ROOT = Path(__file__).parents[2]
ARTICLES, KILLS = 200_000, 20


def command(inputs: Path, out: Path, *more: str) -> list[str]:
    run = [sys.executable, "-m", "pipeline", "run", str(inputs), "-o", str(out), "-q"]
    return [*run, *more]


def hashes(out: Path) -> dict[str, str]:
    run = json.loads((out / "run.json").read_bytes())
    return {name: table["xxh64"] for name, table in (run["tables"] | run["state"]).items()}


def killed(inputs: Path, out: Path, after: float) -> bool:
    """Was the run still going after so many seconds? Then it is gone now."""
    with subprocess.Popen(command(inputs, out, "--resume"), cwd=ROOT) as process:
        try:
            assert process.wait(after) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def test_twenty_kills(tmp_path):
    inputs, _ = write(Corpus(ARTICLES), tmp_path / "made")
    start = time.perf_counter()
    subprocess.run(command(inputs, tmp_path / "whole"), cwd=ROOT, check=True)
    took = time.perf_counter() - start
    whole = hashes(tmp_path / "whole")
    chance, kills, out = random.Random(20), 0, tmp_path / "out"
    while kills < KILLS:
        # Short enough that a run dies several times before its end.
        if killed(inputs, out, chance.uniform(0.0, took / 2)):
            kills += 1
            print(f"kill {kills}", flush=True)
            continue
        assert hashes(out) == whole
        shutil.rmtree(out)
    subprocess.run(command(inputs, out, "--resume"), cwd=ROOT, check=True)
    assert hashes(out) == whole
    assert not out.with_name("out.work").exists()
