"""Components and bridges against networkx."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.components import components
from pipeline.kernels.stories import bridges


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 25))
    edge = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda it: it[0] != it[1])
    edges = draw(st.lists(edge, max_size=40)) if n > 1 else []
    a, b = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
    return n, edges, a, b


@given(graphs())
def test_components_are_named_by_their_smallest_node(graph):
    n, edges, a, b = graph
    twin = nx.Graph(edges)
    twin.add_nodes_from(range(n))
    expected = {node: min(part) for part in nx.connected_components(twin) for node in part}
    assert components(n, a, b).tolist() == [expected[node] for node in range(n)]


@given(graphs())
def test_bridges(graph):
    """An edge is a bridge if the graph without it has one component more; doubled edges never."""
    n, edges, a, b = graph
    whole = nx.MultiGraph(edges)
    whole.add_nodes_from(range(n))
    parts = nx.number_connected_components(whole)
    expected = []
    for x, y in edges:
        rest = whole.copy()
        rest.remove_edge(x, y)
        expected.append(nx.number_connected_components(rest) > parts)
    assert bridges(n, a, b).tolist() == expected


def test_larger_graphs():
    for seed in range(5):
        twin = nx.gnm_random_graph(400, 380, seed=seed)
        edges = list(twin.edges)
        a, b = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
        expected = {node: min(part) for part in nx.connected_components(twin) for node in part}
        assert components(400, a, b).tolist() == [expected[node] for node in range(400)]
        held = set(nx.bridges(twin))
        assert bridges(400, a, b).tolist() == [(x, y) in held or (y, x) in held for x, y in edges]


def test_a_long_path_needs_no_recursion():
    nodes = np.arange(50_000)
    assert components(50_000, nodes[:-1], nodes[1:]).max() == 0
    assert bridges(50_000, nodes[:-1], nodes[1:]).all()
