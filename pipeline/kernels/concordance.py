"""Are things that are near by one measure near by another?"""

import numpy as np

from pipeline.documents import F64, I64
from pipeline.kernels.jit import kernel

_MOST = 64  # neighbours of one article that are compared


@kernel
def concordance(offsets: I64, near: F64, far: F64) -> F64:
    """[n] Kendall's τ-a between what is near and what is not far, over each run's items.

    Args:
        offsets: [n + 1] run x has items offsets[x]:offsets[x + 1]; of a long run the first
            `_MOST` are compared.
        near, far: [m].
    """
    out = np.zeros(len(offsets) - 1)
    for x in range(len(out)):
        first, last = offsets[x], min(offsets[x + 1], offsets[x] + _MOST)
        agree = 0
        for i in range(first, last):
            for j in range(first, i):
                agree += np.sign(near[i] - near[j]) * np.sign(far[j] - far[i])
        pairs = (last - first) * (last - first - 1) / 2
        out[x] = agree / max(pairs, 1.0)
    return out
