"""The one way kernels are compiled."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., object])


def kernel(function: _F) -> _F:
    """Compile on first use, keep the machine code on disk, and let other threads run meanwhile.

    fastmath stays off: the order of floating-point sums is part of the output.
    """
    return cast("_F", numba.njit(cache=True, nogil=True)(function))


def inlined(function: _F) -> _F:
    """As `kernel`, for small functions that are called from inside other kernels."""
    return cast("_F", numba.njit(cache=True, nogil=True, inline="never")(function))
