"""What articles mean, by a model that the config names; nothing without one."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.documents import I32, I64
from pipeline.stages.semantic import Meanings, find_same_meaning, meanings_of
from pipeline.stages.stems import Stems
from pipeline.steps.job import Asked, Job
from pipeline.steps.normalised import Read


@dataclass(frozen=True)
class Meant:
    """What the model gave: meanings, and pairs as (a << 32) | b."""

    meanings: Meanings
    pairs: I64


@dataclass(frozen=True)
class _Pairs:
    pairs: I64


def meant(
    read: Read, stems: Stems, weights: I32, near: I64, asked: Asked, job: Job
) -> Meant | None:
    """The stage "meaning".

    Args:
        stems, weights: of words, and idf of each stem.
        near: [n] the row that stands for each article's near copies.
    """
    model, config, documents, work = job.model, job.config, read.documents, job.work
    if model is None:
        return None
    with job.stage("meaning", len(documents)) as stage:
        gather = work.gather(job.step("meanings"), job.spread)
        texts, batch = read.articles.text, config.run.batch
        meanings = meanings_of(documents, texts, stems, weights, model, batch, gather)
        stage.cut(meanings.cut)
        if asked.given is not None:
            return Meant(meanings, np.empty(0, np.int64))
        order, options = documents.text_hash, config.semantic
        find = partial(find_same_meaning, meanings, near, order, options, job.spread)
        found = work.keep(job.step("same_meaning"), _Pairs, lambda: _Pairs(find()))
        return Meant(meanings, found.pairs)
