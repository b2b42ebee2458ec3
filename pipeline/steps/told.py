"""What is told of pairs: relations, stories, who took it from whom, and how much was missed."""

from pipeline import tables
from pipeline.io.read import Dump
from pipeline.result import Result
from pipeline.stages import ledger
from pipeline.stages.claims import facts_of
from pipeline.stages.clues import clues_of
from pipeline.stages.clusters import cluster_ids, find_stories, held_pairs
from pipeline.stages.published import (
    clusters_table,
    passage_tokens,
    passages_table,
    sentence_links_table,
)
from pipeline.stages.recall import Seen, linked_keys, measure_recall
from pipeline.stages.relate import FEATURES
from pipeline.stages.ways import unseen_sources
from pipeline.stages.who_from_whom import derivations_of
from pipeline.steps.compared import Found
from pipeline.steps.directed import directed
from pipeline.steps.job import Asked, Job
from pipeline.steps.normalised import Read


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
        relations = directed(read, found, about, clues, job)
        pairs, clues = relations.pairs, relations.clues
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
        pairs=relations.published,
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
