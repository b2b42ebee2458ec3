"""Retellings: pairs that share a text and hardly a shingle, and where they say the same."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from pipeline.documents import I32, I64, Flags
from pipeline.stages.candidates import RETELLINGS, SEMANTIC, merged, pair_keys
from pipeline.stages.exact import publication_order
from pipeline.stages.idf import stem_weights
from pipeline.stages.likeness import cut_of, known_runs, likeness_of
from pipeline.stages.odds import odds_of, with_meaning
from pipeline.stages.overlap import feature_sets_of, overlap
from pipeline.stages.pairing import (
    across,
    near_groups,
    together,
    with_equal,
    with_finder,
    with_passages,
)
from pipeline.stages.relate import REVIEW
from pipeline.stages.retellings import find_retellings, times_of
from pipeline.stages.retold import GIVEN, NEWS, retold
from pipeline.stages.semantic import cosines
from pipeline.stages.sentence_links import link_sentences
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.verify import Verified, verify
from pipeline.steps.compared import Found
from pipeline.steps.job import Asked, Job
from pipeline.steps.meant import Meant, meant
from pipeline.steps.normalised import Read

# Share of the rarer stem pairs, by weight, below which no retelling was seen.
_FUNNEL = 0.08
# Near copies of one retelling that are compared with as many of the other.
_ACROSS = 5


@dataclass(frozen=True)
class _Similar:
    """What finder 3 gave: pairs as (a << 32) | b, and what caps left out."""

    pairs: I64
    cut: dict[str, int]


def with_retellings(read: Read, found: Found, asked: Asked, job: Job) -> Found:
    """stems, retellings, meaning, likeness, passages."""
    words = _words(read, found, job)
    sought = asked.given is None and job.config.retellings.enabled
    similar = _similar(read, words, job) if sought else np.empty(0, np.int64)
    meaning = meant(read, words.stems, words.weights, words.near, asked, job)
    verified = _likened(read, found, similar, meaning, words, asked, job)
    return _with_passages(read, replace(found, verified=verified), words, asked, job)


@dataclass(frozen=True)
class _Words:
    """What all of this works on.

    Attributes:
        weights: [s] idf of each stem, in fixed point.
        near: [n] the row that stands for each article's near copies.
    """

    stems: Stems
    weights: I32
    near: I64


def _words(read: Read, found: Found, job: Job) -> _Words:
    documents, config, spread = read.documents, job.config, job.spread
    with job.stage("stems", len(documents)):
        stem = partial(
            stems_of,
            documents, read.articles.text, read.languages, config.run.batch, spread, job.work.room,
        )  # fmt: skip
        stems = job.work.keep("stems", Stems, stem)
        near = near_groups(found.verified.pairs, found.group, config.relate.near_copy)
        return _Words(stems, stem_weights(stems, documents, near, spread), near)


def _similar(read: Read, words: _Words, job: Job) -> I64:
    """Finder 3's pairs."""
    options, work = job.config.retellings, job.work
    with job.stage("retellings", len(read.documents)) as stage:

        def find() -> _Similar:
            times = times_of(read.articles) if options.window_days else None
            return _Similar(
                *find_retellings(
                    read.documents, words.stems, words.near, options, times, job.spread, work.room,
                    partial(work.gather, spread=job.spread), job.config.run.memory_limit,
                )
            )  # fmt: skip

        found = work.keep("retellings", _Similar, find)
        stage.cut(found.cut)
        return found.pairs


