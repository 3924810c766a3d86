"""Built-in functions: numbers, arrays and objects."""

import math
import random
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from emulators.cosmos.sql.operators import finite
from emulators.cosmos.sql.registry import anything, array, boolean, built_in, defined, number
from emulators.cosmos.sql.values import UNDEFINED, Value, canonical, same

_LARGEST_WITH_A_FRACTION: Final = 2**53


def _guarded(apply: Callable[..., Value]) -> Callable[..., Value]:
    def guarded(*arguments: Value) -> Value:
        try:
            return finite(apply(*arguments))
        except (ArithmeticError, ValueError):
            return UNDEFINED

    return guarded


def _round(value: float, digits: float = 0) -> Value:
    if abs(value) >= _LARGEST_WITH_A_FRACTION:
        return value
    # Halves go away from zero; Python's own round() goes to even.
    quantum = Decimal(1).scaleb(-int(digits))
    rounded = Decimal(repr(value)).quantize(quantum, ROUND_HALF_UP)
    return int(rounded) if digits <= 0 else float(rounded)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


_UNARY: dict[str, Callable[..., Value]] = {
    "ABS": abs,
    "ACOS": math.acos,
    "ASIN": math.asin,
    "ATAN": math.atan,
    "CEILING": math.ceil,
    "COS": math.cos,
    "COT": lambda angle: 1 / math.tan(angle),
    "DEGREES": math.degrees,
    "EXP": math.exp,
    "FLOOR": math.floor,
    "LOG10": math.log10,
    "RADIANS": math.radians,
    "SIGN": _sign,
    "SIN": math.sin,
    "SQRT": math.sqrt,
    "SQUARE": lambda value: value * value,
    "TAN": math.tan,
    "TRUNC": math.trunc,
}
for _name, _apply in _UNARY.items():
    built_in(_name, number)(_guarded(_apply))

built_in("ATN2", number, number)(_guarded(math.atan2))
built_in("LOG", number, number, optional=1)(_guarded(math.log))
built_in("PI")(lambda: math.pi)
built_in("POWER", number, number)(_guarded(lambda base, power: float(base) ** power))
built_in("RAND")(random.random)
built_in("ROUND", number, number, optional=1)(_guarded(_round))

built_in("ARRAY_LENGTH", array)(len)


@built_in("ARRAY_CONCAT", array, array, rest=array)
def _array_concat(*arrays: list[Value]) -> list[Value]:
    return [item for items in arrays for item in items]


@built_in("ARRAY_CONTAINS", array, defined, boolean, optional=1)
def _array_contains(items: list[Value], wanted: Value, partial: bool = False) -> bool:
    matches = _includes if partial else same
    return any(matches(item, wanted) for item in items)


def _includes(item: Value, part: Value) -> bool:
    if type(item) is not dict or type(part) is not dict:
        return same(item, part)
    return all(key in item and same(item[key], value) for key, value in part.items())


@built_in("ARRAY_CONTAINS_ANY", array, anything, rest=anything)
def _array_contains_any(items: list[Value], *wanted: Value) -> bool:
    return any(same(item, value) for value in wanted for item in items)


@built_in("ARRAY_CONTAINS_ALL", array, anything, rest=anything)
def _array_contains_all(items: list[Value], *wanted: Value) -> bool:
    return all(any(same(item, value) for item in items) for value in wanted)


@built_in("ARRAY_SLICE", array, number, number, optional=1)
def _array_slice(items: list[Value], start: float, length: float | None = None) -> list[Value]:
    first = int(start)
    first = max(0, len(items) + first) if first < 0 else first
    end = len(items) if length is None else first + max(0, int(length))
    return items[first:end]


@built_in("SETINTERSECT", array, array)
def _set_intersect(left: list[Value], right: list[Value]) -> list[Value]:
    allowed = {canonical(item) for item in right}
    return _distinct(item for item in left if canonical(item) in allowed)


@built_in("SETUNION", array, array)
def _set_union(left: list[Value], right: list[Value]) -> list[Value]:
    return _distinct([*left, *right])


def _distinct(items: Iterable[Value]) -> list[Value]:
    return list({canonical(item): item for item in items}.values())


@built_in("OBJECTTOARRAY", anything)
def _object_to_array(value: Value) -> Value:
    if type(value) is not dict:
        return UNDEFINED
    return [{"k": key, "v": item} for key, item in value.items()]


@built_in("CHOOSE", number, anything, rest=anything)
def _choose(position: float, *options: Value) -> Value:
    return options[int(position) - 1] if 1 <= position <= len(options) else UNDEFINED


@built_in("IIF", anything, anything, anything)
def _iif(test: Value, then: Value, otherwise: Value) -> Value:
    return then if test is True else otherwise
