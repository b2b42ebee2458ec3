"""`python -m tests.bench --sizes 20000 200000 --runs 3 --out FOLDER`: speed, memory and recall,
beside the peers of the extra `bench`.

FOLDER gets bench.json, bench.md and growth.svg; made/ in it keeps the made articles.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.bench import growth, measure, meter, ours, report
from tests.bench.contestants import CONTESTANTS, OURS
from tests.bench.measure import Row
from tests.bench.report import Table

_WARM_UP = 300  # articles
_WIDTH = 120


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--made", type=Path, help="folder of made articles, to share between runs")
    parser.add_argument("--short", action="store_true", help="articles of about 300 bytes")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument(
        "--peers-up-to", type=int, default=200_000, help="larger sizes measure stemma alone"
    )
    return parser.parse_args(arguments)


def bench(arguments: Sequence[str] | None = None) -> dict[str, list[Row]]:
    """Measure, print, write; returns what bench.json holds."""
    asked = _asked(arguments)
    progress, console = Console(stderr=True), Console(width=_WIDTH)
    found = measured(asked, lambda what: progress.print(what, style="dim"))
    points: growth.Points = {}
    for row in found["clusters"]:
        if "cpu" in row:
            points.setdefault(row["name"], []).append((row["articles"], row["cpu"]))
    tables = tables_of(found, points, asked.runs)
    for table in tables:
        table.show(console)
    head = f"# Measured\n\nPython {platform.python_version()}, {platform.machine()}.\n"
    text = "\n".join([head, *(table.markdown() for table in tables)])
    (asked.out / "bench.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (asked.out / "bench.md").write_text(text, encoding="utf-8")
    (asked.out / "growth.svg").write_text(growth.plot(points), encoding="utf-8")
    return found


def measured(asked: argparse.Namespace, say: measure.Say) -> dict[str, list[Row]]:
    """All measurements, by table."""
    made = asked.made or asked.out / "made"
    made.mkdir(parents=True, exist_ok=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    sizes = sorted(asked.sizes)
    first, _ = measure.corpus(sizes[0], made, say, short=asked.short)
    _compiled(made, say)
    found: dict[str, list[Row]] = {
        "signatures": measure.signatures(first, asked.runs, asked.only, say),
        "scripts": measure.scripts(first, asked.runs, say) if OURS in asked.only else [],
        "clusters": [], "pairs": [], "stages": [],
    }  # fmt: skip
    for size in sizes:
        inputs, truth = measure.corpus(size, made, say, short=asked.short)
        names = [name for name in asked.only if name == OURS or size <= asked.peers_up_to]
        found["clusters"] += measure.clusters(
            size, inputs, truth, asked.runs, names, asked.out, say
        )
        if OURS in names:
            found["pairs"].append(measure.exactness(size, inputs, asked.out))
            found["stages"] += measure.stages(size, inputs, asked.out)
    return found


def _compiled(made: Path, say: measure.Say) -> None:
    """One small run, so that no kernel is compiled on the clock."""
    say("compiling")
    inputs, _ = measure.corpus(_WARM_UP, made, say)
    with tempfile.TemporaryDirectory() as folder:
        meter.measured(ours.command(inputs, Path(folder) / "run"))


def tables_of(found: dict[str, list[Row]], points: growth.Points, runs: int) -> list[Table]:
    """What is printed, in order."""
    tables = [
        report.signature_table(found["signatures"], runs),
        report.cluster_table(found["clusters"], runs),
        report.growth_table(points),
    ]
    if found["stages"]:
        tables += [
            report.exactness_table(found["pairs"], found["clusters"]),
            report.stage_table(found["stages"]),
            report.script_table(found["scripts"], runs),
        ]
    return tables


if __name__ == "__main__":
    bench(sys.argv[1:])
