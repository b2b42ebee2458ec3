"""Which features a text has, as a finite automaton over its bytes finds them."""

import numpy as np

from pipeline.documents import F32, I32, I64, U8, U32
from pipeline.kernels.jit import kernel


@kernel
def count_visits(text: U8, moves: U32, rows: I32, outputs: I32) -> tuple[I64, F32]:
    """Features in the order in which they are first seen, and how often each is.

    Args:
        text: bytes.
        moves: moves[rows[state] + byte] is the next state.
        rows: [states] where a state's moves start.
        outputs: [states] the feature that is seen on reaching a state, −1 for none.
    """
    features, counts = np.empty(len(text), np.int64), np.zeros(len(text), np.float32)
    size = 16
    while size < 2 * len(text):
        size *= 2
    slots = np.full(size, np.int64(-1))
    found, state = 0, np.int64(0)
    for byte in text:
        state = np.int64(moves[rows[state] + byte])
        feature = np.int64(outputs[state])
        if feature < 0:
            continue
        slot = feature & (size - 1)
        while slots[slot] >= 0 and features[slots[slot]] != feature:
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot], features[found] = found, feature
            found += 1
        counts[slots[slot]] += 1
    return features[:found].copy(), counts[:found].copy()
