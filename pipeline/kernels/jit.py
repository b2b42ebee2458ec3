"""The one way kernels are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, register_jitable

_F = TypeVar("_F", bound=Callable[..., object])


def _compiled(function: _F, **options: Any) -> _F:
    """The function as numba compiles it, kept on disk if there is a place to write to."""
    try:
        return cast("_F", numba.njit(cache=True, nogil=True, **options)(function))
    except RuntimeError:  # a read-only installation and no home
        return cast("_F", numba.njit(nogil=True, **options)(function))


def kernel(function: _F) -> _F:
    """Compile on first use, keep the machine code on disk, and let other threads run meanwhile.

    fastmath stays off: the order of floating-point sums is part of the output.
    """
    return _compiled(function)


def inlined(function: _F) -> _F:
    """As `kernel`, for functions that are called from inside other kernels.

    They are merged into their callers before compilation: a call would count references to its
    arrays up and down, which costs more than what a small kernel does.
    """
    return _compiled(function, inline="always")


def formula(function: _F) -> _F:
    """For kernels to call, and still plain Python for whoever calls it outside of one."""
    return register_jitable(function)


def subroutine(function: _F) -> _F:
    """As `inlined`, but compiled once and called: for larger parts, which take long to compile."""
    return _compiled(function)


def _load64(typing_context, array, index):  # noqa: ARG001 -- numba passes them
    """The eight bytes of a uint8 array from `index` as one little-endian number.

    Nothing checks that they are inside the array: the caller pads it.
    """

    def code(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.uint64(array, types.intp), code


def _store(typing_context, array, index, value):  # noqa: ARG001
    """Write a number into a uint8 array from `index`, little-endian; nothing checks the place."""

    def code(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        pointer = builder.bitcast(place, arguments[2].type.as_pointer())
        builder.store(arguments[2], pointer, align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), code


def _bit_count(typing_context, value):  # noqa: ARG001
    """Number of bits that are set."""

    def code(context, builder, signature, arguments):  # noqa: ARG001
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), code


def _trailing_zeros(typing_context, value):  # noqa: ARG001
    """Number of zero bits below the lowest set bit; 64 for 0."""

    def code(context, builder, signature, arguments):  # noqa: ARG001
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), code


# A kernel calls these without the typing context, which no type checker can know.
load64: Any = intrinsic(_load64)
store: Any = intrinsic(_store)
bit_count: Any = intrinsic(_bit_count)
trailing_zeros: Any = intrinsic(_trailing_zeros)
