"""Connected components by union-find; networkx is the twin in the tests."""

import numpy as np

from pipeline.documents import I64
from pipeline.kernels.jit import kernel, subroutine


@subroutine
def find(parent, node):
    """The node's root; paths are halved on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@subroutine
def union(parent, x, y):
    """Join two sets under the smaller root, so that a set is named by its smallest member."""
    x, y = find(parent, x), find(parent, y)
    if x < y:
        parent[y] = x
    else:
        parent[x] = y


@kernel
def components(n: int, a: I64, b: I64) -> I64:
    """[n] the smallest node of each node's component, for edges a[i] – b[i]."""
    parent = np.arange(n)
    for i in range(len(a)):
        union(parent, a[i], b[i])
    for node in range(n):
        parent[node] = find(parent, node)
    return parent
