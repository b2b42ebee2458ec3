"""Copy trees: chains, stars, unseen agencies, and no answer where there's none."""

from dataclasses import replace
from itertools import chain

import networkx as nx
import polars as pl
import pytest
from conftest import articles, corpus, ran, sentences
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.config import Derivation, Outlets
from pipeline.stages.claims import facts_of
from pipeline.stages.clues import clues_of
from pipeline.stages.derivation import derive

BODY = sentences("body", 14)
NO_RIVALS = pl.DataFrame(schema={"x": pl.Int64(), "rivals": pl.Int64()})


def article(article_id, source, hour, parts, **more):
    text = parts if isinstance(parts, str) else " ".join(parts)
    return {
        "article_id": article_id, "source": source, "text": text,
        "published_at": f"2025-03-01 {hour:02}:00",
    } | more  # fmt: skip


def first_rank(result):
    return {
        row["derived_id"]: row for row in result.derivations.filter(rank=1).iter_rows(named=True)
    }


def test_a_chain():
    """B rewords a sentence and adds one; C has both changes and credits B."""
    changed = [*BODY[:3], *sentences("changed", 1), *BODY[4:], *sentences("added", 1)]
    result = ran(
        article(
            "c", "Evening Post", 20, f"{' '.join(changed[:-2])} {changed[-1]}\n\n— Northern Beacon"
        ),
        article("b", "Northern Beacon", 12, f"{' '.join(changed)}\n\n— Harbor Ledger"),
        article("a", "Harbor Ledger", 6, BODY),
    )
    rows = first_rank(result)
    assert {x: (row["decision"], row["source_id"]) for x, row in rows.items()} == {
        "a": ("original", None), "b": ("derived", "a"), "c": ("derived", "b"),
    }  # fmt: skip
    assert [rows[x]["credited"] for x in "abc"] == [None, True, True]
    assert rows["b"]["lag"].total_seconds() == 6 * 3600
    assert result.clusters.select("root_id", "unseen_source").rows() == [("a", None)]


@pytest.mark.parametrize(("kept", "source"), [(True, "b"), (False, "a")])
def test_without_credits_the_closest_is_the_likeliest_source(kept, source):
    """C has B's changes or hasn't."""
    changed = [*BODY[:3], *sentences("changed", 2), *BODY[5:]]
    base = changed if kept else BODY
    result = ran(
        article("a", "Harbor Ledger", 6, BODY),
        article("b", "Northern Beacon", 12, changed),
        article("c", "Evening Post", 20, [*base[:8], *sentences("own", 1), *base[9:]]),
        sets=["derivation.decision_confidence=0.0"],
    )
    assert first_rank(result)["c"]["source_id"] == source


def test_a_star():
    result = ran(
        article("a", "Harbor Ledger", 6, BODY),
        article("b", "Northern Beacon", 12, f"{' '.join(BODY[:-2])}\n\n— Harbor Ledger"),
        article("c", "Evening Post", 13, f"{' '.join(BODY[1:])}\n\n— Harbor Ledger"),
        article("d", "Coast & Capital", 14, f"{' '.join(BODY[2:])}\n\n— Harbor Ledger"),
    )
    rows = first_rank(result)
    assert rows["a"]["decision"] == "original"
    assert {rows[x]["source_id"] for x in "bcd"} == {"a"}
    assert rows["b"]["relation"] == "near_copy"


def test_a_missing_agency_is_named_in_full():
    wire = " ".join(BODY)
    result = ran(
        article("a", "Northern Beacon", 6, f"LORVIK (AP) — {wire}"),
        article("b", "Evening Post", 9, f"LORVIK (AP) — {wire}"),
    )
    rows = first_rank(result)
    assert {row["decision"] for row in rows.values()} == {"common_source"}
    assert {row["unseen_source"] for row in rows.values()} == {"Associated Press"}
    assert {row["source_id"] for row in rows.values()} == {None}
    assert {row["credited"] for row in rows.values()} == {True}
    assert result.clusters.select("root_id", "unseen_source").rows() == [(None, "Associated Press")]
    flows = result.flows.select("from_source", "to_source").rows()
    assert flows == [("Associated Press", "Evening Post"), ("Associated Press", "Northern Beacon")]


