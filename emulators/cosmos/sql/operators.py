"""Operators over values: wrong types give undefined, never an exception."""

import math
import operator
from collections.abc import Callable
from typing import Final, TypeAlias

from emulators.cosmos.sql.values import UNDEFINED, Value, is_number, rank, same

Operator: TypeAlias = Callable[[Value, Value], Value]
_ORDERED: Final = frozenset({rank(None), rank(False), rank(0), rank("")})
_32_BITS: Final = 0xFFFFFFFF
_LARGEST_INTEGER_BITS: Final = 63


def _arithmetic(apply: Callable[[Value, Value], Value]) -> Operator:
    def operate(left: Value, right: Value) -> Value:
        if not (is_number(left) and is_number(right)):
            return UNDEFINED
        try:
            return finite(apply(left, right))
        except (ArithmeticError, ValueError):
            return UNDEFINED

    return operate


def finite(value: Value) -> Value:
    """*value* as a double would hold it; undefined for infinities, NaN and complex numbers."""
    if isinstance(value, complex):
        return UNDEFINED
    if type(value) is int and value.bit_length() > _LARGEST_INTEGER_BITS:
        value = float(value)
    return value if math.isfinite(value) else UNDEFINED


def _divide(left: Value, right: Value) -> Value:
    quotient = left / right
    return int(quotient) if quotient.is_integer() and abs(quotient) < 2**53 else quotient


def _remainder(left: Value, right: Value) -> Value:
    # The sign follows the dividend, as in JavaScript; Python's follows the divisor.
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def _signed(value: int) -> int:
    value &= _32_BITS
    return value - (1 << 32) if value >> 31 else value


def _bitwise(apply: Callable[[int, int], int]) -> Operator:
    return _arithmetic(lambda left, right: _signed(apply(_signed(int(left)), _signed(int(right)))))


def _ordering(apply: Callable[[Value, Value], bool]) -> Operator:
    def operate(left: Value, right: Value) -> Value:
        kind = rank(left)
        if kind != rank(right) or kind not in _ORDERED:
            return UNDEFINED
        return apply(left, right) if left is not None else apply(0, 0)

    return operate


def equal(left: Value, right: Value) -> Value:
    """Values of two types are unequal, so ``c.x != null`` finds what is there."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    return same(left, right)


def _unequal(left: Value, right: Value) -> Value:
    answer = equal(left, right)
    return answer if answer is UNDEFINED else not answer


def _concatenate(left: Value, right: Value) -> Value:
    return left + right if type(left) is str and type(right) is str else UNDEFINED


at_least: Final = _ordering(operator.ge)
at_most: Final = _ordering(operator.le)

BINARY: Final[dict[str, Operator]] = {
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_remainder),
    "&": _bitwise(operator.and_),
    "|": _bitwise(operator.or_),
    "^": _bitwise(operator.xor),
    "<<": _bitwise(lambda left, right: left << (right & 31)),
    ">>": _bitwise(lambda left, right: left >> (right & 31)),
    ">>>": _bitwise(lambda left, right: (left & _32_BITS) >> (right & 31)),
    "||": _concatenate,
    "=": equal,
    "!=": _unequal,
    "<>": _unequal,
    "<": _ordering(operator.lt),
    "<=": at_most,
    ">": _ordering(operator.gt),
    ">=": at_least,
    "??": lambda left, right: right if left is UNDEFINED else left,
}


def _not(value: Value) -> Value:
    return not value if type(value) is bool else UNDEFINED


UNARY: Final[dict[str, Callable[[Value], Value]]] = {
    "NOT": _not,
    "+": lambda value: value if is_number(value) else UNDEFINED,
    "-": lambda value: -value if is_number(value) else UNDEFINED,
    "~": lambda value: ~_signed(int(value)) if is_number(value) else UNDEFINED,
}
