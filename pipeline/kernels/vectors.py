"""What numba can't say: whole vectors, written out for LLVM.

A vector here is longer than any register: LLVM cuts it to what the machine has, and while one part
waits for the result of a multiplication, the next part's is on its way. Nothing checks places: the
caller sees to it that all that is read and written lies inside the arrays.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 32  # `elementwise` takes so many elements at once, also where fewer are left
SLOTS = 64  # `keep_lowest` takes so many slots at once

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_LANES = ir.VectorType(_I64, LANES)
_BYTES = ir.VectorType(ir.IntType(8), 64)
_SIXTEEN = ir.VectorType(_I32, 16)


def _pointer(context, builder, signature, arguments, which):
    return context.make_array(signature.args[which])(context, builder, arguments[which]).data


def _at(builder, pointer, index, vector):
    return builder.bitcast(builder.gep(pointer, [index]), vector.as_pointer())


def _load(builder, pointer, index, vector):
    place = _at(builder, pointer, index, vector)
    return builder.load(place, align=vector.element.width // 8)


def _splat(builder, value, vector):
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_I32, 0))
    zeros = ir.Constant(ir.VectorType(_I32, vector.count), None)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


class Lanes:
    """Uint64 numbers side by side: a formula for one number, called with these, writes code."""

    __array_ufunc__ = None  # so that NumPy's scalars leave operators to this class

    def __init__(self, builder: Any, value: Any) -> None:
        self._builder = builder
        self._value = value

    def _made(self, name: str, other: object) -> "Lanes":
        if isinstance(other, Lanes):
            value = other._value
        else:
            value = ir.Constant(_LANES, [int(other)] * LANES)  # type: ignore[call-overload]
        return Lanes(self._builder, getattr(self._builder, name)(self._value, value))

    def __add__(self, other: object) -> "Lanes":
        return self._made("add", other)

    def __sub__(self, other: object) -> "Lanes":
        return self._made("sub", other)

    def __mul__(self, other: object) -> "Lanes":
        return self._made("mul", other)

    def __and__(self, other: object) -> "Lanes":
        return self._made("and_", other)

    def __or__(self, other: object) -> "Lanes":
        return self._made("or_", other)

    def __xor__(self, other: object) -> "Lanes":
        return self._made("xor", other)

    def __lshift__(self, other: object) -> "Lanes":
        return self._made("shl", other)

    def __rshift__(self, other: object) -> "Lanes":
        return self._made("lshr", other)

    __radd__, __rmul__, __rand__, __ror__, __rxor__ = __add__, __mul__, __and__, __or__, __xor__


def elementwise(formula: Callable[..., Any], ahead: int = 1) -> Any:
    """A function for kernels: out[i] = formula(a[i], a[i + 1], …, b[i], b[i + 1], …) for i < count.

    Args:
        formula: plain Python on uint64: + - * & | ^ and shifts.
        ahead: how many consecutive elements of each array the formula takes.

    Returns:
        write((a, b, …), out, count) for uint64 arrays with `LANES + ahead` elements to spare.
    """

    def typed(typing_context, inputs, out, count):  # noqa: ARG001
        def code(context, builder, signature, arguments):
            arrays = cgutils.unpack_tuple(builder, arguments[0])
            places = [
                context.make_array(kind)(context, builder, array).data
                for kind, array in zip(signature.args[0], arrays, strict=True)
            ]
            target = _pointer(context, builder, signature, arguments, 1)
            stop = arguments[2]
            zero, stride = ir.Constant(stop.type, 0), ir.Constant(stop.type, LANES)
            with cgutils.for_range_slice(builder, zero, stop, stride) as (index, _):
                read = [
                    _load(builder, place, builder.add(index, ir.Constant(stop.type, step)), _LANES)
                    for place in places
                    for step in range(ahead)
                ]
                made = formula(*(Lanes(builder, value) for value in read))
                builder.store(made._value, _at(builder, target, index, _LANES), align=8)
            return context.get_dummy_value()

        return types.void(inputs, out, types.intp), code

    return intrinsic(typed)


def _keep_lowest(typing_context, row, multipliers, addends, slot, values, count):  # noqa: ARG001
    """row[s] = min(row[s], multipliers[s] · v + addends[s]) for 64 slots s from `slot`, all v.

    The 64 minima stay in registers while the values pass by; all arrays are uint32.
    """

    def code(context, builder, signature, arguments):
        row, factors, terms = (
            _pointer(context, builder, signature, arguments, i) for i in (0, 1, 2)
        )
        values = _pointer(context, builder, signature, arguments, 4)
        slot, count = arguments[3], arguments[5]
        steps = [builder.add(slot, ir.Constant(slot.type, at)) for at in range(0, SLOTS, 16)]
        factors = [_load(builder, factors, step, _SIXTEEN) for step in steps]
        terms = [_load(builder, terms, step, _SIXTEEN) for step in steps]
        lowest = [cgutils.alloca_once(builder, _SIXTEEN) for _ in steps]
        for step, kept in zip(steps, lowest, strict=True):
            builder.store(_load(builder, row, step, _SIXTEEN), kept)
        with cgutils.for_range(builder, count) as loop:
            value = _splat(builder, builder.load(builder.gep(values, [loop.index])), _SIXTEEN)
            for kept, factor, term in zip(lowest, factors, terms, strict=True):
                new = builder.add(builder.mul(value, factor), term)
                old = builder.load(kept)
                lower = builder.icmp_unsigned("<", new, old)
                builder.store(builder.select(lower, new, old), kept)
        for step, kept in zip(steps, lowest, strict=True):
            builder.store(builder.load(kept), _at(builder, row, step, _SIXTEEN), align=4)
        return context.get_dummy_value()

    return types.void(row, multipliers, addends, types.intp, values, types.intp), code


def _byte_masks(typing_context, data, at):  # noqa: ARG001
    """Of 64 bytes from `at`: which are ASCII letters or digits, digits, spaces, not ASCII."""

    def code(context, builder, signature, arguments):
        data = _pointer(context, builder, signature, arguments, 0)
        read = builder.load(_at(builder, data, arguments[1], _BYTES), align=1)

        def among(values, first, last):
            low = builder.sub(values, ir.Constant(_BYTES, [ord(first)] * 64))
            span = ir.Constant(_BYTES, [ord(last) - ord(first) + 1] * 64)
            return builder.icmp_unsigned("<", low, span)

        digits = among(read, "0", "9")
        letters = among(builder.or_(read, ir.Constant(_BYTES, [0x20] * 64)), "a", "z")
        high = builder.icmp_signed("<", read, ir.Constant(_BYTES, [0] * 64))
        kinds = (builder.or_(digits, letters), digits, among(read, " ", " "), high)
        masks = [builder.bitcast(kind, _I64) for kind in kinds]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 4)(data, types.intp), code


# A kernel calls these without the typing context, which no type checker can know.
byte_masks: Any = intrinsic(_byte_masks)
keep_lowest: Any = intrinsic(_keep_lowest)
