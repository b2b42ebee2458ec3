"""The whole job: articles in, tables out. Read this first.

read, normalise, exact, signatures, candidates, verify, relate, clusters, derivation, ledger.
"""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from pipeline import tables
from pipeline.config import Config, load_config
from pipeline.engines.local import in_order
from pipeline.engines.meter import Meter
from pipeline.io.judgements import NO_JUDGEMENTS, rows_of
from pipeline.io.read import Dump
from pipeline.io.work import Work, temporary
from pipeline.result import Named, Result
from pipeline.stages import ledger
from pipeline.stages.boilerplate import Masked, mask_boilerplate
from pipeline.stages.candidates import Candidates, find_candidates
from pipeline.stages.claims import facts_of
from pipeline.stages.clues import clues_of
from pipeline.stages.clusters import cluster_ids, find_stories, held_pairs
from pipeline.stages.credits import find_credits, find_links
from pipeline.stages.derivation import unseen_sources
from pipeline.stages.direction import direct
from pipeline.stages.exact import identical_groups, publication_order
from pipeline.stages.language import Languages, detect_language
from pipeline.stages.normalise import documents_of
from pipeline.stages.published import clusters_table, pairs_table, passage_tokens, passages_table
from pipeline.stages.relate import relate, with_ids
from pipeline.stages.signatures import choose_layout, sketches_of
from pipeline.stages.verify import Verified, verify
from pipeline.stages.who_from_whom import derivations_of


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
        InputError: a judgement names an article that isn't in the dump.
    """
    config = config or load_config()
    meter = meter or Meter()
    with ExitStack() as stack:
        work = work or stack.enter_context(temporary())
        return _run(dump, config, judgements, meter, work)


def _run(dump: Dump, config: Config, judgements: pl.DataFrame, meter: Meter, work: Work) -> Result:
    batch = config.run.batch
    spread = partial(in_order, threads=config.run.threads)
    articles = dump.stored.under(config.outlets)
    n = len(articles)

    with meter.stage("normalise", n, "articles") as stage:
        gather = work.gather("documents", stage.counting(spread))
        documents = documents_of(articles.text, batch, gather)
    with meter.stage("credits", n, "articles"):
        named = work.keep(
            "credits",
            Named,
            lambda: Named(
                find_credits(articles, documents, config.outlets, batch, spread),
                find_links(articles, batch, spread),
            ),
        )
    with meter.stage("language", n, "articles"):
        languages = work.keep(
            "language",
            Languages,
            lambda: detect_language(articles, config.normalise, batch, spread),
        )
    with meter.stage("boilerplate", n, "articles"):
        masked = work.keep(
            "boilerplate",
            Masked,
            lambda: mask_boilerplate(documents, articles, config.boilerplate, spread, work.room),
        )
        documents = replace(documents, flags=masked.flags)
    with meter.stage("exact", n, "articles"):
        group = identical_groups(documents.text_hash)
        representatives = np.flatnonzero(group == np.arange(n))
    with meter.stage("signatures", n, "articles") as stage:
        gather = work.gather("sketches", stage.counting(spread))
        sketches = sketches_of(documents, config, batch, gather)
        layout = choose_layout(sketches.signatures, representatives, config.near)
    with meter.stage("candidates", len(representatives), "articles") as stage:
        judged = rows_of(judgements, articles.article_id.series(range(n)))
        found = work.keep(
            "candidates",
            Candidates,
            lambda: find_candidates(
                documents, sketches, representatives, layout, judged, config, spread, work.room
            ),
        )
        stage.cut(found.cut)
    with meter.stage("verify", len(found.a), "pairs") as stage:
        age = publication_order(articles.published_at)
        gather = work.gather("compared", spread)
        verified = work.keep(
            "verify",
            Verified,
            lambda: verify(found, group, age, judged, documents, config, spread, gather),
        )
        stage.cut(verified.cut)
    with meter.stage("relate", len(verified.pairs), "pairs"):
        about = articles.frame(
            columns=["article_id", "source", "published_at", "published_precision", "url"]
        )
        pairs = with_ids(relate(verified.pairs, config.relate), about)
        clues = clues_of(about, named.credits, named.links)
        pairs = direct(pairs, clues)
    with meter.stage("clusters", len(pairs), "pairs"):
        stories = find_stories(pairs, verified.passages, documents)
        inside = np.flatnonzero(stories.of >= 0)
        members = articles.frame(inside, ["article_id", "source", "published_at", "title"])
        members = members.with_columns(story=stories.of[inside])
        names = cluster_ids(members)
        members = members.with_columns(cluster_id=names.gather(members["story"]))
        story = pl.Series(stories.of)
        about = about.with_columns(cluster_id=names.gather(story.set(story < 0, None)))
        held = held_pairs(pairs, stories, about)
    with meter.stage("derivation", len(members), "articles"):
        facts = facts_of(about, clues, config.outlets)
        derivations = derivations_of(pairs, held, verified.passages, facts, config.derivation)
    with meter.stage("ledger", len(derivations), "derivations"):
        tokens = passage_tokens(pairs, verified.passages)
        flows = ledger.flows(derivations, facts.articles, tokens)
        flows_weekly = ledger.flows_weekly(derivations, facts.articles)
        sources = ledger.sources(derivations, facts.articles)
        clusters = clusters_table(members, held, derivations, unseen_sources(facts))

    return Result(
        stored=articles,
        documents=documents,
        languages=languages,
        story=stories.of,
        cluster_ids=names,
        credits=named.credits,
        links=named.links,
        pairs=pairs_table(pairs),
        passages=passages_table(pairs, verified.passages, documents),
        clusters=clusters,
        derivations=derivations,
        flows=flows,
        flows_weekly=flows_weekly,
        sources=sources,
        boilerplate=tables.BOILERPLATE.check(masked.blocks),
        rejects=tables.REJECTS.check(dump.rejects),
        account=meter.account(),
        signatures=sketches.signatures,
        layout=layout,
        config=config,
    )
