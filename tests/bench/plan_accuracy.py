"""`python -m tests.bench.plan_accuracy INPUT…`: what `stemma plan` says beside what a run takes.

Both are processes of their own. Time is that of the whole process, on the clock; memory is what
`run.json` counts; disk is the run's folder. The load average tells how busy the machine was.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MEBIBYTE = 1 << 20


def main() -> None:
    """Plan, run, and print estimate, real and ratio."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.plan_accuracy")
    parser.add_argument("inputs", nargs="+", metavar="INPUT")
    parser.add_argument("-c", dest="preset", help="preset or config file")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--place", type=Path, help="folder on the disk to write to")
    asked = parser.parse_args()
    options = [*(["-c", asked.preset] if asked.preset else []),
               *(["--threads", str(asked.threads)] if asked.threads else [])]  # fmt: skip
    with tempfile.TemporaryDirectory(dir=asked.place) as folder:
        out = Path(folder) / "out"
        load = f"{os.getloadavg()[0]:.1f}"
        said, planning = _stemma("plan", *asked.inputs, *options, "-o", str(out.parent),
                                 "--format", "json")  # fmt: skip
        planned, load = json.loads(said), f"{load}, {os.getloadavg()[0]:.1f}"
        _, seconds = _stemma("run", *asked.inputs, *options, "-o", str(out))
        told = json.loads((out / "run.json").read_bytes())
        disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    load = f"{load}, {os.getloadavg()[0]:.1f}"
    print(f"{told['read']['articles']:,} articles; planned in {planning:.0f} s")
    print(f"load average before, between and after: {load}")
    print(as_text(figures(planned, told, seconds, disk)))


def figures(
    planned: dict[str, Any], told: dict[str, Any], seconds: float, disk: int
) -> list[tuple[str, float, float]]:
    """Name, estimate, real: articles, seconds, MiB; then the seconds of each stage."""
    estimates = planned["estimates"]
    peak = max(stage["peak_mib"] for stage in told["stages"])
    real = {stage["stage"]: stage["seconds"] for stage in told["stages"]}
    return [
        ("articles", planned["articles"], told["read"]["articles"]),
        ("time, s", estimates["seconds"]["value"], seconds),
        ("memory, MiB", estimates["memory"]["bytes"] / MEBIBYTE, peak),
        ("disk OUT, MiB", estimates["output"]["bytes"] / MEBIBYTE, disk / MEBIBYTE),
        *(
            (f"  {it['name']}, s", it["value"], real[it["name"]])
            for it in estimates["seconds"]["stages"]
            if it["name"] in real
        ),
    ]


def as_text(rows: list[tuple[str, float, float]]) -> str:
    """A table with the ratio of estimate to real."""
    lines = [f"{'':<18}{'estimate':>12}{'real':>12}{'ratio':>8}"]
    for name, estimate, real in rows:
        ratio = f"{estimate / real:.2f}" if real else "–"
        lines.append(f"{name:<18}{estimate:>12,.1f}{real:>12,.1f}{ratio:>8}")
    return "\n".join(lines)


def _stemma(*arguments: str) -> tuple[str, float]:
    """What a command says on standard output, and its seconds on the clock."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments, "-q"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return done.stdout, time.perf_counter() - start


if __name__ == "__main__":
    main()
