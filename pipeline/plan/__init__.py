"""What a run would find and take, before it is begun: from a sample of the inputs.

>>> from pipeline import load_config
>>> from pipeline.plan import plan
>>> planned = plan(["sample_corpus/articles"], load_config())
>>> planned.articles, planned.counted
(60.0, True)
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.config import Config
from pipeline.io.excerpt import Excerpt, Part, read_excerpt
from pipeline.io.work import temporary
from pipeline.plan import warnings
from pipeline.plan.estimate import Estimate, Measured, Whole, disk_of, memory_of, seconds_of
from pipeline.plan.facts import Facts, facts_of
from pipeline.plan.invented import invented
from pipeline.plan.machine import disk_free, memory_installed
from pipeline.plan.rehearsal import Rehearsal, part_of, rehearse, scaled
from pipeline.plan.scale import Taken
from pipeline.stages.exact import identical_groups
from pipeline.stages.signatures import Layout, choose_layout

SAMPLE = 6000
JACCARDS = tuple(at / 10 for at in range(1, 11))
_IDLE, _MADE = 5, 300  # stories
# More than this to start and load kernels means that they were compiled, which is done once.
_LOADED = 5.0


@dataclass(frozen=True)
class Plan:
    """What is known before a run is begun.

    Attributes:
        files: what was read of each input file.
        articles: of the whole.
        counted: whether they were counted, not reckoned.
        sampled: articles that were read.
        rejected: share of the rows that can't be used.
        facts: what the sample tells of the articles.
        layout: of finder 1; its `expected_pairs` are those of the whole.
        compared, pairs: pairs to be compared, and to stand in the table `pairs`.
        stages: seconds of each.
        memory: bytes held at the peak; `run.memory_limit` limits these.
        resident: bytes with the pages of the run's own files, if the system has memory to spare.
        work, output: bytes of disk.
        warnings: sentences.
    """

    files: tuple[Part, ...]
    articles: float
    counted: bool
    sampled: int
    rejected: float
    facts: Facts
    layout: Layout
    compared: float
    pairs: float
    stages: tuple[Estimate, ...]
    memory: Estimate
    resident: Estimate
    work: Estimate
    output: Estimate
    warnings: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Of all input files."""
        return sum(part.bytes for part in self.files)

    @property
    def seconds(self) -> float:
        """Of the whole run."""
        return sum(stage.value for stage in self.stages)


def plan(
    inputs: Sequence[str | Path], config: Config, sample: int = SAMPLE, out: Path = Path()
) -> Plan:
    """Plan a run.

    Args:
        inputs: as `read_articles` takes them.
        config: of the run.
        sample: articles to read.
        out: folder of the run's output, or any on the same disk.

    Raises:
        StemmaError: as the run would, where the sample shows it.
    """
    first, idle, made = _warmed(config.model_dump_json())
    with temporary() as work:
        excerpt = read_excerpt(inputs, config.read, sample, work)
        articles = _articles(excerpt)
        half, rehearsed, layout = _rehearsed(excerpt, config, articles)
    measured = Measured(first, idle, made, half, rehearsed)
    return _planned(excerpt, articles, measured, layout, config, out)


@lru_cache(maxsize=1)
def _warmed(settings: str) -> tuple[float, Rehearsal, Rehearsal]:
    """Seconds of starting; with all kernels loaded, rehearsals of next to nothing and of pairs.

    None of this hangs on the dump: a second plan of one process needn't measure it again.
    """
    config = Config.model_validate_json(settings)
    imported = time.process_time()
    took = []
    for _ in range(2):
        start = time.perf_counter()
        with temporary() as work:
            idle = rehearse(invented(_IDLE, work), config)
        took.append(time.perf_counter() - start)
    with temporary() as work:
        made = rehearse(invented(_MADE, work), config)
    return min(imported + max(took[0] - took[1], 0.0), _LOADED), idle, made


def _articles(excerpt: Excerpt) -> float:
    """Of the whole, the rows that can't be used left out."""
    known = [part for part in excerpt.parts if part.rows is not None]
    rows = sum(part.rows or 0 for part in known)
    unknown = sum(part.bytes for part in excerpt.parts if part.rows is None)
    rows += unknown * rows / max(sum(part.bytes for part in known), 1)
    counts = excerpt.dump.counts
    return max(rows * counts["articles"] / counts["rows"], counts["articles"])


def _rehearsed(
    excerpt: Excerpt, config: Config, articles: float
) -> tuple[Rehearsal, Rehearsal, Layout]:
    """Rehearsals of a quarter and of all of the sample, this with the layout of the whole."""
    dump, n = excerpt.dump, len(excerpt.dump.stored)
    rows = np.flatnonzero(excerpt.block % 4 == 0) if n > 1000 else np.arange(n)
    quarter = rehearse(part_of(dump, rows), scaled(config, len(rows), articles))
    layout = _layout(quarter, config, articles)
    whole = scaled(config, n, articles, layout.rows, layout.bands)
    sample = rehearse(dump, whole)
    return quarter, sample, _layout(sample, config, articles)


def _layout(rehearsal: Rehearsal, config: Config, articles: float) -> Layout:
    result = rehearsal.result
    group = identical_groups(result.documents.text_hash)
    representatives = np.flatnonzero(group == np.arange(len(group)))
    return choose_layout(result.signatures, representatives, config.near, round(articles))


def _planned(
    excerpt: Excerpt,
    articles: float,
    measured: Measured,
    layout: Layout,
    config: Config,
    out: Path,
) -> Plan:
    sample = measured.sample
    taken = Taken(articles, excerpt.block, excerpt.place)
    compared, pairs = taken.pairs(sample.a, sample.b), taken.pairs(*sample.published)
    parquet = [part for part in excerpt.parts if part.label.lower().endswith((".parquet", ".pq"))]
    whole = Whole(
        articles,
        compared,
        pairs,
        sum(part.bytes for part in parquet),
        excerpt.seconds,
        config.run.recall_sample,
    )
    memory, (work, output) = memory_of(whole, measured), disk_of(whole, measured)
    resident = Estimate(
        "resident",
        memory.value + work.value,
        "memory held and the pages of OUT.work, which the system takes back when it needs them",
    )
    counts, facts = excerpt.dump.counts, facts_of(sample.result, config.normalise.shingle)
    rejected = 1 - counts["articles"] / max(counts["rows"] - counts["duplicate_rows"], 1)
    part = "in the sample, " if sample.articles < round(articles) else ""
    told = [
        *(part + warning for warning in excerpt.dump.warnings),
        *warnings.of_facts(facts, articles, rejected),
        *warnings.of_machine(
            memory.value,
            work.value,
            config.run.memory_limit * (1 << 30),
            memory_installed(),
            disk_free(out),
            str(out),
        ),
    ]
    return Plan(
        files=excerpt.parts,
        articles=articles,
        counted=all(part.exact for part in excerpt.parts),
        sampled=sample.articles,
        rejected=rejected,
        facts=facts,
        layout=layout,
        compared=compared,
        pairs=pairs,
        stages=seconds_of(whole, measured),
        memory=memory,
        resident=resident,
        work=work,
        output=output,
        warnings=tuple(told),
    )
