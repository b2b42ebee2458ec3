"""Versions of one page and retellings of one story keep to their regime: a story pools it."""

from dataclasses import replace

import numpy as np
import polars as pl

from pipeline.documents import I64
from pipeline.kernels.components import components
from pipeline.stages.fixed import fixed_sum
from pipeline.stages.text_clues import TextClues

_OWN = 2.0  # pairs of its story that a pair's own log-odds count as many as


def with_story_regimes(texts: TextClues, a: I64, b: I64) -> TextClues:
    """The texts' clues with `regime` as the mean over a story.

    Two versions that lie far apart look like retellings; those between them tell that they aren't.

    Args:
        texts: of pairs.
        a, b: [links] rows of the pairs that make stories.

    Example:
        >>> from pipeline.stages.text_clues import no_text_clues
        >>> with_story_regimes(no_text_clues(2), np.array([0]), np.array([1])).keys.size
        1
    """
    x, y = texts.keys[:-1] >> 32, texts.keys[:-1] & 0xFFFFFFFF
    story = components(len(texts.group), texts.group[a], texts.group[b])
    linked = np.isin(texts.keys[:-1], _keys(texts.group[a], texts.group[b]))
    known = texts.table[:-1].select(
        "regime", story=pl.Series(story[x]), linked=pl.Series(linked),
        inside=pl.Series(story[x] == story[y]),
    )  # fmt: skip
    counted = pl.when("linked").then(pl.col("regime").cast(pl.Float64())).otherwise(0.0)
    total, count = fixed_sum(counted).over("story"), pl.col("linked").sum().over("story")
    own = pl.col("regime").cast(pl.Float64())
    pooled = (total + _OWN * own) / (count + _OWN)
    regime = known.select(pl.when("inside").then(pooled).otherwise(own).cast(pl.Float32()))
    table = pl.concat([texts.table[:-1].with_columns(regime=regime.to_series()), texts.table[-1:]])
    return replace(texts, table=table)


def _keys(x: I64, y: I64) -> I64:
    return (np.minimum(x, y) << 32) | np.maximum(x, y)