@pytest.mark.parametrize("parts", [(BODY, BODY), (BODY, [*sentences("lead", 1), *BODY[1:]])])
def test_two_undated_copies_are_undecided(parts):
    undated = {"published_at": None}
    result = ran(
        article("a", "Northern Beacon", 6, parts[0], **undated),
        article("b", "Evening Post", 9, parts[1], **undated),
    )
    rows = first_rank(result)
    assert {row["decision"] for row in rows.values()} == {"undecided"}
    for row in rows.values():
        assert (row["source_id"], row["unseen_source"], row["credited"], row["lag"]) == (None,) * 4
        assert row["probability"] < Derivation().decision_confidence
    assert result.clusters["root_id"].to_list() == [None]


def test_the_limit_of_a_decision_comes_from_the_config():
    rows = [article("a", "Harbor Ledger", 6, BODY), article("b", "Northern Beacon", 8, BODY[1:])]
    surest = first_rank(ran(*rows, sets=["derivation.decision_confidence=1.0"]))
    assert {row["decision"] for row in surest.values()} == {"undecided"}
    boldest = first_rank(ran(*rows, sets=["derivation.decision_confidence=0.0"]))
    assert boldest["b"]["decision"] == "derived"
    assert boldest["b"]["credited"] is False
    assert boldest["b"]["probability"] == surest["b"]["probability"]


def test_a_credit_beats_the_date():
    """The copy's clock is ten minutes ahead of its source's."""
    result = ran(
        article("a", "Harbor Ledger", 6, BODY, published_at="2025-03-01 06:10"),
        article("b", "Northern Beacon", 6, f"{' '.join(BODY[:-1])}\n\n— Harbor Ledger"),
        sets=["derivation.decision_confidence=0.5"],
    )
    assert first_rank(result)["b"]["source_id"] == "a"


def test_copies_inside_a_group_are_not_uncredited():
    rows = [article("a", "Harbor Ledger", 6, BODY), article("b", "Harbor Ledger", 20, BODY[1:])]
    credited = first_rank(ran(*rows, sets=["derivation.decision_confidence=0.5"]))["b"]
    assert (credited["source_id"], credited["credited"]) == ("a", None)


def test_a_roundups_sources_are_further_ones():
    stories = {name: sentences(name, 12) for name in ("one", "two", "three")}
    rows = [article(name, f"Outlet {name}", 6, parts) for name, parts in stories.items()]
    roundup = list(chain.from_iterable(parts[:6] for parts in stories.values()))
    rows.append(article("roundup", "Evening Post", 6, roundup, published_at="2025-03-05 06:00"))
    derived = ran(*rows).derivations.filter(derived_id="roundup")
    assert derived["rank"].to_list() == [1, 2, 3]
    assert sorted(derived["source_id"]) == ["one", "three", "two"]
    assert set(derived["decision"]) == {"derived"}


def test_short_overlaps_are_no_further_sources():
    rows = [
        article("a", "Harbor Ledger", 6, [*BODY, *sentences("more", 16)]),
        article(
            "b", "Northern Beacon", 6, [*BODY[:2], *sentences("own", 24)], published_at="2025-03-05"
        ),
    ]  # 24 tokens
    assert ran(*rows).derivations.is_empty()


@pytest.mark.parametrize(
    ("taker", "decision"), [("Evening Post", "derived"), ("Reuters", "undecided")]
)
def test_agencies_seldom_take(taker, decision):
    rows = [
        article("a", "Harbor Ledger", 6, BODY),
        article("b", taker, 6, BODY[1:], published_at="2025-03-02 06:00"),
    ]
    assert first_rank(ran(*rows))["b"]["decision"] == decision


@pytest.mark.parametrize(("credit", "decision"), [("", "derived"), ("LORVIK (AP) — ", "undecided")])
def test_a_passage_in_a_text_that_names_another_source(credit, decision):
    own = " ".join(sentences("own", 20))
    rows = [
        article("a", "Harbor Ledger", 6, [*sentences("a", 20), *BODY[:6]]),
        article("b", "Evening Post", 6, f"{credit}{own} {' '.join(BODY[:6])}",
                published_at="2025-03-02 06:00"),
    ]  # fmt: skip
    assert ran(*rows).derivations.filter(derived_id="b")["decision"].to_list() == [decision]


