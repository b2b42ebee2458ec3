"""Maximum branchings, beside networkx."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.branching import best_branching


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 9))
    node = st.integers(0, n - 1)
    pair = st.tuples(node, node).filter(lambda it: it[0] != it[1])
    ways = draw(st.lists(pair, unique=True, max_size=30)) if n > 1 else []
    weights = draw(st.lists(st.integers(-2, 12), min_size=len(ways), max_size=len(ways)))
    return n, ways, weights


def branched(n, ways, weights):
    source, target = (np.array([way[end] for way in ways], np.int64) for end in (0, 1))
    return best_branching(n, source, target, np.array(weights, np.float64))


@given(graphs())
def test_weighs_what_networkx_finds(graph):
    n, ways, weights = graph
    chosen = branched(*graph)
    taken = [k for k in chosen if k >= 0]
    assert all(k < 0 or ways[k][1] == node for node, k in enumerate(chosen))
    tree = nx.DiGraph([ways[k] for k in taken])
    assert nx.is_directed_acyclic_graph(tree)
    whole = nx.DiGraph()
    whole.add_nodes_from(range(n))
    whole.add_weighted_edges_from((*way, w) for way, w in zip(ways, weights, strict=True) if w > 0)
    best = nx.maximum_branching(whole)
    assert sum(weights[k] for k in taken) == sum(w for *_, w in best.edges.data("weight"))


def test_of_equal_ways_the_first_is_taken():
    assert branched(3, [(0, 2), (1, 2)], [1, 1]).tolist() == [-1, -1, 0]


def test_a_cycle_is_entered_where_it_costs_least():
    """0 and 1 hold each other; 2 leads to both."""
    ways = [(0, 1), (1, 0), (2, 0), (2, 1)]
    assert branched(3, ways, [9, 8, 3, 5]).tolist() == [1, 3, -1]
