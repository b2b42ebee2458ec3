"""What `stemma run` does, and what it says meanwhile; imported when called, for it is slow."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.cli.log import Log
from pipeline.cli.progress import metered
from pipeline.cli.summary import summarise
from pipeline.config import Config, load_config
from pipeline.engines.memory import watched
from pipeline.engines.meter import Meter
from pipeline.io.apart import keep_apart
from pipeline.io.folder import Folder
from pipeline.io.given_pairs import read_pairs
from pipeline.io.judgements import NO_JUDGEMENTS, read_judgements
from pipeline.io.manifest import curve, versions
from pipeline.io.output import write
from pipeline.io.read import Dump, read_articles
from pipeline.io.work import Work
from pipeline.kernels.align import align
from pipeline.result import Result
from pipeline.run import run
from pipeline.stages.recall import Recall
from pipeline.stages.shares import Share
from pipeline.stages.signatures import Layout
from pipeline.version import __version__

_SHOWN = 3
# What was computed with one version of these isn't gone on with in another.
_LIBRARIES = ("polars", "numpy", "numba")
_JACCARD = {0.3: "Jaccard .3–.5", 0.5: ".5–.7", 0.7: ".7–1"}
_CURVE = ("0.3", "0.5", "0.7", "0.9")


@dataclass(frozen=True)
class Job:
    """What the command line asks for."""

    inputs: tuple[str, ...]
    out: Path
    config: str | None
    changes: tuple[str, ...]
    judgements: Path | None
    overwrite: bool
    resume: bool = False
    pairs: Path | None = None

    def files(self) -> tuple[str, ...]:
        """Everything that is read and so must not be replaced."""
        beside = [str(path) for path in (self.judgements, self.pairs) if path]
        own = [self.config] if self.config and Path(self.config).is_file() else []
        return (*self.inputs, *beside, *own)


def work(job: Job, log: Log) -> dict[str, Any]:
    """Read, run and write; returns the summary.

    Raises:
        StemmaError: the inputs, the config or the output can't be used.
    """
    start = time.perf_counter()
    config = load_config(job.config, job.changes)
    judgements = read_judgements(job.judgements) if job.judgements else NO_JUDGEMENTS
    given = read_pairs(job.pairs) if job.pairs else None
    if given is not None:
        config = config.comparing_only()
    keep_apart(job.out, job.files())
    folder = Folder(job.out, overwrite=job.overwrite, resume=job.resume)
    try:
        with (
            folder,
            watched(config.run.memory_limit) as watch,
            metered(log) as meter,
            _steps(folder, job, config, judgements, given, log) as steps,
        ):
            meter.watch = watch
            dump = _read(job, config, meter, steps)
            _tell_of_reading(dump, log)
            tell_of_compiling(log)
            result = run(dump, config, judgements, meter, steps, given)
            _tell_of_finding(result, log)
            with meter.stage("write", len(result.stored), "articles"):
                write(folder, result, dump, config, judgements)
    finally:
        if folder.kept:
            log.warn(f"what was done so far is kept in {folder.work}; --resume goes on from there")
    return summarise(result, str(job.out), time.perf_counter() - start)


@contextmanager
def _steps(
    folder: Folder,
    job: Job,
    config: Config,
    judgements: pl.DataFrame,
    given: pl.DataFrame | None,
    log: Log,
) -> Iterator[Work]:
    header = {
        "version": __version__,
        "versions": {name: versions()[name] for name in _LIBRARIES},
        "config": config.fingerprint(),
        "inputs": list(job.inputs),
        "judgements": sorted(map(list, judgements.iter_rows())),
        "pairs": None if given is None else sha256(given.write_csv().encode()).hexdigest(),
    }
    steps = Work(folder.steps, header)
    if steps.resumed or steps.begun:
        log.info(_resuming(steps), resumed=steps.resumed, within=steps.begun)
    elif job.resume:
        log.info("nothing to resume: beginning afresh")
    elif folder.found:
        log.info("a stopped run's work was there and is gone; --resume would have gone on from it")
    try:
        yield steps
    finally:
        steps.close()


def _resuming(steps: Work) -> str:
    after = [f"after {', '.join(steps.resumed)}"] if steps.resumed else []
    within = [f"within {', '.join(steps.begun)}"] if steps.begun else []
    return f"resuming {', '.join(after + within)}"


def _read(job: Job, config: Config, meter: Meter, steps: Work) -> Dump:
    with meter.stage("read", 0, "articles") as stage:
        dump = read_articles(job.inputs, config.read, steps, stage.reached)
        stage.total = len(dump.stored)
    return dump


def _tell_of_reading(dump: Dump, log: Log) -> None:
    for warning in dump.warnings:
        log.warn(warning)
    for place in dump.rejects.head(_SHOWN).iter_rows():
        log.detail(f"rejected: {' '.join(place)}")
    if not dump.skipped:
        return
    shown = dump.skipped if log.verbose else dump.skipped[:_SHOWN]
    more = len(dump.skipped) - len(shown)
    rest = f"; and {more:,} more" if more else ""
    log.info(f"skipped {len(dump.skipped):,}: {'; '.join(shown)}{rest}", skipped=len(dump.skipped))


def tell_of_compiling(log: Log) -> None:
    """Say so, if kernels aren't in the cache."""
    # The aligner is the slowest to compile; its cache stands for all.
    kernel: Any = align
    cache = kernel.stats.cache_path
    if cache is None or not any(Path(cache).glob("align.align-*.nbi")):
        log.info("compiling kernels for the first time; a minute or more, once")


def _tell_of_finding(result: Result, log: Log) -> None:
    log.info(_layout(result.layout), bands=result.layout.bands, rows=result.layout.rows)
    if result.recall:
        _tell_of_recall(result.recall, log)
    for stage in result.account:
        cut = stage.get("cut")
        told = {name: n for name, n in cut.items() if n} if isinstance(cut, Mapping) else {}
        if told:
            listed = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in told.items())
            log.info(f"{stage['stage']}: caps left out {listed}", stage=stage["stage"], cut=told)


def _tell_of_recall(recall: Recall, log: Log) -> None:
    for what, share in (("compared", "compared"), ("linked or in one story", "linked")):
        shares = [
            f"{_within(getattr(band, share))} of {_JACCARD[band.low]}"
            for band in recall.bands
            if band.by == "jaccard" and getattr(band, share)
        ]
        told = ", ".join(shares) or "no pairs of Jaccard .3 or more"
        log.info(f"{what}, by {recall.sampled:,} articles joined exactly: {told}")


def _within(share: Share) -> str:
    interval = f" ({_share(share.low)} to {_share(share.high)})" if share.low < share.high else ""
    return f"{_share(share.share)}{interval}"


def _layout(layout: Layout) -> str:
    caught = curve(layout)
    told = ", ".join(f"{_share(caught[at])} at Jaccard {at.lstrip('0')}" for at in _CURVE)
    rows = "row" if layout.rows == 1 else "rows"
    return f"near copies: {layout.bands} bands × {layout.rows} {rows} catch {told}"


def _share(value: float) -> str:
    # Three nines must not read as certainty.
    return f"{min(value, 0.999):.3f}".lstrip("0") if value < 1 else "all"
