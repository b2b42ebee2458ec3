"""Retellings: pairs that share a text and hardly a shingle, and where they say the same."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from pipeline.documents import F64, I64
from pipeline.stages.candidates import RETELLINGS, Candidates
from pipeline.stages.exact import publication_order
from pipeline.stages.idf import UNIT, stem_weights
from pipeline.stages.likeness import known_runs, likeness_of
from pipeline.stages.odds import odds_of
from pipeline.stages.overlap import feature_sets_of, overlap
from pipeline.stages.pairing import near_groups, together, with_finder, with_passages
from pipeline.stages.retellings import find_retellings, times_of
from pipeline.stages.retold import GIVEN, NEWS, retold
from pipeline.stages.sentence_links import link_sentences
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.verify import Verified, verify
from pipeline.steps.compared import Found
from pipeline.steps.job import Asked, Job
from pipeline.steps.normalised import Read

# Share of the rarer stem pairs, by weight, below which no retelling was seen.
_FUNNEL = 0.05
# Probability from which a pair is aligned, and kept for review.
_REVIEW = 0.2


@dataclass(frozen=True)
class _Similar:
    """What finder 3 gave: pairs as (a << 32) | b, and what caps left out."""

    pairs: I64
    cut: dict[str, int]


def with_retellings(read: Read, found: Found, asked: Asked, job: Job) -> Found:
    """stems, retellings, likeness, passages."""
    config, work, spread = job.config, job.work, job.spread
    articles, documents, verified = read.articles, read.documents, found.verified
    n = len(articles)
    near = near_groups(verified.pairs, found.group, config.relate.near_copy)
    with job.stage("stems", n):
        stem = partial(
            stems_of,
            documents, articles.text, read.languages, config.run.batch, spread, work.room,
        )  # fmt: skip
        stems = work.keep("stems", Stems, stem)
        weights = stem_weights(stems, documents, near, spread)
    similar = np.empty(0, np.int64)
    if asked.given is None:
        with job.stage("retellings", len(np.unique(near))) as stage:

            def find() -> _Similar:
                times = times_of(articles) if config.retellings.window_days else None
                return _Similar(
                    *find_retellings(
                        documents, stems, near, config.retellings, times, spread, work.room,
                        partial(work.gather, spread=spread), config.run.memory_limit,
                    )
                )  # fmt: skip

            similar_found = work.keep("retellings", _Similar, find)
            similar = similar_found.pairs
            stage.cut(similar_found.cut)
    verified = replace(verified, pairs=with_finder(verified.pairs, similar, RETELLINGS))
    with job.stage("likeness", len(similar), "pairs") as stage:
        known = known_runs(documents, stems, weights, near, spread)
        a, b = _unseen(verified.pairs, similar)
        a, b = _funnelled(a, b, documents, stems, weights, spread, config.run.batch)
        likeness = likeness_of(documents, stems, known, a, b, spread)
        stage.cut(likeness.cut)
        new = odds_of(likeness.features)
        kept = (new["retold"] >= _REVIEW).to_numpy()
        fresh = _verified(a[kept], b[kept], read, asked, job)
        old = _to_weigh(verified.pairs, config.relate.near_copy, asked)
        rows = verified.pairs.filter(pl.Series(old))
        likeness = likeness_of(
            documents, stems, known, rows["a"].to_numpy(), rows["b"].to_numpy(), spread
        )
        weighed = Verified(
            _joined(verified.pairs, old, odds_of(likeness.features)), verified.passages, verified.cut
        )
        fresh = Verified(
            _joined(fresh.pairs, np.ones(len(fresh.pairs), bool), new.filter(pl.Series(kept))),
            fresh.passages, fresh.cut,
        )  # fmt: skip
        verified = together(weighed, fresh)
    chosen = verified.pairs.filter(
        (pl.col("retold") >= _REVIEW) | pl.lit(asked.given is not None)
    ).filter(~pl.col("identical"))
    with job.stage("passages", len(chosen), "pairs") as stage:
        at, a, b = (chosen[name].to_numpy() for name in ("pair", "a", "b"))
        idf: F64 = weights / UNIT
        rules = NEWS if asked.given is None else GIVEN
        boxes = retold(a, b, documents, articles.text, stems, idf, rules, spread=spread)
        lines = link_sentences(a, b, documents, stems, idf, spread=spread)
        stage.cut(boxes.cut | lines.cut)
        numbers = pl.Series(at)
        passages, links = (
            frame.with_columns(pair=numbers.gather(frame["pair"]))
            for frame in (boxes.passages, lines.links)
        )
        verified = with_passages(verified, passages, links)
    return replace(found, verified=verified, links=links)
