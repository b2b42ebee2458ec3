"""For each vector the most similar others, by an inverted index."""

import numpy as np

from pipeline.documents import I32, I64, U16, U64
from pipeline.kernels.jit import inlined, kernel


@kernel
def list_features(features: I64, rows: I32, weights: U16, owned: I64, lists: I32, own: U16) -> None:
    """Fill `lists` with each row's features, and `own` with their weights.

    Args:
        features, rows, weights: feature f has the rows rows[features[f]:features[f + 1]].
        owned: row i gets lists[owned[i]:owned[i + 1]].
    """
    free = owned[:-1].copy()
    for feature in range(len(features) - 1):
        for k in range(features[feature], features[feature + 1]):
            place = free[rows[k]]
            lists[place], own[place] = feature, weights[k]
            free[rows[k]] += 1


@inlined
def _nearest(hits, scores, order, most):
    """The best of the hits, by score and then by order, moved to the front; how many."""
    if len(hits) <= most:
        return len(hits)
    ranked = np.sort(scores[hits])
    last = ranked[len(ranked) - most]
    count = 0
    for h in range(len(hits)):
        if scores[hits[h]] > last:
            hits[h], hits[count] = hits[count], hits[h]
            count += 1
    while count < most:
        best = -1
        for h in range(count, len(hits)):
            if scores[hits[h]] == last and (best < 0 or order[hits[h]] < order[hits[best]]):
                best = h
        hits[best], hits[count] = hits[count], hits[best]
        count += 1
    return count


@kernel
def similar_rows(
    features: I64, rows: I32, weights: U16, owned: I64, lists: I32, own: U16,
    begins: I64, ends: I64, window: int, order: U64, least: int, most: int, first: int, last: int,
) -> I64:  # fmt: skip
    """For each of the rows first … last − 1, those with the largest dot products.

    Args:
        features: [f + 1] feature f has the rows rows[features[f]:features[f + 1]], ascending.
        rows, weights: as above; a row's weights have the length `UNIT`.
        owned, lists, own: row i has the features lists[owned[i]:owned[i + 1]], and their weights.
        begins, ends: [n] of each row's time.
        window: most time between the end of one and the beginning of the other; negative: any.
        order: [n] which of two equally similar rows comes first.
        least: smallest dot product.
        most: rows for each.

    Returns:
        (a << 32) | b with a < b, one for each neighbour of a row.
    """
    pairs = [np.int64(0) for _ in range(0)]
    scores = np.zeros(len(order), np.int32)
    touched = np.empty(len(order), np.int32)
    for a in range(first, last):
        reached = 0
        for at in range(owned[a], owned[a + 1]):
            weight = np.int32(own[at])
            for k in range(features[lists[at]], features[lists[at] + 1]):
                b = rows[k]
                if scores[b] == 0:
                    touched[reached] = b
                    reached += 1
                scores[b] += weight * np.int32(weights[k])
        count = 0
        for k in range(reached):
            b = touched[k]
            near = window < 0 or max(begins[a] - ends[b], begins[b] - ends[a]) <= window
            if b != a and scores[b] >= least and near:
                touched[count], touched[k] = b, touched[count]
                count += 1
        for k in range(_nearest(touched[:count], scores, order, most)):
            b = np.int64(touched[k])
            pairs.append((b << 32) | a if b < a else (a << 32) | b)
        for k in range(reached):
            scores[touched[k]] = 0
    return np.array(pairs)
