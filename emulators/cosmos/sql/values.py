"""JSON values as Cosmos SQL sees them: undefined, types that never mix, and one total order."""

import json
from enum import Enum
from functools import cmp_to_key
from typing import Any, Final, TypeAlias


class Undefined(Enum):
    """What a missing property is; not a JSON value."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED

# A parsed JSON value or UNDEFINED. Any, because the evaluator decides by run-time type.
Value: TypeAlias = Any

# The order of types in ORDER BY, MIN and MAX. bool is its own type although Python's is an int.
_RANKS: Final[dict[type, int]] = {
    Undefined: 0,
    type(None): 1,
    bool: 2,
    int: 3,
    float: 3,
    str: 4,
    list: 5,
    dict: 6,
}
NUMBER: Final = 3


def rank(value: Value) -> int:
    """The position of the value's type in the order of types; equal ranks are one type."""
    return _RANKS[type(value)]


def is_number(value: Value) -> bool:
    """Whether it is a number; booleans are none."""
    return _RANKS[type(value)] == NUMBER


def same(left: Value, right: Value) -> bool:
    """Deep equality that keeps ``1`` and ``true`` apart, unlike Python's."""
    if rank(left) != rank(right):
        return False
    if type(left) is list:
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is dict:
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def compare(left: Value, right: Value) -> int:
    """Negative, zero or positive in the total order over all values."""
    by_type = rank(left) - rank(right)
    if by_type:
        return by_type
    if type(left) is dict:
        left, right = canonical(left), canonical(right)
    if type(left) is list:
        return _compare_arrays(left, right)
    if left is UNDEFINED or left is None:
        return 0
    return int(left > right) - int(left < right)


def _compare_arrays(left: list[Value], right: list[Value]) -> int:
    for mine, other in zip(left, right, strict=False):
        if order := compare(mine, other):
            return order
    return len(left) - len(right)


sort_key = cmp_to_key(compare)


def canonical(value: Value) -> str:
    """One text per value: equal values, however spelled, have the same."""
    if value is UNDEFINED:
        return "undefined"
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Value) -> Value:
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is list:
        return [_plain(item) for item in value]
    if type(value) is dict:
        return {key: _plain(item) for key, item in value.items()}
    return value
