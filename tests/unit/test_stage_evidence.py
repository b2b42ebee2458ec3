"""Lists of signals: each row's own, in their order."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.evidence import Signal, appended, collected, turned
from pipeline.tables import EVIDENCE

_WEIGHTS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=12)
_ITEM = st.tuples(st.sampled_from(["time", "part"]), st.sampled_from("xyz"), st.integers(-3, 3))
_LISTS = st.lists(st.tuples(st.lists(_ITEM, max_size=3), st.lists(_ITEM, max_size=3)), min_size=1)


def column(lists):
    items = [
        [{"signal": name, "detail": text, "log_odds": float(weight)} for name, text, weight in row]
        for row in lists
    ]
    return pl.Series("evidence", items, dtype=EVIDENCE)


@given(_WEIGHTS)
def test_a_row_has_the_signals_that_hold(weights):
    rows = pl.DataFrame(weights, schema={"one": pl.Float64(), "two": pl.Float64()}, orient="row")
    found = collected(
        rows,
        Signal("first", pl.format("{} here", pl.col("one")), "one", pl.col("one") > 0),
        Signal("second", pl.lit("there"), 1.23456, pl.col("two") != 0),
    )
    assert found.dtype == EVIDENCE
    assert found.to_list() == [
        [{"signal": "first", "detail": f"{float(one)} here", "log_odds": one}] * (one > 0)
        + [{"signal": "second", "detail": "there", "log_odds": 1.235}] * (two != 0)
        for one, two in weights
    ]


@given(_LISTS)
def test_items_of_one_column_follow_those_of_the_other(lists):
    left, right = (column([row[side] for row in lists]) for side in (0, 1))
    assert appended(left, right).to_list() == column([a + b for a, b in lists]).to_list()


@given(_LISTS, st.randoms(use_true_random=False))
def test_turned_around_twice_is_as_before(lists, chance):
    evidence = column([row for row, _ in lists])
    around = np.array([chance.random() < 0.5 for _ in lists])
    once = turned(evidence, around, ["part"])
    assert turned(once, around, ["part"]).equals(evidence)
    for before, after, other_side in zip(evidence, once, around, strict=True):
        for item, other in zip(before, after, strict=True):
            flips = other_side and item["signal"] != "part"
            assert other["log_odds"] == item["log_odds"] * (-1 if flips else 1)
