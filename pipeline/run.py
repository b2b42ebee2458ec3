"""The whole job: articles in, tables out. Read this first.

read, normalise, exact, signatures, candidates, verify, relate, clusters, derivation, ledger.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl
from datasketch import MinHashLSH

from pipeline import tables
from pipeline.config import Config, load_config
from pipeline.documents import U32
from pipeline.engines.local import in_order
from pipeline.engines.meter import Meter
from pipeline.io.judgements import NO_JUDGEMENTS, rows_of
from pipeline.io.read import Dump
from pipeline.stages import ledger
from pipeline.stages.boilerplate import mask_boilerplate
from pipeline.stages.candidates import find_candidates
from pipeline.stages.claims import facts_of
from pipeline.stages.clues import clues_of
from pipeline.stages.clusters import cluster_ids, find_stories, held_pairs
from pipeline.stages.credits import find_credits, find_links
from pipeline.stages.derivation import unseen_sources
from pipeline.stages.direction import direct
from pipeline.stages.exact import identical_groups, publication_order
from pipeline.stages.language import detect_language
from pipeline.stages.normalise import (
    documents_of,
    hashes_of,
    masked_spans,
    shingles_of,
    without_tokens,
)
from pipeline.stages.outlets import canonical_sources
from pipeline.stages.published import (
    articles_table,
    clusters_table,
    pairs_table,
    passage_tokens,
    passages_table,
)
from pipeline.stages.relate import relate, with_ids
from pipeline.stages.signatures import Layout, choose_layout, signatures_of, to_datasketch
from pipeline.stages.verify import verify
from pipeline.stages.who_from_whom import derivations_of


@dataclass(frozen=True)
class Result:
    """The tables of a run, as `pipeline.tables` declares them, and its account.

    Attributes:
        account: what `run.json` holds of the stages: counts, seconds, peak memory, caps, layout.
        state: frames that `explain` needs: masks, credits, links.
        signatures: [articles, permutations] uint32, in the order of `articles`.
    """

    articles: pl.DataFrame
    texts: pl.DataFrame
    pairs: pl.DataFrame
    passages: pl.DataFrame
    sentence_links: pl.DataFrame
    clusters: pl.DataFrame
    derivations: pl.DataFrame
    flows: pl.DataFrame
    flows_weekly: pl.DataFrame
    sources: pl.DataFrame
    boilerplate: pl.DataFrame
    rejects: pl.DataFrame
    account: list[dict[str, object]]
    state: dict[str, pl.DataFrame]
    signatures: U32 = field(repr=False)
    layout: Layout
    config: Config = field(repr=False)

    def to_datasketch(self) -> MinHashLSH:
        """The signatures of all articles as a `datasketch.MinHashLSH`, with the run's layout."""
        ids = self.articles["article_id"].to_list()
        return to_datasketch(ids, self.signatures, self.layout, self.config.near)


def run(
    dump: Dump,
    config: Config | None = None,
    judgements: pl.DataFrame = NO_JUDGEMENTS,
    meter: Meter | None = None,
) -> Result:
    """Find who derives from whom in a dump of articles.

    Args:
        dump: what `read_articles` gave.
        config: what `load_config` gave; the defaults if None.
        judgements: an editor's a_id, b_id, verdict (bool): pins or forbids links.
        meter: told of each stage's progress.

    Raises:
        ConfigError: the config contradicts itself or the registry.
        InputError: a judgement names an article that isn't in the dump.
    """
    config = config or load_config()
    meter = meter or Meter()
    batch = config.run.batch
    spread = partial(in_order, threads=config.run.threads)

    with meter.stage("normalise", len(dump.articles), "articles") as stage:
        documents = documents_of(dump.articles["text"], batch, stage.counting(spread))
        articles = canonical_sources(dump.articles, config.outlets)
        articles = articles.with_columns(
            text_hash=pl.Series(hashes_of(documents), dtype=pl.UInt64())
        )
        articles, documents, empty = without_tokens(articles, documents)
    with meter.stage("credits", len(articles), "articles"):
        credits = find_credits(articles, config.outlets)
        links = find_links(articles)
        articles = articles.with_columns(language=detect_language(articles, config.normalise))
    with meter.stage("boilerplate", len(articles), "articles"):
        documents, boilerplate = mask_boilerplate(documents, articles, config.boilerplate, spread)
    with meter.stage("exact", len(articles), "articles"):
        group = identical_groups(articles).to_numpy()
        representatives = np.flatnonzero(group == np.arange(len(group)))
    with meter.stage("signatures", len(articles), "articles") as stage:
        shingles = shingles_of(documents, config.normalise, batch, stage.counting(spread))
        signatures = signatures_of(shingles, config.near, batch, spread)
        layout = choose_layout(signatures[representatives], config.near)
    with meter.stage("candidates", len(representatives), "articles") as stage:
        judged = rows_of(judgements, articles["article_id"])
        found = find_candidates(
            shingles, signatures, representatives, layout, judged, config, spread
        )
        stage.cut(found.cut)
    with meter.stage("verify", len(found.a), "pairs") as stage:
        verified = verify(
            found, group, publication_order(articles), judged, documents, shingles, config, spread
        )
        stage.cut(verified.cut)
    with meter.stage("relate", len(verified.pairs), "pairs"):
        pairs = with_ids(relate(verified.pairs, config.relate), articles)
        clues = clues_of(articles, credits, links)
        pairs = direct(pairs, clues)
    with meter.stage("clusters", len(pairs), "pairs"):
        stories = find_stories(pairs, verified.passages, documents)
        articles = articles.with_columns(cluster_id=cluster_ids(articles, stories))
        held = held_pairs(pairs, stories, articles)
    with meter.stage("derivation", articles["cluster_id"].count(), "articles"):
        facts = facts_of(articles, clues, config.outlets)
        derivations = derivations_of(pairs, held, verified.passages, facts, config.derivation)
    with meter.stage("ledger", len(derivations), "derivations"):
        tokens = passage_tokens(pairs, verified.passages)
        flows = ledger.flows(derivations, articles, tokens)
        flows_weekly = ledger.flows_weekly(derivations, articles)
        sources = ledger.sources(derivations, articles)

    published = articles_table(articles, documents, credits)
    return Result(
        articles=published,
        texts=tables.TEXTS.check(articles),
        pairs=pairs_table(pairs),
        passages=passages_table(pairs, verified.passages, documents),
        sentence_links=tables.SENTENCE_LINKS.empty(),
        clusters=clusters_table(published, held, derivations, unseen_sources(facts)),
        derivations=derivations,
        flows=flows,
        flows_weekly=flows_weekly,
        sources=sources,
        boilerplate=tables.BOILERPLATE.check(boilerplate),
        rejects=tables.REJECTS.check(pl.concat([dump.rejects, empty])),
        account=meter.account(),
        state={
            "masks": masked_spans(articles["article_id"], documents),
            "credits": credits,
            "links": links,
        },
        signatures=signatures,
        layout=layout,
        config=config,
    )