def _likened(
    read: Read,
    found: Found,
    similar: I64,
    meaning: Meant | None,
    words: _Words,
    asked: Asked,
    job: Job,
) -> Verified:
    """The pairs with what the model says of them, and those that it, or meaning, alone wants."""
    alike = meaning.pairs if meaning else np.empty(0, np.int64)
    old = with_finder(with_finder(found.verified.pairs, similar, RETELLINGS), alike, SEMANTIC)
    keys = pair_keys(old)
    fresh, meant_alone = (np.setdiff1d(it, keys) for it in (similar, alike))
    with job.stage("likeness", len(fresh), "pairs") as stage:
        documents, stems = read.documents, words.stems
        known = known_runs(documents, stems, words.weights, words.near, job.spread)
        partly = list[I64]()

        def odds(pairs: I64) -> pl.DataFrame:
            a, b = pairs >> 32, pairs & 0xFFFFFFFF
            likeness = likeness_of(documents, stems, known, a, b, job.spread)
            partly.append(likeness.partly)
            told = odds_of(likeness.features)
            if meaning:
                cosine = cosines(meaning.meanings, a, b, job.spread)
                told = with_meaning(told, cosine, job.config.semantic)
            return told.with_columns(a=pl.Series(a), b=pl.Series(b))

        likely = _likely(odds(_funnelled(fresh, read, words, job)))
        groups = pair_keys(likely)
        spelled = across(groups, words.near, found.group, documents.text_hash, _ACROSS)
        more = np.setdiff1d(spelled, np.concatenate([keys, groups]))
        likely = pl.concat([likely, _likely(odds(more))])
        retold_keys = pair_keys(likely)
        # To share no stems is what these are sought for: whatever the model says, they are kept.
        likely = pl.concat([likely, odds(np.setdiff1d(meant_alone, retold_keys))])
        added = _verified(likely, retold_keys, alike, read, asked, job)
        weighed = odds(keys[_open(old, job.config.relate.near_copy)])
        stage.cut(cut_of(np.concatenate(partly)))
    return together(
        replace(found.verified, pairs=_joined(old, weighed)),
        replace(added, pairs=_joined(added.pairs, likely)),
    )


def _likely(odds: pl.DataFrame) -> pl.DataFrame:
    return odds.filter(pl.col("retold") >= REVIEW)


def _open(pairs: pl.DataFrame, near_copy: float) -> Flags:
    """Is there a question? Of near copies there is none."""
    return (~pairs["identical"] & (pairs["jaccard"] < near_copy)).to_numpy()


def _joined(pairs: pl.DataFrame, odds: pl.DataFrame) -> pl.DataFrame:
    return pairs.join(odds, on=["a", "b"], how="left", maintain_order="left")


def _verified(
    likely: pl.DataFrame, retold_keys: I64, alike: I64, read: Read, asked: Asked, job: Job
) -> Verified:
    """Pairs of the model's as the other finders' are compared, none left out or added."""
    keys = np.sort(pair_keys(likely))
    finders = ((RETELLINGS, retold_keys), (SEMANTIC, alike))
    found = merged([(np.intersect1d(keys, known), bit) for bit, known in finders], {})
    gather = job.work.gather(job.step("retold_shingles"), job.spread)
    return verify(
        found, np.arange(len(read.documents)), publication_order(read.articles.published_at),
        asked.judged, read.documents, job.config, job.spread, gather,
    )  # fmt: skip


def _funnelled(pairs: I64, read: Read, words: _Words, job: Job) -> I64:
    """Of pairs as (a << 32) | b, those that share enough stem pairs to be looked at closely."""
    a, b = pairs >> 32, pairs & 0xFFFFFFFF
    rows = np.unique(np.concatenate([a, b]))
    gather = job.work.gather(job.step("stem_sets"), job.spread)
    sets = feature_sets_of(read.documents, words.stems, rows, job.config.run.batch, gather)
    return pairs[overlap(sets, words.weights, a, b, job.spread).containment() >= _FUNNEL]


def _with_passages(read: Read, found: Found, words: _Words, asked: Asked, job: Job) -> Found:
    """The pairs with passages in other words, and sentence links."""
    documents, pairs = read.documents, found.verified.pairs
    given = asked.given is not None
    chosen = pairs.filter(((pl.col("retold") >= REVIEW) | given) & ~pl.col("identical"))
    with job.stage("passages", len(chosen), "pairs") as stage:
        a, b = (chosen[side].to_numpy() for side in ("a", "b"))
        shared = (documents, words.stems, words.weights)
        boxes = retold(
            a, b, documents, read.articles.text, *shared[1:], GIVEN if given else NEWS,
            spread=job.spread,
        )  # fmt: skip
        lines = link_sentences(a, b, *shared, spread=job.spread)
        stage.cut(boxes.cut | lines.cut)
        passages, links = (
            frame.with_columns(pair=chosen["pair"].gather(frame["pair"]))
            for frame in (with_equal(boxes.passages, documents), lines.links)
        )
        instead = chosen["pair"] if given else chosen["pair"].clear()
        verified = with_passages(found.verified, passages, links, instead)
        return replace(found, verified=verified, links=links)
