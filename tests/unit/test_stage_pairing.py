"""What looking for retellings adds to verified pairs."""

import itertools

import networkx as nx
import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents import Documents
from pipeline.kernels.sets import common_tokens
from pipeline.stages.pairing import (
    across,
    near_groups,
    together,
    with_equal,
    with_finder,
    with_passages,
)
from pipeline.stages.verify import Verified

PLACES = ("pair", "a_first", "a_last", "b_first", "b_last")
_PASSAGES = dict.fromkeys((*PLACES, "equal", "quoted"), pl.Int64())
_RETOLD = {**dict.fromkeys(PLACES, pl.Int64()), "kind": pl.String(), "similarity": pl.Float64(),
           "probability": pl.Float64(), "quoted": pl.Int64(), "equal": pl.Int64()}  # fmt: skip
NO_LINKS = pl.DataFrame(schema=dict.fromkeys(PLACES, pl.Int64()) | {"similarity": pl.Float64()})


def verified(pairs, passages=(), shorter=100, a_shorter=True):
    rows = [
        {
            "pair": at, "a": a, "b": b, "found_by": 1, "jaccard": jaccard, "passages": 0,
            "longest_passage": 0, "coverage": 0.0, "shorter": shorter, "a_shorter": a_shorter,
        }
        for at, (a, b, jaccard) in enumerate(pairs)
    ]  # fmt: skip
    frame = pl.DataFrame(rows).with_columns(pl.col("found_by").cast(pl.UInt8()))
    return Verified(frame, pl.DataFrame(list(passages), schema=_PASSAGES, orient="row"), {"x": 1})


def retold(*rows):
    return pl.DataFrame(rows, schema=_RETOLD, orient="row")


def rows_of(found):
    return found.passages.select(*PLACES, "kind").rows()


def test_two_sets_are_numbered_as_one():
    one = verified([(0, 3, 0.1), (2, 5, 0.2)], [(0, 1, 2, 3, 4, 1, 0), (1, 5, 6, 7, 8, 1, 0)])
    other = verified([(0, 4, 0.3), (1, 2, 0.4)], [(1, 9, 10, 11, 12, 1, 0)])
    found = together(one, other)
    assert found.pairs.select("pair", "a", "b", "jaccard").rows() == [
        (0, 0, 3, 0.1), (1, 0, 4, 0.3), (2, 1, 2, 0.4), (3, 2, 5, 0.2)
    ]  # fmt: skip
    assert found.passages.select(PLACES).rows() == [
        (0, 1, 2, 3, 4), (2, 9, 10, 11, 12), (3, 5, 6, 7, 8)
    ]  # fmt: skip
    assert found.cut == {"x": 2}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=12))
def test_near_copies_are_those_of_a_graph(edges):
    group = np.array([0, 1, 2, 3, 4, 4, 6, 6, 8, 9])
    pairs = [(a, b, 0.6 if near else 0.4) for a, b, near in edges] or [(0, 1, 0.0)]
    graph = nx.Graph([(a, b) for a, b, jaccard in pairs if jaccard >= 0.5])
    graph.add_edges_from(enumerate(group.tolist()))
    expected = {node: min(part) for part in nx.connected_components(graph) for node in part}
    found = near_groups(verified(pairs).pairs, group, 0.5)
    assert found.tolist() == [expected[node] for node in range(10)]


@given(st.lists(st.integers(0, 5), min_size=6, max_size=14), st.integers(1, 4))
def test_pairs_of_groups_are_spelled_out(names, most):
    # A group is named by its first row; the row before the last has the last one's text.
    near = np.array([names.index(name) for name in names])
    group = np.arange(len(names))
    if near[-1] == near[-2]:
        group[-1] = group[-2]
    text_hash = np.random.default_rng(len(names)).permutation(len(names)).astype(np.uint64)
    heads = sorted(set(near.tolist()))
    keys = np.array([(a << 32) | b for a, b in itertools.combinations(heads, 2)], np.int64)
    members = {
        head: sorted(
            (row for row in range(len(names)) if near[row] == head and group[row] == row),
            key=lambda row: text_hash[row],
        )[:most]
        for head in heads
    }
    expected = {(a, b) for a, b in itertools.combinations(heads, 2)}
    for a, b in itertools.combinations(heads, 2):
        expected |= {(min(x, y), max(x, y)) for x in members[a] for y in members[b]}
    found = across(keys, near, group, text_hash, most)
    assert [(key >> 32, key & 0xFFFFFFFF) for key in found.tolist()] == sorted(expected)


