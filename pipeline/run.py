"""The whole job: articles in, tables out. Read this first.

read, normalise, exact, signatures, candidates, verify, retellings, relate, clusters, derivation,
ledger.
"""

from contextlib import ExitStack
from functools import partial

import polars as pl

from pipeline.config import Config, load_config
from pipeline.engines.local import in_order
from pipeline.engines.meter import Meter
from pipeline.errors import ConfigError, InputError
from pipeline.io.judgements import NO_JUDGEMENTS
from pipeline.io.read import Dump
from pipeline.io.semantic import load_vectors
from pipeline.io.work import Work, temporary
from pipeline.kernels.bands import ROW_BITS
from pipeline.result import Result
from pipeline.stages.semantic import MOST_ARTICLES
from pipeline.steps.compared import compared
from pipeline.steps.job import Job, asked_of
from pipeline.steps.normalised import normalised
from pipeline.steps.retold import with_retellings
from pipeline.steps.told import told


def run(
    dump: Dump,
    config: Config | None = None,
    judgements: pl.DataFrame = NO_JUDGEMENTS,
    meter: Meter | None = None,
    work: Work | None = None,
    given: pl.DataFrame | None = None,
) -> Result:
    """Find who derives from whom in a dump of articles.

    Args:
        dump: what `read_articles` gave.
        config: what `load_config` gave; the defaults if None.
        judgements: an editor's a_id, b_id, verdict (bool): pins or forbids links.
        meter: told of each stage's progress.
        given: the only a_id, b_id to be compared, and kept whatever they share, with nothing
            masked; None: pairs are sought.
        work: where intermediate results are kept, and found again; a temporary place if None.

    Raises:
        ConfigError: the config contradicts itself or the registry; its model can't be used, or not
            on so many articles.
        MissingExtraError: the config asks for a model and the extra `semantic` isn't installed.
        InputError: a judgement or a given pair names an article that isn't in the dump; too many
            articles, or too many rare shingles in them.
    """
    config = config or load_config()
    if given is not None:
        config = config.comparing_only()
    _check_number(len(dump.stored))
    _check_meanings(len(dump.stored), config)
    asked = asked_of(dump, judgements, given)
    with ExitStack() as stack:
        work = work or stack.enter_context(temporary())
        spread = partial(in_order, threads=config.run.threads)
        job = Job(config, meter or Meter(), work, spread, load_vectors(config.semantic))
        read = normalised(dump, job)
        found = compared(read, asked, job)
        if config.retellings.enabled or config.semantic.enabled:
            found = with_retellings(read, found, asked, job)
        return told(read, found, asked, dump, job)


def _check_number(articles: int) -> None:
    """Finders pack a row's number into `ROW_BITS` bits."""
    if articles > 1 << ROW_BITS:
        raise InputError(
            f"the dump holds {articles:,} articles, and a run takes {1 << ROW_BITS:,} at most; "
            "cut it in parts, by date for example"
        )


def _check_meanings(articles: int, config: Config) -> None:
    """The semantic finder compares each with every other."""
    if config.semantic.enabled and articles > MOST_ARTICLES:
        raise ConfigError(
            f"semantic.enabled: every article is compared with every other, which takes too long "
            f"for {articles:,}; {MOST_ARTICLES:,} are the most; turn it off, or cut the dump in "
            "parts, by date for example"
        )