def follow(derivations):
    """Rank 1's graph: from each derived article to its source."""
    rows = derivations.filter((pl.col("rank") == 1) & pl.col("source_id").is_not_null())
    return nx.DiGraph(rows.select("derived_id", "source_id").rows())


@pytest.mark.parametrize("confidence", [0.0, 0.3, 0.5, 0.8])
def test_the_trees_of_a_corpus_have_no_cycles(confidence):
    result = ran(*corpus(), sets=[f"derivation.decision_confidence={confidence}"])
    inside = result.articles.drop_nulls("cluster_id")["article_id"].implode()
    graph = follow(result.derivations.filter(pl.col("derived_id").is_in(inside)))
    assert graph.number_of_edges() >= 5
    assert nx.is_directed_acyclic_graph(graph)


@pytest.mark.parametrize("confidence", [0.5, 0.8])
def test_two_articles_are_not_each_others_source(confidence):
    """Outside stories, too, where passages from anywhere count."""
    result = ran(*corpus(), sets=[f"derivation.decision_confidence={confidence}"])
    edges = result.derivations.drop_nulls("source_id").select("derived_id", "source_id").rows()
    assert edges
    assert not {(y, x) for x, y in edges} & set(edges)


@st.composite
def pair_tables(draw):
    """Pairs of random probabilities, ties among them, inside one story."""
    n = draw(st.integers(2, 8))
    number = st.integers(0, n - 1)
    ids = draw(
        st.lists(
            st.tuples(number, number).filter(lambda it: it[0] < it[1]), min_size=1, unique=True
        )
    )
    weight = st.sampled_from([0.01, 0.2, 1.0, 1.0, 5.0])
    share = st.sampled_from([0.0, 0.3, 0.5, 1.0])
    rows = []
    for i, j in ids:
        weights = [draw(weight) for _ in range(3)]
        rows.append(
            {
                "a": i, "b": j, "relation": "near_copy",
                "probability": draw(st.sampled_from([0.5, 0.9, 1.0])),
                "p_a_from_b": weights[0] / sum(weights), "p_b_from_a": weights[1] / sum(weights),
                "p_common": weights[2] / sum(weights), "kinship": draw(share),
                "containment_a": draw(share), "containment_b": draw(share),
                "texts": draw(st.sampled_from([-2.0, 0.0, 0.0, 1.0])),
                "credit_ab": draw(st.sampled_from([0.0, 0.0, 2.5, 4.5])),
                "credit_ba": draw(st.sampled_from([0.0, 0.0, 2.5, 4.5])),
                "link_ab": draw(st.booleans()), "link_ba": draw(st.booleans()),
                "agreement_ab": draw(st.sampled_from([0.0, 0.0, -4.0, 1.5])),
                "agreement_ba": draw(st.sampled_from([0.0, 0.0, -4.0, 1.5])),
            }
        )  # fmt: skip
    return rows


# Two that name each other, with nothing else to tell them apart.
_MUTUAL = {
    "a": 0, "b": 1, "relation": "near_copy", "probability": 1.0,
    "p_a_from_b": 0.4, "p_b_from_a": 0.4, "p_common": 0.2, "kinship": 1.0,
    "containment_a": 1.0, "containment_b": 1.0, "texts": 0.0, "credit_ab": 4.5, "credit_ba": 4.5,
    "link_ab": True, "link_ba": True, "agreement_ab": 0.0, "agreement_ba": 0.0,
}  # fmt: skip


def facts_about(names):
    """Of one story's articles, without credits and links."""
    told = articles(*({"article_id": name, "source": f"Outlet {name}"} for name in names))
    text = pl.String()
    credits = pl.DataFrame(schema={"article_id": text, "name": text, "kind": text})
    links = pl.DataFrame(schema={"article_id": text, "target_id": text})
    clues = clues_of(told, credits, links)
    return facts_of(told.with_columns(cluster_id=pl.lit("s")), clues, Outlets())


# b names and links to both, which weren't compared: neither can well be from b.
_CLEAR = {
    "b": 2, "p_a_from_b": 1e-6, "p_b_from_a": 1 - 2e-6, "p_common": 1e-6, "credit_ab": 0.0,
    "link_ab": False,
}  # fmt: skip


