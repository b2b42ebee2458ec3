"""Sums over all trees, beside a walk through every one of them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.arborescences import tree_shares
from pipeline.kernels.neighbourhoods import neighbourhoods
from pipeline.stages import copy_trees
from pipeline.stages.copy_trees import Versions, best_trees, shares_of

WEIGHT = st.floats(0.01, 10)


@st.composite
def graphs(draw):
    """Nodes, edges with weights that hold them together both ways, weights of roots."""
    n = draw(st.integers(1, 5))
    edges = {}
    for node in range(1, n):
        other = draw(st.integers(0, node - 1))
        edges[node, other], edges[other, node] = draw(WEIGHT), draw(WEIGHT)
    node = st.integers(0, n - 1)
    for x, y in draw(st.lists(st.tuples(node, node), max_size=5)):
        if x != y:
            edges[x, y] = draw(WEIGHT)
    roots, outside = (draw(st.lists(WEIGHT, min_size=n, max_size=n)) for _ in range(2))
    return n, edges, roots, outside, draw(st.floats(0, 1))


def reaches_a_root(node, parents):
    for _ in parents:
        node = parents[node] if node >= 0 else node
    return node < 0


def trees(n, edges, ways_in, one_root):
    """Each tree as the parents of its nodes, −1 where it begins, with its weight."""
    for parents in product(range(-1, n), repeat=n):
        begins = parents.count(-1)
        known = all(parent < 0 or (parent, x) in edges for x, parent in enumerate(parents))
        if not known or not all(reaches_a_root(x, parents) for x in range(n)):
            continue
        if begins == 1 or not one_root:
            weights = (
                edges[parent, x] if parent >= 0 else ways_in[x] for x, parent in enumerate(parents)
            )
            yield parents, float(np.prod(list(weights)))


def slow(n, edges, ways_in, one_root):
    shares, total = np.zeros((n + 1, n)), 0.0
    for parents, weight in trees(n, edges, ways_in, one_root):
        total += weight
        for x, parent in enumerate(parents):
            shares[parent, x] += weight
    return shares / total


def arrays(edges):
    pairs = sorted(edges, key=lambda edge: edge[::-1])
    source, target = (np.array([edge[end] for edge in pairs], np.int64) for end in (0, 1))
    return pairs, source, target, np.array([edges[edge] for edge in pairs], np.float64)


@given(graphs())
def test_equals_the_sum_over_every_tree(graph):
    n, edges, roots, outside, unseen = graph
    pairs, source, target, weight = arrays(edges)
    nodes, firsts = np.array([0, n]), np.array([0, len(pairs)])
    ways, first, entered = tree_shares(
        nodes, firsts, source, target, weight, np.array(roots), np.array(outside),
        np.array([unseen]),
    )  # fmt: skip
    one, many = slow(n, edges, roots, True), slow(n, edges, outside, False)
    mixed = (1 - unseen) * one + unseen * many
    assert ways == pytest.approx([mixed[edge] for edge in pairs], abs=1e-9)
    assert first == pytest.approx((1 - unseen) * one[-1], abs=1e-9)
    assert entered == pytest.approx(unseen * many[-1], abs=1e-9)


@given(graphs())
def test_each_versions_ways_sum_to_one(graph):
    n, edges, roots, outside, unseen = graph
    _, source, target, weight = arrays(edges)
    shares = shares_of(
        Versions(
            np.array([0, n]), source, target, weight, np.array(roots), np.array(outside),
            np.array([unseen]),
        )
    )  # fmt: skip
    total = shares.first + shares.outside + np.bincount(target, shares.ways, minlength=n)
    assert total == pytest.approx(np.ones(n), abs=1e-7)


def story(size, weigh):
    """A story in which each version follows the one before, with ways between all."""
    target, source = (side.ravel() for side in np.indices((size, size)))
    apart = source != target
    source, target = source[apart], target[apart]
    weight = weigh(target - source)
    one = np.ones(size)
    return Versions(np.array([0, size]), source, target, weight, one, one, np.zeros(1))


def test_a_large_story_is_seen_in_parts(monkeypatch):
    """With dates a version's own neighbours tell what the whole story does."""
    versions = story(40, lambda lag: np.where(lag > 0, 0.99, 0.01) * np.exp(-np.abs(lag)))
    whole = shares_of(versions)
    monkeypatch.setattr(copy_trees, "_WHOLE", 10)
    parts = shares_of(versions)
    assert parts.ways == pytest.approx(whole.ways, abs=0.01)
    tree = best_trees(versions, parts)
    assert versions.source[tree[1:]].tolist() == list(range(39))
    assert tree[0] == -1


def test_neighbourhoods_hold_the_strongest_sources():
    source, target = np.array([1, 2, 3, 0, 0, 0]), np.array([0, 0, 0, 1, 2, 3])
    weight = np.array([1.0, 3.0, 2.0, 1.0, 1.0, 1.0])
    nodes, members, firsts, edges, begins, stops = neighbourhoods(
        np.array([0, 3, 4, 5, 6]), source, weight, 3
    )
    assert nodes.tolist() == [0, 3, 5, 7, 9]
    assert members.tolist() == [0, 2, 3, 1, 0, 2, 0, 3, 0]
    assert firsts.tolist() == [0, 4, 6, 8, 10]
    names = members[nodes[np.repeat(np.arange(4), np.diff(firsts))] + begins]
    assert names.tolist() == source[edges].tolist()
    names = members[nodes[np.repeat(np.arange(4), np.diff(firsts))] + stops]
    assert names.tolist() == target[edges].tolist()


def test_a_story_without_a_tree_decides_nothing():
    """Two versions and no way between them: nothing is summed, and nothing is NaN."""
    none = np.empty(0, np.int64)
    versions = Versions(
        np.array([0, 2]), none, none, np.empty(0), np.zeros(2), np.zeros(2), np.ones(1)
    )
    shares = shares_of(versions)
    assert shares.first.tolist() == shares.outside.tolist() == [0.0, 0.0]
