"""What outlets are used to: a lean, never a verdict."""

import numpy as np
import pytest
from conftest import ran, sentences
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.habits import Habits

BODY = sentences("alike", 14)


def article(article_id, source, parts, credit=None):
    text = " ".join(parts) + (f"\n\n— {credit}" if credit else "")
    return {"article_id": article_id, "source": source, "text": text, "published_at": None}


def credited(stories):
    """Harbor Ledger is named by others again and again."""
    for at in range(stories):
        body = sentences(f"story {at}", 12)
        yield article(f"source{at}", "Harbor Ledger", body)
        yield article(f"taker{at}", "Evening Post", body[:-1], credit="Harbor Ledger")


def told(result):
    row = result.pairs.filter(a_id="first", b_id="second").row(0, named=True)
    return row, {item["signal"]: item for item in row["evidence"]}


def pair(second):
    return [
        article("first", "Harbor Ledger", BODY),
        article("second", "Evening Post", second),
    ]


SWAPPED = [*BODY[:6], *sentences("other", 1), *BODY[7:]]


def test_an_outlet_that_others_name_is_the_likelier_source():
    row, evidence = told(ran(*pair(SWAPPED), *credited(9)))
    assert row["p_b_from_a"] > row["p_a_from_b"]
    assert evidence["habit"]["log_odds"] < 0
    assert "Harbor Ledger" in evidence["habit"]["detail"]
    assert "9 times" in evidence["habit"]["detail"]


def test_habits_can_be_left_out():
    row, evidence = told(ran(*pair(SWAPPED), *credited(9), sets=["derivation.habits=false"]))
    assert "habit" not in evidence
    alone, _ = told(ran(*pair(SWAPPED)))
    assert row["p_b_from_a"] == pytest.approx(alone["p_b_from_a"])


def test_an_agency_is_rarely_the_taker():
    rows = pair(SWAPPED)
    rows[1]["source"] = "Associated Press"
    row, evidence = told(ran(*rows))
    assert row["p_a_from_b"] > row["p_b_from_a"]
    # What is thought of agencies beforehand isn't counted as named.
    assert evidence["habit"]["detail"].startswith("Associated Press, an agency, is named")
    assert "source 0 times" in evidence["habit"]["detail"]


NUMBER = st.integers(-1, 3)
COUNTS = st.lists(st.integers(0, 50), min_size=4, max_size=4)
ODDS = st.floats(-6, 6)


@given(COUNTS, COUNTS, NUMBER, NUMBER, ODDS)
def test_a_habit_never_overrules_the_rest_and_turns_with_the_sides(given_, taken, a, b, rest):
    agencies = np.array([False, True, False, False])
    habits = Habits(np.array(given_, np.float64), np.array(taken, np.float64), agencies)
    x, y = np.array([a]), np.array([b])
    odds = habits.odds(x, y, np.array([rest]))[0]
    assert rest * (rest + odds) >= 0
    assert abs(odds) <= 1
    assert habits.odds(y, x, np.array([-rest]))[0] == pytest.approx(-odds)
    if a == b or a < 0 or b < 0:
        assert odds == 0