@pytest.mark.parametrize("kinship", [0.25, 1.0])
def test_hardly_possible_ways_are_possible(kinship):
    """What is near or likely is summed in a grain; no way may fall below it."""
    rows = [_MUTUAL | _CLEAR | {"a": 0}, _MUTUAL | _CLEAR | {"a": 1, "kinship": kinship}]
    derived = derive(
        pl.DataFrame(rows), NO_RIVALS, facts_about(["n0", "n1", "n2"]),
        Derivation(decision_confidence=0.0),
    )  # fmt: skip
    assert derived["probability"].is_between(0, 1).all()


def test_a_named_source_may_be_much_farther_than_others():
    """Centuries and half of the words away, beside a copy of the same hour."""
    near = _MUTUAL | {"credit_ab": 0.0, "credit_ba": 0.0, "link_ab": False, "link_ba": False}
    far = near | {"b": 2, "kinship": 0.1, "credit_ab": 4.5, "p_a_from_b": 1e-5, "p_b_from_a": 0.9}
    facts = facts_about(["n0", "n1", "n2"])
    dates = facts.clues.articles.with_columns(
        start=pl.Series([0, 1, 10**16]), end=pl.Series([1, 2, 10**16 + 1])
    )
    facts = replace(facts, clues=replace(facts.clues, articles=dates))
    derived = derive(
        pl.DataFrame([near, far]), NO_RIVALS, facts, Derivation(decision_confidence=0.0)
    )
    assert derived["probability"].is_between(0, 1).all()


def told_share(row):
    """The share of the source that a row names, as its evidence tells it; 1 if it doesn't."""
    detail = next(item["detail"] for item in row["evidence"] if item["signal"] == "trees")
    parts = detail.split(", from ")[-1].split(", ")
    return {it.split()[0]: float(it.split()[1]) for it in parts}.get(row["source_id"], 1.0)


def test_the_probability_is_that_of_the_named_source():
    """All of a story can't have their likeliest source: c's is b, and the tree has a."""
    plain = _MUTUAL | {"credit_ab": 0.0, "credit_ba": 0.0, "link_ab": False, "link_ba": False}
    rows = [
        plain | {"kinship": 0.3},
        plain | {"b": 2, "kinship": 0.3, "texts": 1.0, "credit_ab": 4.5, "credit_ba": 4.5,
                 "p_a_from_b": 0.05, "p_b_from_a": 0.9, "p_common": 0.05},
        plain | {"a": 1, "b": 2, "kinship": 0.5, "texts": 1.0, "credit_ba": 4.5,
                 "p_a_from_b": 0.5, "p_b_from_a": 0.499, "p_common": 0.001},
    ]  # fmt: skip
    facts = facts_about(["n0", "n1", "n2"])
    derived = derive(pl.DataFrame(rows), NO_RIVALS, facts, Derivation(decision_confidence=0.0))
    row = derived.row(by_predicate=pl.col("derived_id") == "n2", named=True)
    assert row["source_id"] == "n0"
    assert row["probability"] == pytest.approx(told_share(row), abs=0.001)


@given(pair_tables(), st.sampled_from([0.0, 0.3, 0.8]))
@example([_MUTUAL], 0.0)
def test_no_pair_table_gives_cycles(rows, confidence):
    names = [f"n{i}" for i in range(8)]
    members = sorted({names[row[side]] for row in rows for side in ("a", "b")})
    facts = facts_about(names)
    frame = pl.DataFrame(rows)
    derived = derive(frame, NO_RIVALS, facts, Derivation(decision_confidence=confidence))
    assert derived["derived_id"].to_list() == members
    assert set(derived["rank"]) == {1}
    assert derived["probability"].is_between(0, 1).all()
    graph = follow(derived)
    assert nx.is_directed_acyclic_graph(graph)
    pairs = {frozenset((names[row["a"]], names[row["b"]])) for row in rows}
    assert all(frozenset(edge) in pairs for edge in graph.edges)
    sure = derived.filter(pl.col("decision") != "undecided")
    assert (sure["probability"] >= confidence).all()
    for row in sure.filter(decision="derived").iter_rows(named=True):
        assert row["probability"] <= told_share(row) + 0.001
    shuffled = derive(frame.reverse(), NO_RIVALS, facts, Derivation(decision_confidence=confidence))
    assert shuffled.equals(derived)
