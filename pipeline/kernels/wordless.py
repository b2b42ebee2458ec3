"""UTF-8 in, whether there is any token in it out."""

import numpy as np

from pipeline.documents import I32, I64, U8, U32, Flags
from pipeline.kernels.characters import DROPPED, EXPANDED, IGNORED, KIND, SEPARATOR
from pipeline.kernels.jit import kernel
from pipeline.kernels.utf8 import decode


@kernel
def wordless(
    data: U8,
    bounds: I64,
    kinds: U8,
    letters: U32,  # noqa: ARG001 -- all tables, as the tokeniser takes them
    slots: I32,
    expansions: I32,
    points: I32,
) -> Flags:
    """[n] which texts `tokenise` would find no token in.

    Args:
        data, bounds: text i is data[bounds[i]:bounds[i + 1]], valid UTF-8.
        kinds, letters, slots, expansions, points: `Characters`; `letters` isn't read.
    """
    n = len(bounds) - 1
    result = np.ones(n, np.bool_)
    for i in range(n):
        at = bounds[i]
        while at < bounds[i + 1] and result[i]:
            point, width = decode(data, at)
            at += width
            kind = kinds[point] & KIND
            if kind == EXPANDED:
                for piece in range(expansions[slots[point]], expansions[slots[point] + 1]):
                    part = kinds[points[piece]] & KIND
                    if part != SEPARATOR and part != IGNORED and part != DROPPED:
                        result[i] = False
            elif kind != SEPARATOR and kind != IGNORED and kind != DROPPED:
                result[i] = False
    return result
