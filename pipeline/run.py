"""The whole job: articles in, tables out. Read this first.

read, normalise, exact, signatures, candidates, verify, relate, clusters, derivation, ledger.
"""

from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from pipeline import tables
from pipeline.config import Config, Relate, load_config
from pipeline.documents import I64, U32, Documents
from pipeline.engines.local import in_order
from pipeline.engines.meter import Meter, Stage
from pipeline.errors import InputError
from pipeline.io.judgements import NO_JUDGEMENTS, rows_of
from pipeline.io.read import Dump
from pipeline.io.work import Work, temporary
from pipeline.kernels.bands import ROW_BITS
from pipeline.result import Named, Result
from pipeline.stages import ledger
from pipeline.stages.articles import Articles
from pipeline.stages.boilerplate import Masked, mask_boilerplate
from pipeline.stages.candidates import Candidates, find_candidates
from pipeline.stages.claims import facts_of
from pipeline.stages.clues import Clues, clues_of
from pipeline.stages.clusters import cluster_ids, find_stories, held_pairs
from pipeline.stages.credits import find_credits, find_links
from pipeline.stages.derivation import unseen_sources
from pipeline.stages.direction import direct
from pipeline.stages.exact import identical_groups, publication_order
from pipeline.stages.language import Languages, detect_language
from pipeline.stages.normalise import documents_of
from pipeline.stages.published import clusters_table, pairs_table, passage_tokens, passages_table
from pipeline.stages.recall import Seen, linked_keys, measure_recall, measures_recall
from pipeline.stages.relate import FEATURES, relate, with_ids
from pipeline.stages.signatures import Layout, choose_layout, sketches_of
from pipeline.stages.spread import Spread, ranges
from pipeline.stages.verify import Verified, verify
from pipeline.stages.who_from_whom import derivations_of

_PAIRS = 200_000  # whose evidence is being weighed at a time


def run(
    dump: Dump,
    config: Config | None = None,
    judgements: pl.DataFrame = NO_JUDGEMENTS,
    meter: Meter | None = None,
    work: Work | None = None,
) -> Result:
    """Find who derives from whom in a dump of articles.

    Args:
        dump: what `read_articles` gave.
        config: what `load_config` gave; the defaults if None.
        judgements: an editor's a_id, b_id, verdict (bool): pins or forbids links.
        meter: told of each stage's progress.
        work: where intermediate results are kept, and found again; a temporary place if None.

    Raises:
        ConfigError: the config contradicts itself or the registry.
        InputError: a judgement names an article that isn't in the dump; too many articles, or too
            many rare shingles in them.
    """
    config = config or load_config()
    _check_number(len(dump.stored))
    with ExitStack() as stack:
        work = work or stack.enter_context(temporary())
        job = _Job(config, meter or Meter(), work, partial(in_order, threads=config.run.threads))
        read = _normalised(dump, job)
        found = _compared(read, judgements, job)
        return _told(read, found, dump, job)


def _check_number(articles: int) -> None:
    """Finders pack a row's number into `ROW_BITS` bits."""
    if articles > 1 << ROW_BITS:
        raise InputError(
            f"the dump holds {articles:,} articles, and a run takes {1 << ROW_BITS:,} at most; "
            "cut it in parts, by date for example"
        )


@dataclass(frozen=True)
class _Job:
    """What every part of a run is given."""

    config: Config
    meter: Meter
    work: Work
    spread: Spread

    def stage(self, name: str, total: int, unit: str = "articles") -> AbstractContextManager[Stage]:
        return self.meter.stage(name, total, unit)


@dataclass(frozen=True)
class _Read:
    """Articles, and what is read from each by itself or from its outlet's."""

    articles: Articles
    documents: Documents
    named: Named
    languages: Languages
    blocks: pl.DataFrame


@dataclass(frozen=True)
class _Found:
    """What comparing articles gave.

    Attributes:
        group: [n] each article's representative.
        compared: the candidates as (a << 32) | b, if recall is to be measured.
    """

    verified: Verified
    signatures: U32
    layout: Layout
    group: I64
    compared: I64 | None


def _normalised(dump: Dump, job: _Job) -> _Read:
    """normalise, credits, language, boilerplate."""
    config, work, spread, batch = job.config, job.work, job.spread, job.config.run.batch
    articles = dump.stored.under(config.outlets)
    n = len(articles)
    with job.stage("normalise", n) as stage:
        gather = work.gather("documents", stage.counting(spread))
        documents = documents_of(articles.text, batch, gather)
    with job.stage("credits", n) as stage:

        def credited() -> Named:
            credits = find_credits(articles, documents, config.outlets, batch, spread)
            links, cut = find_links(articles, batch, spread)
            return Named(credits, links, {"links_to_crowded_addresses": cut})

        named = work.keep("credits", Named, credited)
        stage.cut(named.cut)
    with job.stage("language", n):
        detect = partial(detect_language, articles, config.normalise, batch, spread)
        languages = work.keep("language", Languages, detect)
    with job.stage("boilerplate", n):
        mask = partial(mask_boilerplate, documents, articles, config.boilerplate, spread, work.room)
        masked = work.keep("boilerplate", Masked, mask)
    documents = replace(documents, flags=masked.flags)
    return _Read(articles, documents, named, languages, masked.blocks)


