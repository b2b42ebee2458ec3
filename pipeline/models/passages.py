"""The tables by which passages are found: made by `python -m tests.train.passages`."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from pipeline.documents import F64, I32, I64
from pipeline.kernels import edges, scores
from pipeline.kernels.matches import CATEGORIES, UNIT
from pipeline.kernels.measures import FEATURES
from pipeline.kernels.trees import LEAF, tree_sums

EDGES = (
    "space", "other", "line_lower", "line", "sentence_lower", "sentence", "paragraph", "text",
)  # fmt: skip
BOX, SUMMARY = "box", "summary"
TOKENS_FILE, EDGES_FILE, TREES_FILE = (
    f"passage_{name}.csv" for name in ("tokens", "edges", "trees")
)


@dataclass(frozen=True)
class Trees:
    """Boosted trees: their leaves' sum is a log-odds.

    Attributes:
        roots … value: as `tree_sums` takes them.
    """

    roots: I32
    feature: I32
    threshold: F64
    low: I32
    high: I32
    value: F64

    def probabilities(self, rows: F64) -> F64:
        """[m] of rows of `FEATURES`."""
        sums = tree_sums(
            rows, self.roots, self.feature, self.threshold, self.low, self.high, self.value
        )
        return 1 / (1 + np.exp(-sums))


@dataclass(frozen=True)
class PassageModel:
    """What the aligner has learned.

    Attributes:
        tokens: [class, bucket, category] log-odds that a token is inside a passage, in
            thousandths.
        starts, stops: [class of edge] log-odds that a passage starts or stops there, twice, in
            thousandths.
        box, summary: verifiers.
    """

    tokens: I64
    starts: I64
    stops: I64
    box: Trees
    summary: Trees


def trees_of(rows: Iterable[dict[str, str]]) -> Trees:
    """Trees from rows: tree, node, feature (none for a leaf), threshold, low, high, value."""
    table = list(rows)
    first: dict[str, int] = {}
    for at, row in enumerate(table):
        first.setdefault(row["tree"], at)
    leaf = [row["feature"] == "" for row in table]

    def place(column: str) -> I32:
        return np.array(
            [
                0 if end else first[row["tree"]] + int(row[column])
                for row, end in zip(table, leaf, strict=True)
            ],
            np.int32,
        )

    return Trees(
        np.array(list(first.values()), np.int32),
        np.array(
            [
                LEAF if end else FEATURES.index(row["feature"])
                for row, end in zip(table, leaf, strict=True)
            ],
            np.int32,
        ),
        np.array([float(row["threshold"] or 0) for row in table]),
        place("low"),
        place("high"),
        np.array([float(row["value"] or 0) for row in table]),
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def passage_model() -> PassageModel:
    """The tables as shipped."""
    tokens = np.zeros((scores.CLASSES, scores.BUCKETS, CATEGORIES), np.int64)
    for row in _rows(TOKENS_FILE):
        place = tuple(int(row[name]) for name in ("class", "bucket", "category"))
        tokens[place] = round(UNIT * float(row["log_odds"]))
    ends = np.zeros((2, edges.CLASSES), np.int64)
    for row in _rows(EDGES_FILE):
        for side, name in enumerate(("start", "stop")):
            ends[side, EDGES.index(row["edge"])] = round(2 * UNIT * float(row[name]))
    trees = _rows(TREES_FILE)
    box, summary = (
        trees_of(row for row in trees if row["model"] == model) for model in (BOX, SUMMARY)
    )
    return PassageModel(tokens, ends[0], ends[1], box, summary)
