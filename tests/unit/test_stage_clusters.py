"""Stories: what joins, what never does, and what they are called."""

from itertools import chain

import polars as pl
from conftest import corpus, ran, sentences

from pipeline.tables import JOINING


def story(seed, count=12):
    return sentences(("story", seed), count)


def article(article_id, parts, hour=8, **more):
    return {
        "article_id": article_id,
        "source": f"Outlet {article_id}",
        "text": " ".join(parts),
        "published_at": f"2025-03-01 {hour:02}:00",
    } | more


def clusters(result):
    groups = result.articles.group_by("cluster_id").agg("article_id").rows()
    return {frozenset(members) for name, members in groups if name is not None}


def test_a_roundup_welds_nothing():
    rows = []
    for seed in "pqr":
        rows += [
            article(f"{seed}1", story(seed), 6),
            article(f"{seed}2", story(seed)[:10], 7),
        ]
    parts = list(chain.from_iterable(story(seed)[:6] for seed in "pqr"))
    rows.append(article("roundup", parts, 20))
    result = ran(*rows)
    assert clusters(result) == {frozenset({f"{seed}1", f"{seed}2"}) for seed in "pqr"}
    assert result.articles.filter(article_id="roundup")["cluster_id"].to_list() == [None]
    assert set(result.pairs.filter(b_id="roundup")["relation"]) <= set(JOINING)


def test_an_article_that_is_mostly_one_story_joins_it_only():
    rows = [article("p1", story("p")), article("q1", story("q"), 9)]
    rows.append(article("both", story("p") + story("q")[:7], 20))
    result = ran(*rows)
    assert clusters(result) == {frozenset({"both", "p1"})}


def test_partial_pairs_never_join():
    rows = [article("p1", story("p", 20)), article("p2", story("p", 20)[:4] + story("x", 30))]
    result = ran(*rows)
    assert result.pairs["relation"].to_list() == ["partial"]
    assert result.clusters.is_empty()
    assert set(result.articles["cluster_id"]) == {None}


def test_a_story_keeps_its_name_when_later_articles_join():
    first = [article("b", story("p"), 6), article("a", story("p")[:10], 8)]
    name = ran(*first).clusters["cluster_id"].to_list()
    assert len(name) == 1
    assert ran(*first, article("0", story("p")[1:], 9)).clusters["cluster_id"].to_list() == name
    earlier = ran(*first, article("0", story("p")[1:], 5))
    assert earlier.clusters["cluster_id"].to_list() != name


def test_two_links_overlap_or_part():
    """M holds two different halves: its copies of each half don't meet."""
    left, right = story("left", 8), story("right", 8)
    result = ran(
        article("l1", left), article("l2", left[:7], 9), article("middle", left + right, 10),
        article("r1", right), article("r2", right[1:], 11),
    )  # fmt: skip
    welded = [group for group in clusters(result) if {"l1", "r1"} <= group]
    assert welded == []


def test_bridges_and_cohesion():
    alike = [article(f"n{i}", story("p")[: 12 - i], 6 + i) for i in range(3)]
    same = [article(f"s{i}", story("q"), 6 + i) for i in range(3)]
    result = ran(*alike, *same)
    assert sorted(result.clusters.select("articles", "bridges").rows()) == [(3, 0), (3, 2)]
    inside = result.pairs.join(
        result.articles.select("article_id", "cluster_id"), left_on="a_id", right_on="article_id"
    )
    for name, cohesion in result.clusters.select("cluster_id", "cohesion").rows():
        mean = inside.filter(cluster_id=name)["probability"].mean()
        assert abs(mean - cohesion) < 1e-8


def test_clusters_tie_with_articles():
    result = ran(*corpus())
    counted = result.articles.drop_nulls("cluster_id").group_by("cluster_id").agg(
        n=pl.len().cast(pl.Int64()), s=pl.col("source").drop_nulls().n_unique().cast(pl.Int64()),
        first=pl.col("published_at").min(), last=pl.col("published_at").max(),
    )  # fmt: skip
    expected = result.clusters.select(
        "cluster_id", "articles", "sources", "first_seen", "last_seen"
    )
    assert sorted(counted.rows(), key=str) == sorted(expected.rows(), key=str)
    assert (result.clusters["articles"] >= 2).all()
    for title in result.clusters["title"]:
        assert title in result.articles["title"].to_list()