def _compared(read: _Read, judgements: pl.DataFrame, job: _Job) -> _Found:
    """exact, signatures, candidates, verify."""
    config, work, spread = job.config, job.work, job.spread
    articles, documents = read.articles, read.documents
    n = len(articles)
    with job.stage("exact", n):
        group = identical_groups(documents.text_hash)
        representatives = np.flatnonzero(group == np.arange(n))
    with job.stage("signatures", n) as stage:
        gather = work.gather("sketches", stage.counting(spread))
        sketches = sketches_of(documents, config, config.run.batch, gather)
        layout = choose_layout(sketches.signatures, representatives, config.near)
    with job.stage("candidates", len(representatives)) as stage:
        judged = rows_of(judgements, articles.article_id.series(range(n)))
        find = partial(
            find_candidates,
            documents, sketches, representatives, layout, judged, config, spread, work.room,
            partial(work.gather, spread=spread),
        )  # fmt: skip
        found = work.keep("candidates", Candidates, find)
        stage.cut(found.cut)
    with job.stage("verify", len(found.a), "pairs") as stage:
        age = publication_order(articles.published_at)
        compare = partial(
            verify,
            found, group, age, judged, documents, config, spread, work.gather("compared", spread),
        )  # fmt: skip
        verified = work.keep("verify", Verified, compare)
        stage.cut(verified.cut)
    compared = (found.a << 32) | found.b if measures_recall(config.run, n) else None
    return _Found(verified, sketches.signatures, layout, group, compared)


def _told(read: _Read, found: _Found, dump: Dump, job: _Job) -> Result:
    """relate, clusters, derivation, ledger."""
    config, articles, documents = job.config, read.articles, read.documents
    verified, named = found.verified, read.named
    with job.stage("relate", len(verified.pairs), "pairs"):
        about = articles.frame(
            columns=["article_id", "source", "published_at", "published_precision", "url"]
        )
        clues = clues_of(about, named.credits, named.links)
        pairs, published = _related(verified.pairs, about, clues, config.relate)
    with job.stage("clusters", len(pairs), "pairs"):
        stories = find_stories(pairs, verified.passages, documents)
        members = stories.members(articles)
        names = cluster_ids(members)
        members = members.with_columns(cluster_id=names.gather(members["story"]))
        about = about.with_columns(cluster_id=stories.named(names))
        held = held_pairs(pairs, stories, about)
    with job.stage("derivation", len(members)):
        facts = facts_of(about, clues, config.outlets)
        derivations = derivations_of(pairs, held, verified.passages, facts, config.derivation)
    with job.stage("ledger", len(derivations), "derivations"):
        tokens = passage_tokens(pairs, verified.passages)
        flows = ledger.flows(derivations, facts.articles, tokens)
        flows_weekly = ledger.flows_weekly(derivations, facts.articles)
        sources = ledger.sources(derivations, facts.articles)
        clusters = clusters_table(members, held, derivations, unseen_sources(facts))
    recall = None
    if found.compared is not None:
        with job.stage("recall", len(articles)):
            seen = Seen(found.compared, linked_keys(pairs), stories.of)
            recall = measure_recall(documents, found.group, seen, config, job.spread)
    return Result(
        stored=articles,
        documents=documents,
        languages=read.languages,
        story=stories.of,
        cluster_ids=names,
        credits=named.credits,
        links=named.links,
        scores=pairs.select("a_id", "b_id", *FEATURES).sort("a_id", "b_id"),
        pairs=published,
        passages=passages_table(pairs, verified.passages, documents),
        clusters=clusters,
        derivations=derivations,
        flows=flows,
        flows_weekly=flows_weekly,
        sources=sources,
        boilerplate=tables.BOILERPLATE.check(read.blocks),
        rejects=tables.REJECTS.check(dump.rejects),
        account=job.meter.account(),
        signatures=found.signatures,
        layout=found.layout,
        recall=recall,
        config=config,
    )


def _related(
    verified: pl.DataFrame, about: pl.DataFrame, clues: Clues, options: Relate
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs without their evidence, for later stages, and the table `pairs`; batch by batch."""
    slim, published = [], []
    for rows in ranges(max(len(verified), 1), _PAIRS):
        part = with_ids(relate(verified[rows.start : rows.stop], options), about)
        part = direct(part, clues)
        slim.append(part.drop("share_evidence", "direction_evidence"))
        published.append(pairs_table(part))
    return pl.concat(slim), pl.concat(published)
