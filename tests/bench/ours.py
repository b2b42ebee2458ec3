"""Our side: the one place that names the functions and commands that are measured."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.config import Config
from pipeline.stages.signatures import signatures_of

SETS = ("near.threshold=0.5",)


def signatures(texts: pl.Series) -> NDArray[np.uint32]:
    """[n, 128] signatures of texts."""
    return signatures_of(texts, Config())


def command(inputs: Path, out: Path, sets: tuple[str, ...] = ()) -> list[str]:
    """Arguments of Python for a whole run on one thread, all tables."""
    options = [part for one in (*SETS, *sets) for part in ("--set", one)]
    run = ["-m", "pipeline", "run", str(inputs), "-o", str(out), "-c", "bulk", *options]
    return [*run, "--threads", "1", "--quiet", "--overwrite"]
