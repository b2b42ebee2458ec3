"""The part of a graph around each of its nodes."""

import numpy as np

from pipeline.documents import F64, I64
from pipeline.kernels.jit import kernel, subroutine


@subroutine
def _nearest(node, offsets, source, weight, most, out):
    """The node and the strongest of those that it may come from; how many."""
    first, last = offsets[node], offsets[node + 1]
    order = np.argsort(-weight[first:last], kind="mergesort")[: most - 1]
    out[0] = node
    for k in range(len(order)):
        out[1 + k] = source[first + order[k]]
    return 1 + len(order)


@kernel
def neighbourhoods(
    offsets: I64, source: I64, weight: F64, most: int
) -> tuple[I64, I64, I64, I64, I64, I64]:
    """For each node, it and the strongest of its sources, and all edges between these.

    Args:
        offsets: [n + 1] node x is entered by edges offsets[x]:offsets[x + 1].
        source, weight: [m] each edge's source, and by what the strongest are chosen.
        most: nodes of a neighbourhood.

    Returns:
        offsets of the neighbourhoods' nodes; the nodes, each neighbourhood's own first; offsets
        of its edges, by target; their numbers, and the places of their sources and targets in it.
    """
    n = len(offsets) - 1
    place, chosen = np.full(n, -1), np.empty(most, np.int64)
    nodes, firsts = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    members, edges = [np.int64(0)][:0], [(np.int64(0), np.int64(0), np.int64(0))][:0]
    for x in range(n):
        count = _nearest(x, offsets, source, weight, most, chosen)
        for k in range(count):
            place[chosen[k]] = k
            members.append(chosen[k])
        for k in range(count):
            for edge in range(offsets[chosen[k]], offsets[chosen[k] + 1]):
                if place[source[edge]] >= 0:
                    edges.append((np.int64(edge), np.int64(place[source[edge]]), np.int64(k)))
        for k in range(count):
            place[chosen[k]] = -1
        nodes[x + 1], firsts[x + 1] = len(members), len(edges)
    found = np.empty((3, len(edges)), np.int64)
    for k in range(len(edges)):
        found[0, k], found[1, k], found[2, k] = edges[k]
    return nodes, np.array(members), firsts, found[0], found[1], found[2]
