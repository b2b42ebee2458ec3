"""A verifier's answer: boosted trees, read from a table."""

import numpy as np

from pipeline.documents import F64, I32
from pipeline.kernels.jit import kernel

LEAF = -1  # the feature of a leaf


@kernel
def tree_sums(
    rows: F64, roots: I32, feature: I32, threshold: F64, low: I32, high: I32, value: F64
) -> F64:
    """[m] sums of the leaves that rows reach.

    Args:
        rows: [m, features].
        roots: [trees] first node of each tree.
        feature, threshold, low, high: [nodes] a node sends a row to `low` where its feature is at
            most the threshold, else to `high`; a leaf has the feature `LEAF`.
        value: [nodes] of leaves.
    """
    sums = np.zeros(len(rows), np.float64)
    for r in range(len(rows)):
        for root in roots:
            node = root
            while feature[node] != LEAF:
                down = rows[r, feature[node]] <= threshold[node]
                node = low[node] if down else high[node]
            sums[r] += value[node]
    return sums
