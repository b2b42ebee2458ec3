"""Articles beside each other: which pairs to look at, and what they share."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from pipeline.documents import I64, U32
from pipeline.stages.candidates import Candidates, find_candidates, given_candidates
from pipeline.stages.exact import identical_groups, publication_order
from pipeline.stages.recall import measures_recall
from pipeline.stages.signatures import Layout, choose_layout, sketches_of
from pipeline.stages.verify import Verified, verify
from pipeline.steps.job import Asked, Job
from pipeline.steps.normalised import Read

NO_LINKS = pl.DataFrame(
    schema=dict.fromkeys(("pair", "a_first", "a_last", "b_first", "b_last"), pl.Int64())
    | {"similarity": pl.Float64()}
)


@dataclass(frozen=True)
class Found:
    """What comparing articles gave.

    Attributes:
        group: [n] each article's representative.
        compared: the candidates as (a << 32) | b, if recall is to be measured.
        links: sentences that say the same: pair, a_first, a_last, b_first, b_last (tokens),
            similarity.
    """

    verified: Verified
    signatures: U32
    layout: Layout
    group: I64
    compared: I64 | None
    links: pl.DataFrame


def compared(read: Read, asked: Asked, job: Job) -> Found:
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
        find = partial(
            find_candidates,
            documents, sketches, representatives, layout, asked.judged, config, spread, work.room,
            partial(work.gather, spread=spread),
        )  # fmt: skip
        if asked.given is not None:
            find = partial(given_candidates, asked.given, asked.judged)
            group = np.arange(n)
        found = work.keep("candidates", Candidates, find)
        stage.cut(found.cut)
    with job.stage("verify", len(found.a), "pairs") as stage:
        age = publication_order(articles.published_at)
        compare = partial(
            verify,
            found, group, age, asked.judged, documents, config, spread,
            work.gather("compared", spread),
        )  # fmt: skip
        verified = work.keep("verify", Verified, compare)
        stage.cut(verified.cut)
    keys = (found.a << 32) | found.b if measures_recall(config.run, n) else None
    return Found(verified, sketches.signatures, layout, group, keys, NO_LINKS)
