"""What is told of pairs: relations, stories, who took it from whom, and how much was missed."""

import polars as pl

from pipeline import tables
from pipeline.config import Relate
from pipeline.io.read import Dump
from pipeline.result import Result
from pipeline.stages import ledger
from pipeline.stages.claims import facts_of
from pipeline.stages.clues import Clues, clues_of
from pipeline.stages.clusters import cluster_ids, find_stories, held_pairs
from pipeline.stages.direction import direct
from pipeline.stages.prose import with_prose
from pipeline.stages.published import (
    clusters_table,
    pairs_table,
    passage_tokens,
    passages_table,
    sentence_links_table,
)
from pipeline.stages.recall import Seen, linked_keys, measure_recall
from pipeline.stages.relate import FEATURES, relate, with_ids
from pipeline.stages.spread import ranges
from pipeline.stages.ways import unseen_sources
from pipeline.stages.who_from_whom import derivations_of
from pipeline.steps.compared import Found
from pipeline.steps.job import Asked, Job
from pipeline.steps.normalised import Read

_PAIRS = 200_000  # whose evidence is being weighed at a time


def told(read: Read, found: Found, asked: Asked, dump: Dump, job: Job) -> Result:
    """relate, clusters, derivation, ledger."""
    config, articles, documents = job.config, read.articles, read.documents
    verified, named = found.verified, read.named
    with job.stage("relate", len(verified.pairs), "pairs"):
        about = articles.frame(
            columns=["article_id", "source", "published_at", "published_precision", "url"]
        )
        agencies = [agency.name for agency in config.outlets.agencies]
        clues = clues_of(about, named.credits, named.links, agencies)
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
        derivations = derivations_of(
            pairs, held, verified.passages, facts, documents, config.derivation, job.spread
        )
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
        sentence_links=sentence_links_table(pairs, found.links, documents),
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
        given=None if asked.given is None else len(asked.given),
        config=config,
    )


def _related(
    verified: pl.DataFrame, about: pl.DataFrame, clues: Clues, options: Relate
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs without their evidence, for later stages, and the table `pairs`; batch by batch."""
    slim, published = [], []
    for rows in ranges(max(len(verified), 1), _PAIRS):
        part = with_prose(verified[rows.start : rows.stop], about)
        part = with_ids(relate(part, options), about)
        part = direct(part, clues)
        slim.append(part.drop("share_evidence", "direction_evidence"))
        published.append(pairs_table(part))
    return pl.concat(slim), pl.concat(published)
