"""One normalised text: one group, tied by n − 1 pairs."""

import numpy as np
from conftest import articles, at, prose, ran
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.articles import UNDATED, articles_of
from pipeline.stages.exact import identical_groups, publication_order


@given(st.lists(st.integers(0, 5), max_size=30))
def test_the_representative_is_the_first_row_with_the_text(hashes):
    found = identical_groups(np.array(hashes, np.uint64))
    assert found.tolist() == [hashes.index(value) for value in hashes]


def test_order_of_publication():
    frame = articles(
        {"article_id": "a", "published_at": "2025-03-02"},
        {"article_id": "b"},
        {"article_id": "c", "published_at": "2025-03-01"},
        {"article_id": "d", "published_at": "2025-03-02"},
    )
    assert publication_order(articles_of(frame).published_at).tolist() == [1, 3, 0, 2]


@given(st.lists(st.sampled_from([UNDATED, UNDATED + 1, -5, 0, 7, 2**63 - 1]), max_size=12))
def test_order_of_publication_of_any_times(times):
    found = publication_order(np.array(times, np.int64))
    order = sorted(range(len(times)), key=lambda i: (times[i] == UNDATED, times[i], i))
    assert found.tolist() == [order.index(i) for i in range(len(times))]


def copies(count, text):
    return [
        {
            "article_id": f"c{i:02}",
            "source": f"Outlet {i}",
            "text": text,
            "published_at": at(f"2025-03-01 {i % 24:02}:00"),
        }
        for i in range(count)
    ]


def test_copies_give_a_pair_each_with_their_representative():
    result = ran(*copies(52, prose("one")), {"article_id": "other", "text": prose("other")})
    assert result.pairs.select("a_id", "b_id").rows() == [("c00", f"c{i:02}") for i in range(1, 52)]
    assert set(result.pairs["relation"]) == {"identical"}
    assert set(result.pairs["jaccard"]) == {1.0}
    assert result.clusters["articles"].to_list() == [52]
    assert len(result.derivations.filter(rank=1)) == 52


def test_case_and_punctuation_do_not_make_another_text():
    text = prose("one")
    result = ran(
        {"article_id": "a", "text": text},
        {"article_id": "b", "text": text.upper().replace(".", " —")},
        {"article_id": "c", "text": f"{text} Zorvik."},
    )
    relations = result.pairs.select("a_id", "b_id", "relation").rows()
    assert relations == [("a", "b", "identical"), ("a", "c", "near_copy")]


def test_very_short_texts():
    result = ran(*({"article_id": str(i), "text": "Ice."} for i in range(3)))
    assert result.pairs["relation"].to_list() == ["identical"] * 2
    assert result.passages.is_empty()
    assert result.clusters["articles"].to_list() == [3]


def test_an_editors_no_parts_identical_texts():
    rows = copies(3, prose("one"))
    result = ran(*rows, judgements=[("c00", "c02", False)])
    relations = {(a, b): r for a, b, r in result.pairs.select("a_id", "b_id", "relation").rows()}
    assert relations == {("c00", "c01"): "identical", ("c00", "c02"): "related"}
    assert result.clusters["articles"].to_list() == [2]


def test_an_editors_yes_links_what_shares_nothing():
    rows = [{"article_id": "a", "text": prose("a")}, {"article_id": "b", "text": prose("b")}]
    assert ran(*rows).pairs.is_empty()
    result = ran(*rows, judgements=[("a", "b", True)])
    assert result.pairs["relation"].to_list() == ["rewrite"]
    assert result.pairs["found_by"].to_list() == [["judgement"]]
    assert result.clusters["articles"].to_list() == [2]
