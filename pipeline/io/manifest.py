"""What `run.json` says of a run: where its tables come from and how they were made."""

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

import polars as pl

from pipeline.config import Config
from pipeline.io.folder import MARK
from pipeline.io.inputs import STDIN_LABEL
from pipeline.io.read import Dump, InputFile
from pipeline.stages.recall import Recall
from pipeline.stages.signatures import Layout
from pipeline.version import __version__

CURVE = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_PACKAGES = ("polars", "numpy", "numba", "datasketch")


class Outcome(Protocol):
    """A run's result; `pipeline.result.Result` is one."""

    def parts(self, name: str) -> Iterator[pl.DataFrame]:
        """A table or a frame of the state, in parts."""

    @property
    def account(self) -> list[dict[str, object]]:
        """The stages."""

    @property
    def layout(self) -> Layout:
        """How signatures were cut into bands."""

    @property
    def given(self) -> int | None:
        """Pairs that were to be compared and no others."""

    @property
    def recall(self) -> Recall | None:
        """What was missed, if it was measured."""


def describe(
    result: Outcome, dump: Dump, config: Config, judgements: pl.DataFrame
) -> dict[str, object]:
    """All of `run.json` but the tables' hashes."""
    return {
        MARK: __version__,
        "inputs": [_input(file) for file in dump.inputs],
        "config": config.model_dump(mode="json"),
        "fingerprint": config.fingerprint(),
        "versions": versions(),
        "read": dump.counts,
        "warnings": list(dump.warnings),
        "skipped": list(dump.skipped),
        "judgements": judgements.to_dicts(),
        "stages": result.account,
        "given_pairs": result.given,
        "layout": _layout(result.layout),
        "recall": result.recall and asdict(result.recall),
    }


def versions() -> dict[str, str]:
    """What could make another machine's floats differ."""
    return {
        MARK: __version__,
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        "platform": platform.platform(),
    }


def curve(layout: Layout) -> dict[str, float]:
    """Probability that a pair of each Jaccard becomes a candidate of finder 1."""
    return {f"{jaccard:.1f}": round(layout.catches(jaccard), 6) for jaccard in CURVE}


def _input(file: InputFile) -> dict[str, object]:
    absolute = None if file.path == STDIN_LABEL else os.path.realpath(file.path)
    return {
        "path": file.path,
        "absolute": absolute,
        "bytes": file.bytes,
        "xxh64": file.xxh64,
        "articles": file.articles,
    }


def _layout(layout: Layout) -> dict[str, object]:
    return {
        "bands": layout.bands,
        "rows": layout.rows,
        "expected_pairs": round(layout.expected_pairs, 3),
        "catches": curve(layout),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
