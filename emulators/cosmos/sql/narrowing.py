"""What a WHERE clause says about a property, so that other documents need not be looked at."""

from collections.abc import Mapping
from functools import reduce

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.values import UNDEFINED, Value, canonical

# Values by their canonical text: 1 and 1.0 are one value.
Allowed = dict[str, Value]


def values_allowed(
    where: syntax.Expression | None, target: syntax.Expression, parameters: Mapping[str, Value]
) -> Allowed | None:
    """The only values of *target* for which *where* can be true; None when any may do."""
    match where:
        case syntax.Binary("=", left, right) if left == target:
            return _constants((right,), parameters)
        case syntax.Binary("=", left, right) if right == target:
            return _constants((left,), parameters)
        case syntax.In(value, options) if value == target:
            return _constants(options, parameters)
        case syntax.Chain(operator, operands):
            found = [values_allowed(operand, target, parameters) for operand in operands]
            return _all_of(found) if operator == "AND" else _any_of(found)
        case _:
            return None


def _constants(
    nodes: tuple[syntax.Expression, ...], parameters: Mapping[str, Value]
) -> Allowed | None:
    values: list[Value] = []
    for node in nodes:
        match node:
            case syntax.Literal(value):
                values.append(value)
            case syntax.Parameter(name) if name in parameters:
                values.append(parameters[name])
            case _:
                return None
    return {canonical(value): value for value in values if value is not UNDEFINED}


def _all_of(found: list[Allowed | None]) -> Allowed | None:
    narrow = [values for values in found if values is not None]
    return reduce(_common, narrow) if narrow else None


def _common(left: Allowed, right: Allowed) -> Allowed:
    return {text: value for text, value in left.items() if text in right}


def _any_of(found: list[Allowed | None]) -> Allowed | None:
    allowed: Allowed = {}
    for values in found:
        if values is None:
            return None
        allowed |= values
    return allowed
