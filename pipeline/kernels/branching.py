"""The maximum branching of a directed graph: at most one way into each node, and no cycle.

J. Edmonds, "Optimum branchings", 1967, with the heaps of H. Gabow, Z. Galil, T. Spencer and
R. Tarjan, 1986: O(m log n). networkx is the twin in the tests.
"""

import numpy as np

from pipeline.documents import F64, I64
from pipeline.kernels.jit import kernel, subroutine

_NONE = np.int64(-1)


@subroutine
def _pushed_down(heap, delta, left, right):
    """Hand on to the children what is to be added to a whole heap."""
    for child in (left[heap], right[heap]):
        if child >= 0:
            delta[child] += delta[heap]


@subroutine
def _merged(x, y, cost, delta, left, right, trail):
    """One skew heap of two: the cheapest edge on top, of equals the first."""
    depth = 0
    while x >= 0 and y >= 0:
        a, b = cost[x] + delta[x], cost[y] + delta[y]
        if b < a or (a == b and y < x):
            x, y = y, x
        _pushed_down(x, delta, left, right)
        cost[x] += delta[x]
        delta[x] = 0.0
        trail[depth] = x
        depth += 1
        x = right[x]
    top = x if x >= 0 else y
    while depth:
        depth -= 1
        x = trail[depth]
        right[x] = left[x]
        left[x] = top
        top = x
    return top


@subroutine
def _popped(heap, cost, delta, left, right, trail):
    _pushed_down(heap, delta, left, right)
    return _merged(left[heap], right[heap], cost, delta, left, right, trail)


@subroutine
def _find(parent, node):
    """The node's group; nothing is shortened, since groups are taken apart again."""
    while parent[node] != node:
        node = parent[node]
    return node


@subroutine
def _joined(parent, size, x, y):
    """The larger group takes in the other; which of the two groups is none any more."""
    if size[x] < size[y]:
        x, y = y, x
    parent[y] = x
    size[x] += size[y]
    return x, y


@subroutine
def _heaps(n, target, cost, delta, left, right, trail):
    """[n] the heap of each node's ways in."""
    heaps = np.full(n, _NONE)
    for k in range(len(cost)):
        heaps[target[k]] = _merged(heaps[target[k]], k, cost, delta, left, right, trail)
    return heaps


@subroutine
def _take_apart(cycles, edges, taken_in, parent, stops, entering):
    """Open the cycles, the last first: each loses the edge at the node by which it is entered."""
    for k in range(len(cycles) - 1, -1, -1):
        group, first, joins = cycles[k]
        while len(taken_in) > joins:
            node = taken_in.pop()
            parent[node] = node
        outer = entering[group]
        while len(edges) > first:
            edge = edges.pop()
            entering[_find(parent, stops[edge])] = edge
        entering[_find(parent, stops[outer])] = outer


@kernel
def best_branching(n: int, source: I64, target: I64, weight: F64) -> I64:
    """[n] the edge that enters each node in the branching of largest total weight, −1 for none.

    Edges of weight ≤ 0 are never needed. Equal weights: the edge that comes first.

    Args:
        n: nodes.
        source, target, weight: [m] edges.
    """
    m = len(source)
    # A root outside enters every node for nothing: then a branching is a tree.
    starts = np.append(source, np.full(n, n))
    stops = np.append(target, np.arange(n))
    cost, delta = np.append(-weight, np.zeros(n)), np.zeros(m + n)
    left, right = np.full(m + n, _NONE), np.full(m + n, _NONE)
    trail = np.empty(m + n, np.int64)
    heaps = _heaps(n + 1, stops, cost, delta, left, right, trail)
    parent, size = np.arange(n + 1), np.ones(n + 1, np.int64)
    seen = np.full(n + 1, _NONE)
    seen[n] = n
    entering, way, path = np.full(n + 1, _NONE), np.full(n + 1, _NONE), np.empty(n + 1, np.int64)
    # What is needed to take cycles apart: their edges, and the groups that were joined.
    cycles, edges = [(np.int64(0), np.int64(0), np.int64(0))][:0], [np.int64(0)][:0]
    taken_in = [np.int64(0)][:0]
    for start in range(n):
        node, depth = np.int64(_find(parent, start)), 0
        while seen[node] < 0:
            heap = heaps[node]
            while _find(parent, starts[heap]) == node:
                heap = _popped(heap, cost, delta, left, right, trail)
            delta[heap] -= cost[heap] + delta[heap]
            way[depth], path[depth], seen[node] = heap, node, start
            heaps[node] = heap
            depth += 1
            node = _find(parent, starts[heap])
            if seen[node] != start:
                continue
            first, joins, merged = len(edges), len(taken_in), _NONE
            last = node
            while True:
                depth -= 1
                edges.append(way[depth])
                heap = heaps[path[depth]]
                heap = _popped(heap, cost, delta, left, right, trail)
                merged = _merged(merged, heap, cost, delta, left, right, trail)
                if path[depth] == node:
                    break
                if path[depth] != last:
                    last, gone = _joined(parent, size, last, path[depth])
                    taken_in.append(gone)
            node = _find(parent, node)
            heaps[node], seen[node] = merged, _NONE
            cycles.append((node, np.int64(first), np.int64(joins)))
        for k in range(depth):
            entering[_find(parent, stops[way[k]])] = way[k]
    _take_apart(cycles, edges, taken_in, parent, stops, entering)
    return np.where(entering[:n] < m, entering[:n], _NONE)
