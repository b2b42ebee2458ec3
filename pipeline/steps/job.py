"""What every part of a run is given."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import polars as pl

from pipeline.config import Config
from pipeline.engines.meter import Meter, Stage
from pipeline.io.judgements import rows_of
from pipeline.io.read import Dump
from pipeline.io.work import Work
from pipeline.stages.semantic import WordVectors
from pipeline.stages.spread import Spread


@dataclass(frozen=True)
class Job:
    """What every part of a run is given.

    Attributes:
        model: of what words mean; None unless the config asks for one.
    """

    config: Config
    meter: Meter
    work: Work
    spread: Spread
    model: WordVectors | None = None

    def step(self, name: str) -> str:
        """What a step is called whose results hang on the model.

        A resumed run may meet another in its folder: what the first one did is no use then.
        """
        return f"{name}_{self.model.digest}" if self.model else name

    def stage(self, name: str, total: int, unit: str = "articles") -> AbstractContextManager[Stage]:
        """Measure a stage."""
        return self.meter.stage(name, total, unit)


@dataclass(frozen=True)
class Asked:
    """Pairs that somebody named, as rows a < b.

    Attributes:
        judged: a, b, judged.
        given: a, b; or None.
    """

    judged: pl.DataFrame
    given: pl.DataFrame | None


def asked_of(dump: Dump, judgements: pl.DataFrame, given: pl.DataFrame | None) -> Asked:
    """What was asked for, by rows of the dump.

    Raises:
        InputError: an article isn't in the dump.
    """
    ids = dump.stored.article_id.series(range(len(dump.stored)))
    return Asked(rows_of(judgements, ids), None if given is None else rows_of(given, ids, "pairs"))
