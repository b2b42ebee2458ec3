"""Texts in, each one's likeliest class by the features that an automaton finds in its bytes out."""

import numpy as np

from pipeline.documents import F32, I32, I64, U8, U32
from pipeline.kernels.jit import kernel


@kernel
def likeliest(
    data: U8, bounds: I64, moves: U32, rows: I32, outputs: I32, weights: F32, priors: F32
) -> I64:
    """[n] the class with the largest prior + Σ log(1 + count of a feature) · its weight.

    Args:
        data, bounds: text i is data[bounds[i]:bounds[i + 1]].
        moves: moves[rows[state] + byte] is the next state.
        rows: [states] where a state's moves start.
        outputs: [states] the feature that is seen on reaching a state, −1 for none.
        weights: [features, classes]
        priors: [classes]

    Returns:
        of equals the first; 0 for a text without features.
    """
    n = len(bounds) - 1
    counts = np.zeros(len(weights), np.int64)
    seen = np.empty(len(weights), np.int64)
    scores = np.empty(len(priors), np.float64)
    best = np.zeros(n, np.int64)
    for i in range(n):
        found, state = 0, np.int64(0)
        for at in range(bounds[i], bounds[i + 1]):
            state = np.int64(moves[rows[state] + data[at]])
            feature = np.int64(outputs[state])
            if feature >= 0:
                if counts[feature] == 0:
                    seen[found] = feature
                    found += 1
                counts[feature] += 1
        scores[:] = priors
        for feature in seen[:found]:
            amount = np.log1p(counts[feature])
            counts[feature] = 0
            for k in range(len(scores)):
                scores[k] += amount * weights[feature, k]
        if found:
            best[i] = scores.argmax()
    return best
