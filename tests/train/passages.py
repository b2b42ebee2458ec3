"""`python -m tests.train.passages FOLDER [--out pipeline/models]`: the aligner's tables.

FOLDER holds articles.parquet, pairs.parquet and cases.parquet: texts with passages planted in them.
The same folder and versions give the same files.
"""

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pipeline.kernels.matches import UNIT
from pipeline.kernels.measures import FEATURES
from pipeline.kernels.trees import LEAF
from pipeline.models.passages import (
    BOX,
    EDGES,
    EDGES_FILE,
    SUMMARY,
    TOKENS_FILE,
    TREES_FILE,
    PassageModel,
    Trees,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on all pairs of a folder and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.train.passages", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("pipeline/models"))
    asked = parser.parse_args(arguments)
    # Writing the tables needs no scikit-learn.
    from tests.train.fit import train  # noqa: PLC0415
    from tests.train.planted import read_planted  # noqa: PLC0415

    planted = read_planted(asked.folder)
    write(train(planted, np.arange(len(planted.short))), asked.out)


def write(model: PassageModel, folder: Path) -> None:
    """The model as three text files."""
    _write(
        folder / TOKENS_FILE,
        ("class", "bucket", "category", "log_odds"),
        ((*place, f"{value / UNIT:.3f}") for place, value in np.ndenumerate(model.tokens)),
    )
    _write(
        folder / EDGES_FILE,
        ("edge", "start", "stop"),
        (
            (name, f"{start / (2 * UNIT):.4f}", f"{stop / (2 * UNIT):.4f}")
            for name, start, stop in zip(EDGES, model.starts, model.stops, strict=True)
        ),
    )
    _write(
        folder / TREES_FILE,
        ("model", "tree", "node", "feature", "threshold", "low", "high", "value"),
        (
            (name, *row)
            for name, trees in ((BOX, model.box), (SUMMARY, model.summary))
            for row in _nodes(trees)
        ),
    )


def _nodes(trees: Trees) -> Iterable[tuple[object, ...]]:
    stops = [*trees.roots[1:], len(trees.feature)]
    for tree, (first, last) in enumerate(zip(trees.roots, stops, strict=True)):
        for node in range(first, last):
            if trees.feature[node] == LEAF:
                yield tree, node - first, "", "", "", "", f"{trees.value[node]:.4f}"
            else:
                yield (
                    tree, node - first, FEATURES[trees.feature[node]],
                    f"{trees.threshold[node]:.6g}",
                    trees.low[node] - first, trees.high[node] - first, "",
                )  # fmt: skip


def _write(path: Path, header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