def test_a_finder_is_noted_where_it_found_the_pair():
    pairs = with_finder(
        verified([(0, 3, 0.1), (2, 5, 0.2)]).pairs, np.array([(2 << 32) | 5]), np.uint8(4)
    )
    assert pairs["found_by"].to_list() == [1, 5]
    assert pairs.schema["found_by"] == pl.UInt8()


def test_of_two_passages_that_overlap_one_is_kept():
    # Half of the first retold passage is word for word, nine tenths of the second are.
    copied = [
        (0, 10, 60, 110, 160, 50, 0),
        (0, 200, 290, 300, 390, 90, 0),
        (0, 500, 520, 500, 520, 20, 0),
    ]
    boxes = retold(
        (0, 0, 100, 100, 200, "rewritten", 0.7, 0.9, 0, 60),
        (0, 195, 295, 295, 395, "rewritten", 0.9, 0.9, 0, 90),
    )
    found = with_passages(
        verified([(0, 1, 0.1)], copied), boxes, NO_LINKS, pl.Series([], dtype=pl.Int64())
    )
    assert rows_of(found) == [
        (0, 0, 100, 100, 200, "rewritten"),
        (0, 200, 290, 300, 390, None),
        (0, 500, 520, 500, 520, None),
    ]
    row = found.pairs.row(0, named=True)
    assert (row["passages"], row["longest_passage"]) == (3, 100)


def test_an_overlap_on_one_side_alone_is_none():
    copied = [(0, 10, 60, 510, 560, 50, 0)]
    boxes = retold((0, 0, 100, 100, 200, "rewritten", 0.7, 0.9, 0, 60))
    found = with_passages(
        verified([(0, 1, 0.1)], copied), boxes, NO_LINKS, pl.Series([], dtype=pl.Int64())
    )
    assert len(found.passages) == 2


def test_passages_word_for_word_may_be_left_out():
    copied = [(0, 500, 520, 500, 520, 20, 0), (1, 5, 25, 5, 25, 20, 0)]
    boxes = retold((0, 0, 100, 100, 200, "rewritten", 0.7, 0.9, 0, 60))
    found = with_passages(
        verified([(0, 1, 0.1), (0, 2, 0.1)], copied), boxes, NO_LINKS, pl.Series([0])
    )
    assert rows_of(found) == [(0, 0, 100, 100, 200, "rewritten"), (1, 5, 25, 5, 25, None)]


_SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 30)), max_size=12)


@given(_SPANS, st.booleans())
def test_coverage_counts_no_token_twice(spans, a_shorter):
    links = pl.DataFrame(
        [(pair, at, at + size, 2 * at, 2 * at + size, 0.5) for pair, at, size in spans],
        schema=NO_LINKS.schema, orient="row",
    )  # fmt: skip
    start = verified([(0, 1, 0.1), (0, 2, 0.1), (1, 2, 0.1)], shorter=50, a_shorter=a_shorter)
    found = with_passages(start, retold(), links, pl.Series([], dtype=pl.Int64()))
    for pair in range(3):
        covered = {
            place
            for of, first, size in spans
            if of == pair
            for place in range(
                first if a_shorter else 2 * first, (first if a_shorter else 2 * first) + size
            )
        }
        assert found.pairs["coverage"][pair] == min(len(covered) / 50, 1.0)


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), max_size=30))
def test_common_tokens(a, b):
    tokens = np.array(a + b, np.uint64)
    ends = (np.array([it]) for it in (0, len(a), len(a), len(a) + len(b)))
    expected = sum(min(a.count(it), b.count(it)) for it in set(a))
    assert common_tokens(tokens, *ends).tolist() == [expected]


def test_a_passage_word_for_word_is_as_alike_as_its_tokens():
    tokens = np.array([1, 2, 3, 4, 1, 2, 9, 4, 5], np.uint64)
    empty = np.empty(0, np.uint8)
    documents = Documents(np.array([0, 4, 9]), tokens, empty, empty, np.empty((0, 4)), empty, empty)
    boxes = retold(
        (0, 0, 4, 4, 9, "verbatim", 1.0, 0.9, 0, 0), (0, 0, 4, 4, 9, "rewritten", 0.8, 0.9, 0, 0)
    ).drop("equal")
    found = with_equal(boxes, documents)
    assert found["equal"].to_list() == [3, 3]
    assert found["similarity"].to_list() == [0.6, 0.8]
