"""Pairs of one story pool what tells a revision from a retelling."""

import numpy as np
import polars as pl
import pytest

from pipeline.stages.story_regimes import with_story_regimes
from pipeline.stages.text_clues import TextClues, no_text_clues


def clues(regimes, n, group=None):
    """Of pairs of rows, each with its log-odds of a revision."""
    empty = no_text_clues(n)
    keys = np.array([(a << 32) | b for a, b in regimes])
    blank = dict.fromkeys(empty.table.columns, 0)
    rows = pl.DataFrame(
        [blank | {"regime": odds} for odds in regimes.values()], schema=empty.table.schema
    )
    return TextClues(
        np.arange(n) if group is None else group,
        np.append(keys, empty.keys),
        pl.concat([rows, empty.table]),
    )


def regime(texts, a, b):
    return texts.of(np.array([a]), np.array([b]))["regime"][0]


def test_a_distant_pair_takes_the_regime_of_those_between():
    texts = clues({(0, 1): 2.0, (0, 2): -2.0, (1, 2): 2.0}, 3)
    pooled = with_story_regimes(texts, np.array([0, 1]), np.array([1, 2]))
    assert regime(pooled, 0, 2) == pytest.approx((4.0 - 4.0) / 4)
    assert regime(pooled, 0, 1) == pytest.approx((4.0 + 4.0) / 4)
    assert regime(pooled, 1, 0) == regime(pooled, 0, 1)


def test_pairs_across_stories_and_the_order_of_links_change_nothing():
    texts = clues({(0, 1): 2.0, (1, 2): -3.0, (2, 3): 1.0}, 4)
    pooled = with_story_regimes(texts, np.array([0, 2]), np.array([1, 3]))
    assert regime(pooled, 1, 2) == pytest.approx(-3.0)
    turned = with_story_regimes(texts, np.array([3, 1]), np.array([2, 0]))
    assert turned.table.equals(pooled.table)


def test_copies_count_by_the_text_that_stands_for_them():
    texts = clues({(0, 1): 2.0, (0, 3): -2.0, (1, 3): 2.0}, 4, group=np.array([0, 1, 1, 3]))
    pooled = with_story_regimes(texts, np.array([0, 2]), np.array([2, 3]))
    assert regime(pooled, 0, 3) == pytest.approx(0.0)
