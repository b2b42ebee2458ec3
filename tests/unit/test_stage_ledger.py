"""Outlet tables tie with the derivations they sum up."""

from datetime import date, timedelta

import polars as pl
import pytest
from conftest import articles, corpus, ran

from pipeline.stages import ledger
from pipeline.tables import DERIVATIONS

ARTICLES = articles(
    {"article_id": "a", "source": "Ledger", "published_at": "2025-03-03 06:00"},
    {"article_id": "b", "source": "Beacon", "published_at": "2025-03-03 08:00"},
    {"article_id": "c", "source": "Beacon", "published_at": "2025-03-09 23:59:59"},
    {"article_id": "d", "source": "Beacon", "published_at": "2025-03-10 00:00"},
    {"article_id": "e", "source": "Ledger", "published_at": "2025-03-04 06:00"},
    {"article_id": "f", "source": None, "published_at": "2025-03-05 06:00"},
    {"article_id": "g", "source": "Post"},
).with_columns(house="source")


def derivation(derived_id, decision, source_id=None, unseen=None, rank=1, **more):
    return {
        "derived_id": derived_id, "rank": rank, "source_id": source_id, "unseen_source": unseen,
        "decision": decision, "probability": 0.9, "relation": None, "lag": None, "credited": None,
        "evidence": [],
    } | more  # fmt: skip


def table(*rows):
    return pl.DataFrame(list(rows), schema=DERIVATIONS.schema, orient="row")


ROWS = table(
    derivation("a", "original"),
    derivation("b", "derived", "a", lag=timedelta(hours=2), credited=True),
    derivation("c", "derived", "a", lag=timedelta(hours=10), credited=False, probability=0.8),
    derivation("c", "derived", "g", rank=2, credited=False, probability=0.95),
    derivation("d", "common_source", unseen="Associated Press", credited=True),
    derivation("e", "derived", "a", lag=timedelta(days=1)),
    derivation("f", "derived", "a", credited=False),
    derivation("g", "derived", "b", credited=True, probability=0.85),
)
TOKENS = pl.DataFrame(
    {"derived_id": ["b", "c", "a"], "source_id": ["a", "a", "b"], "tokens": [100, 50, 100]}
)


def test_flows():
    flows = ledger.flows(ROWS, ARTICLES, TOKENS)
    rows = {(row["from_source"], row["to_source"]): row for row in flows.iter_rows(named=True)}
    # Not: Ledger from itself (e), nor what went to no outlet (f).
    assert set(rows) == {
        ("Associated Press", "Beacon"), ("Beacon", "Post"),
        ("Ledger", "Beacon"), ("Post", "Beacon"),
    }  # fmt: skip
    main = rows["Ledger", "Beacon"]
    assert main["expected"] == pytest.approx(1.7)
    names = ("articles", "tokens", "median_lag", "credited", "uncredited")
    assert [main[name] for name in names] == [2, 150, timedelta(hours=6), 1, 1]
    assert rows["Beacon", "Post"]["median_lag"] is None


def test_weeks_begin_on_monday():
    weekly = ledger.flows_weekly(ROWS, ARTICLES)
    weeks = weekly.select("week", "from_source", "articles").rows()
    assert weeks == [
        (date(2025, 3, 3), "Ledger", 2), (date(2025, 3, 3), "Post", 1),
        (date(2025, 3, 10), "Associated Press", 1),
    ]  # fmt: skip


def test_accounts():
    sources = ledger.sources(ROWS, ARTICLES)
    columns = (
        "source",
        "articles",
        "original",
        "derived",
        "common_source",
        "undecided",
        "reused_by_others",
        "uncredited",
    )
    assert sources.select(columns).rows() == [
        ("Beacon", 3, 0, 2, 1, 0, 1, 1),
        ("Ledger", 2, 1, 1, 0, 0, 2, 0),
        ("Post", 1, 0, 1, 0, 0, 1, 0),
    ]
    assert sources["expected"].to_list() == pytest.approx([2.6, 0.9, 0.85])


def test_what_stays_in_a_house_is_no_flow():
    """The columnist of "b" and "c" writes in the Ledger."""
    house = pl.when(source="Beacon").then(pl.lit("Ledger")).otherwise("source")
    flows = ledger.flows(ROWS, ARTICLES.with_columns(house=house), TOKENS)
    assert flows.select("from_source", "to_source").rows() == [
        ("Associated Press", "Beacon"), ("Beacon", "Post"), ("Post", "Beacon"),
    ]  # fmt: skip


def test_articles_outside_stories_are_originals():
    sources = ledger.sources(DERIVATIONS.empty(), ARTICLES)
    assert sources["original"].to_list() == sources["articles"].to_list() == [3, 2, 1]
    assert ledger.flows(DERIVATIONS.empty(), ARTICLES, TOKENS).is_empty()
    assert ledger.flows_weekly(DERIVATIONS.empty(), ARTICLES).is_empty()


def test_the_tables_of_a_run_tie():
    result = ran(*corpus(), sets=["derivation.decision_confidence=0.5"])
    outlet = dict(result.articles.select("article_id", "source").rows())
    taken = result.derivations.filter(pl.col("decision").is_in(["derived", "common_source"]))
    moves = [
        (outlet[row["source_id"]] if row["source_id"] else row["unseen_source"], row)
        for row in taken.iter_rows(named=True)
    ]
    moves = [(origin, row) for origin, row in moves if origin and outlet[row["derived_id"]]]
    moves = [row for origin, row in moves if origin != outlet[row["derived_id"]]]
    assert len(moves) > 10
    flows = result.flows
    assert flows["articles"].sum() == len(moves)
    assert flows["expected"].sum() == pytest.approx(sum(row["probability"] for row in moves))
    assert flows["credited"].sum() == sum(row["credited"] is True for row in moves)
    assert flows["uncredited"].sum() == sum(row["credited"] is False for row in moves)
    dated = set(result.articles.drop_nulls("published_at")["article_id"])
    weekly = result.flows_weekly
    assert weekly["articles"].sum() == sum(row["derived_id"] in dated for row in moves)
    sources = result.sources
    assert sources["articles"].sum() == result.articles["source"].count()
    decided = sources.select("original", "derived", "common_source", "undecided").sum_horizontal()
    assert decided.to_list() == sources["articles"].to_list()
