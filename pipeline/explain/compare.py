"""Two texts compared as a run compares them, whether or not a finder proposed them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from pipeline.config import Config
from pipeline.documents import Documents
from pipeline.kernels.tokens import MASKED_FLAG
from pipeline.stages.candidates import Candidates
from pipeline.stages.clues import clues_of
from pipeline.stages.differences import differences
from pipeline.stages.direction import direct
from pipeline.stages.exact import identical_groups
from pipeline.stages.normalise import documents_of
from pipeline.stages.prose import with_prose
from pipeline.stages.published import pairs_table, passages_table
from pipeline.stages.relate import relate, with_ids
from pipeline.stages.signatures import Sketches, sketches_of
from pipeline.stages.strings import strings_of
from pipeline.stages.text_clues import text_clues
from pipeline.stages.verify import verify

_YES, _UNJUDGED = pl.lit(value=True), pl.lit(None, dtype=pl.Boolean())


@dataclass(frozen=True)
class Comparison:
    """What two articles have in common, a the one with the smaller id.

    Attributes:
        row: as in `pairs`, and with `shared`, `verbatim`, `quoted`, `prose`, `coverage`; the
            relation is the one they would have.
        passages: as in `passages`.
        sketches: of the two.
    """

    row: dict[str, Any]
    passages: pl.DataFrame
    sketches: Sketches


def compare(
    articles: pl.DataFrame, state: Mapping[str, pl.DataFrame], config: Config
) -> Comparison:
    """Compare two articles exactly, by the stages of a run.

    Args:
        articles: two rows of `articles` with their `text`, sorted by article_id.
        state: `credits` and `links` as the run kept them, and `masks`: article_id, start, end, the
            code points that are boilerplate.
        config: the run's.
    """
    documents = _masked(documents_of(articles["text"]), articles["article_id"], state["masks"])
    group = identical_groups(documents.text_hash)
    one = Candidates(np.array([0]), np.array([1]), np.zeros(1, np.uint8), {})
    # An editor's yes makes the stage keep a pair that it would drop as too thin to look at.
    kept = pl.DataFrame({"a": [0], "b": [1]}).with_columns(judged=_YES)
    verified = verify(one, group, np.arange(2), kept, documents, config)
    options = config.relate.model_copy(update={"review_tokens": 0})
    pairs = with_prose(verified.pairs.with_columns(judged=_UNJUDGED), articles)
    pairs = relate(pairs, options)
    agencies = [agency.name for agency in config.outlets.agencies]
    clues = clues_of(articles, state["credits"], state["links"], agencies)
    pairs = with_ids(pairs, articles)
    found = differences(pairs, verified.passages, documents, strings_of(articles["text"]))
    texts = text_clues(pairs, found, group, config.derivation.regime)
    pairs = direct(pairs, replace(clues, texts=texts))
    row = pairs_table(pairs).row(0, named=True)
    extra = pairs.select("shared", "verbatim", "quoted", "prose", "coverage").row(0, named=True)
    passages = passages_table(pairs, verified.passages, documents)
    return Comparison(row | extra, passages, sketches_of(documents, config))


def _masked(documents: Documents, ids: pl.Series, masks: pl.DataFrame) -> Documents:
    flags = documents.flags.copy()
    for row, article_id in enumerate(ids):
        own = slice(int(documents.offsets[row]), int(documents.offsets[row + 1]))
        spans = masks.filter(pl.col("article_id") == article_id)
        first, last = (
            np.searchsorted(documents.starts[own], spans[edge].to_numpy()) + own.start
            for edge in ("start", "end")
        )
        for start, stop in zip(first, last, strict=True):
            flags[start:stop] |= MASKED_FLAG
    return replace(documents, flags=flags)
