"""Mean vectors of texts, and the nearest of them.

Vectors are whole numbers of length `UNIT`. Every sum of products of two of them stays below 2²⁴, so
that it is exact in single precision, too, in whatever order a matrix product takes its terms.
"""

import numpy as np

from pipeline.documents import F32, I16, I32, I64, U8, U64
from pipeline.kernels.jit import kernel

UNIT = 4000
# (UNIT + ½√d)² has to stay below 2²⁴.
MOST_DIMENSIONS = 8192


@kernel
def mean_vectors(vectors: F32, ids: I32, weights: I32, offsets: I64, out: I16, told: U8) -> None:
    """The direction of the weighed sum of each text's vectors, as whole numbers of length `UNIT`.

    Args:
        vectors: [v, d] of each piece of a word.
        ids, weights: text i has the pieces ids[offsets[i]:offsets[i + 1]], each with its weight.
        out: [m, d] gets the means; all zero where there is none.
        told: [m] gets 1 where there is one.
    """
    total = np.empty(vectors.shape[1], np.float64)
    for i in range(len(offsets) - 1):
        total[:] = 0.0
        for at in range(offsets[i], offsets[i + 1]):
            one, weight = vectors[ids[at]], np.float64(weights[at])
            for k in range(len(total)):
                total[k] += weight * np.float64(one[k])
        square = 0.0
        for k in range(len(total)):
            square += total[k] * total[k]
        if square > 0.0:
            told[i] = 1
            length = np.sqrt(square)
            for k in range(len(total)):
                out[i, k] = np.int16(np.rint(UNIT * (total[k] / length)))


@kernel
def pair_products(vectors: I16, a: I64, b: I64) -> I64:
    """[pairs] dot product of the vectors of two rows."""
    found = np.zeros(len(a), np.int64)
    for pair in range(len(a)):
        one, other = vectors[a[pair]], vectors[b[pair]]
        total = np.int64(0)
        for k in range(len(one)):
            total += np.int64(one[k]) * np.int64(other[k])
        found[pair] = total
    return found


@kernel
def keep_nearest(
    products: F32, first: int, start: int, order: U64, least: int, best: F32, near: I32
) -> None:
    """Take up what a part of a matrix of dot products says of the nearest of its rows.

    Args:
        products: [r, c] of the rows first … first + r − 1 with the rows start … start + c − 1.
        order: [n] which of two equally near rows comes first.
        least: smallest product that counts; above 0.
        best: [r, most] the largest products so far, falling; 0 where there is none yet.
        near: [r, most] the rows they are with.
    """
    most = best.shape[1]
    for i in range(products.shape[0]):
        for j in range(products.shape[1]):
            product, row = products[i, j], start + j
            if product < least or product < best[i, most - 1] or row == first + i:
                continue
            at = most
            while at > 0 and (
                best[i, at - 1] < product
                or (best[i, at - 1] == product and order[row] < order[near[i, at - 1]])
            ):
                at -= 1
            if at < most:
                for k in range(most - 1, at, -1):
                    best[i, k], near[i, k] = best[i, k - 1], near[i, k - 1]
                best[i, at], near[i, at] = product, row
