"""Dates that can't be relied on: an outlet's clock, an article that is out of line."""

import numpy as np
import polars as pl
import pytest
from conftest import articles, ran, sentences
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.concordance import concordance
from pipeline.stages.clocks import USUAL, unquestioned
from pipeline.stages.clues import clues_of
from pipeline.stages.reliability import clocks_of

OUTLETS = ("Harbor Ledger", "Northern Beacon", "Evening Post", "Coast & Capital")


def article(article_id, source, day, hour, parts, credit=None):
    text = " ".join(parts) + (f"\n\n— {credit}" if credit else "")
    return {
        "article_id": article_id, "source": source, "text": text,
        "published_at": f"2025-03-{day:02} {hour:02}:00",
    }  # fmt: skip


def evidence_of(result, a, b):
    row = result.pairs.filter(a_id=min(a, b), b_id=max(a, b)).row(0, named=True)
    return row, {item["signal"]: item for item in row["evidence"]}


def late_outlet(stories):
    """Slow Courier writes first; others take it the same day and say so, but it's dated after."""
    rows = []
    for at in range(stories):
        body = sentences(f"story {at}", 12)
        rows.append(article(f"slow{at}", "Slow Courier", 2 + at, 20, body))
        taker = OUTLETS[at % len(OUTLETS)]
        rows.append(article(f"taker{at}", taker, 2 + at, 9, body[:-1], credit="Slow Courier"))
    return rows


def test_an_outlet_whose_dates_its_takers_contradict_is_not_believed():
    """The last story is taken without a credit, and dated before as all the others are."""
    body = sentences("uncredited", 12)
    last = [
        article("slow", "Slow Courier", 25, 20, body),
        article("taker", "Evening Post", 25, 9, [*sentences("lead", 1), *body[1:]]),
    ]
    before, _ = evidence_of(ran(*last), "slow", "taker")
    after, signals = evidence_of(ran(*last, *late_outlet(14)), "slow", "taker")
    assert before["p_a_from_b"] > 0.9
    assert after["p_a_from_b"] < 0.8
    assert abs(signals["time"]["log_odds"]) < 2
    assert "doubted_date" in signals


def test_of_many_equally_near_versions_no_row_decides_which_are_looked_at():
    """Seventy versions are as near as each other; 64 of them are compared."""
    n = 71
    hours = np.random.default_rng(5).permutation(n - 1) + 1.0
    pairs = pl.DataFrame({"a": np.zeros(n - 1, np.int64), "b": np.arange(1, n), "hours": -hours})
    last = pl.DataFrame({"a": [1, 2, 3], "b": [2, 3, 4], "hours": [1.0, -2.0, 3.0]})
    pairs = pl.concat([pairs, last]).with_columns(
        kinship=pl.when(pl.col("hours") % 7 == 0).then(0.6).otherwise(0.5), texts=0.0, named=0.0,
        apart=True, source_a=0, source_b=0,
    )  # fmt: skip
    rows = np.append(0, 1 + np.random.default_rng(6).permutation(n - 1))
    moved = pairs.with_columns(a=pl.Series(rows[pairs["a"]]), b=pl.Series(rows[pairs["b"]]))
    names = pl.DataFrame(schema=dict.fromkeys(("article_id", "name", "kind"), pl.String()))
    links = pl.DataFrame(schema=dict.fromkeys(("article_id", "target_id"), pl.String()))
    told = articles(*({"article_id": f"n{at:02}"} for at in range(n)))
    clues = clues_of(told, names, links)
    doubts = clocks_of(pairs, clues).doubts
    assert doubts[0] != 0
    assert np.array_equal(clocks_of(moved, clues).doubts[rows], doubts)


def test_an_outlets_own_articles_keep_their_order():
    body = sentences("update", 14)
    own = [
        article("own1", "Slow Courier", 26, 8, body),
        article("own2", "Slow Courier", 26, 18, [*body, *sentences("added", 1)]),
    ]
    row, _ = evidence_of(ran(*own, *late_outlet(14)), "own1", "own2")
    assert row["p_b_from_a"] > 0.9


def test_credits_that_agree_with_dates_leave_them_alone():
    rows = late_outlet(14)
    for row in rows:
        if row["article_id"].startswith("slow"):
            row["published_at"] = row["published_at"].replace(" 20:", " 01:")
    body = sentences("uncredited", 12)
    rows += [
        article("slow", "Slow Courier", 25, 1, body),
        article("taker", "Evening Post", 25, 9, [*sentences("lead", 1), *body[1:]]),
    ]
    row, signals = evidence_of(ran(*rows), "slow", "taker")
    assert row["p_b_from_a"] > 0.9
    assert "doubted_date" not in signals


def chain(wrong=None):
    """Eight versions, each a sentence further from the first; one may have a wrong date."""
    body = sentences("chain", 24)
    for at in range(8):
        body = [*body[: 3 * at], *sentences(f"edit {at}", 1), *body[3 * at + 1 :]]
        hour = 20 if at == wrong else 2 * at + 1
        yield article(f"v{at}", OUTLETS[at % len(OUTLETS)], 9, hour, body)


def test_a_date_out_of_line_with_the_nearest_versions_weighs_less():
    right, _ = evidence_of(ran(*chain()), "v1", "v2")
    wrong, signals = evidence_of(ran(*chain(wrong=1)), "v1", "v2")
    assert right["p_b_from_a"] > wrong["p_a_from_b"]
    time = abs(signals["time"]["log_odds"])
    other = evidence_of(ran(*chain(wrong=1)), "v5", "v6")[1]
    assert time < abs(other["time"]["log_odds"])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9))
def test_concordance_equals_the_definition(items):
    offsets = np.array([0, len(items), len(items)])
    near, far = (np.array([item[at] for item in items], np.float64) for at in (0, 1))
    total = sum(
        np.sign(x[0] - y[0]) * np.sign(y[1] - x[1]) for i, x in enumerate(items) for y in items[:i]
    )
    pairs = len(items) * (len(items) - 1) / 2
    expected = total / pairs if pairs else 0.0
    assert concordance(offsets, near, far).tolist() == pytest.approx([expected, 0.0])


def test_two_usual_dates():
    clocks = unquestioned(2, 1)
    a, b, known = np.array([0]), np.array([1]), np.array([0])
    both = USUAL * USUAL
    odds = clocks.order_odds(a, b, known, known - 1)
    assert odds == pytest.approx(np.log((1 + both) / (1 - both)))
