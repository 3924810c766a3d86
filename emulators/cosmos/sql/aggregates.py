"""Aggregate functions over the defined values of a group."""

from collections.abc import Callable
from typing import Final, TypeAlias

from emulators.cosmos.sql.values import UNDEFINED, Value, is_number, sort_key

Aggregate: TypeAlias = Callable[[list[Value]], Value]


def _sum(values: list[Value]) -> Value:
    return sum(values) if all(map(is_number, values)) else UNDEFINED


def _average(values: list[Value]) -> Value:
    if not values or not all(map(is_number, values)):
        return UNDEFINED
    return sum(values) / len(values)


AGGREGATES: Final[dict[str, Aggregate]] = {
    "COUNT": len,
    "COUNTIF": lambda values: sum(value is True for value in values),
    "SUM": _sum,
    "AVG": _average,
    "MIN": lambda values: min(values, key=sort_key, default=UNDEFINED),
    "MAX": lambda values: max(values, key=sort_key, default=UNDEFINED),
}
