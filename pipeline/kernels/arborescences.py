"""Sums over all trees of a weighted graph: how probable each edge, and each root, is.

W. Tutte's matrix-tree theorem, 1948; marginals as T. Koo, A. Globerson, X. Carreras and M. Collins,
"Structured prediction models via the matrix-tree theorem", 2007.
"""

import numpy as np

from pipeline.documents import F64, I64
from pipeline.kernels.jit import kernel, subroutine


@subroutine
def _invert(matrix, n, inverse):
    """Gauss-Jordan with partial pivoting; False where there is no inverse."""
    inverse[:n, :n] = 0.0
    for i in range(n):
        inverse[i, i] = 1.0
    for column in range(n):
        pivot = column
        for row in range(column + 1, n):
            if abs(matrix[row, column]) > abs(matrix[pivot, column]):
                pivot = row
        if matrix[pivot, column] == 0.0:
            return False
        if pivot != column:
            for k in range(n):
                matrix[column, k], matrix[pivot, k] = matrix[pivot, k], matrix[column, k]
                inverse[column, k], inverse[pivot, k] = inverse[pivot, k], inverse[column, k]
        scale = 1.0 / matrix[column, column]
        for k in range(n):
            matrix[column, k] *= scale
            inverse[column, k] *= scale
        for row in range(n):
            factor = matrix[row, column]
            if row == column or factor == 0.0:
                continue
            for k in range(n):
                matrix[row, k] -= factor * matrix[column, k]
                inverse[row, k] -= factor * inverse[column, k]
    return True


@subroutine
def _laplacian(source, target, weight, n, matrix):
    """Column x: what enters x on the diagonal, and minus what comes from y in row y."""
    matrix[:n, :n] = 0.0
    for k in range(len(source)):
        matrix[target[k], target[k]] += weight[k]
        matrix[source[k], target[k]] -= weight[k]


@subroutine
def _with_one_root(source, target, weight, root, n, matrix, inverse, edges, roots):
    """Shares of edges and roots among the trees that one of the nodes is the root of."""
    _laplacian(source, target, weight, n, matrix)
    for x in range(n):
        matrix[0, x] = root[x]
    if not _invert(matrix, n, inverse):
        return False
    for x in range(n):
        roots[x] = root[x] * inverse[x, 0]
    for k in range(len(source)):
        x, y = target[k], source[k]
        into = inverse[x, x] if x else 0.0
        edges[k] = weight[k] * (into - (inverse[x, y] if y else 0.0))
    return True


@subroutine
def _from_outside(source, target, weight, outside, n, matrix, inverse, edges, roots):
    """Shares of edges and of ways in among the trees whose root is outside."""
    _laplacian(source, target, weight, n, matrix)
    for x in range(n):
        matrix[x, x] += outside[x]
    if not _invert(matrix, n, inverse):
        return False
    for x in range(n):
        roots[x] = outside[x] * inverse[x, x]
    for k in range(len(source)):
        x, y = target[k], source[k]
        edges[k] = weight[k] * (inverse[x, x] - inverse[x, y])
    return True


@kernel
def tree_shares(
    nodes: I64,
    firsts: I64,
    source: I64,
    target: I64,
    weight: F64,
    root: F64,
    outside: F64,
    unseen: F64,
) -> tuple[F64, F64, F64]:
    """Of many graphs, the share of each edge, root and way in from outside among all trees.

    A tree's weight is the product of its edges' and its root's. With the chance `unseen` the root
    is outside, and may enter several nodes; else it is one node.

    Args:
        nodes, firsts: [graphs + 1] graph g owns nodes nodes[g]:nodes[g + 1] and edges
            firsts[g]:firsts[g + 1].
        source, target, weight: [m] edges between nodes, counted from their graph's first.
        root: [n] weight of each node as the root, > 0.
        outside: [n] weight of the edge from outside, > 0.
        unseen: [graphs].

    Returns:
        [m], [n] and [n] shares, from 0 to 1; those of the ways into a node sum to 1. NaN where a
        graph has no tree.
    """
    most = 0
    for g in range(len(unseen)):
        most = max(most, nodes[g + 1] - nodes[g])
    matrix, inverse = np.empty((most, most)), np.empty((most, most))
    edges, roots, ways = np.zeros(len(source)), np.zeros(len(root)), np.zeros(len(root))
    one, other = np.empty(len(source)), np.empty(len(root))
    for g in range(len(unseen)):
        of, at = slice(nodes[g], nodes[g + 1]), slice(firsts[g], firsts[g + 1])
        n = nodes[g + 1] - nodes[g]
        graph = (source[at], target[at], weight[at])
        if not _with_one_root(*graph, root[of], n, matrix, inverse, one[at], other[of]):
            one[at], other[of] = np.nan, np.nan
        edges[at] += (1.0 - unseen[g]) * one[at]
        roots[of] += (1.0 - unseen[g]) * other[of]
        if unseen[g] > 0.0:
            if not _from_outside(*graph, outside[of], n, matrix, inverse, one[at], other[of]):
                one[at], other[of] = np.nan, np.nan
            edges[at] += unseen[g] * one[at]
            ways[of] += unseen[g] * other[of]
    return edges, roots, ways
