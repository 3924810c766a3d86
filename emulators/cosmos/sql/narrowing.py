"""What a WHERE clause says about ids, so that other documents need not even be parsed."""

from collections.abc import Mapping
from functools import reduce

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.values import Value

Ids = frozenset[str]


def ids_allowed(
    where: syntax.Expression | None, alias: str, parameters: Mapping[str, Value]
) -> Ids | None:
    """The only ids for which *where* can be true; None when it may be true for any."""
    match where:
        case syntax.Binary("=", left, right) if _is_id(left, alias):
            return _constants((right,), parameters)
        case syntax.Binary("=", left, right) if _is_id(right, alias):
            return _constants((left,), parameters)
        case syntax.In(value, options) if _is_id(value, alias):
            return _constants(options, parameters)
        case syntax.Chain(operator, operands):
            found = [ids_allowed(operand, alias, parameters) for operand in operands]
            return _all_of(found) if operator == "AND" else _any_of(found)
        case _:
            return None


def _is_id(node: syntax.Expression, alias: str) -> bool:
    return node == syntax.Index(syntax.Name(alias), syntax.Literal("id"))


def _constants(nodes: tuple[syntax.Expression, ...], parameters: Mapping[str, Value]) -> Ids | None:
    values: list[Value] = []
    for node in nodes:
        match node:
            case syntax.Literal(value):
                values.append(value)
            case syntax.Parameter(name) if name in parameters:
                values.append(parameters[name])
            case _:
                return None
    return frozenset(value for value in values if type(value) is str)


def _all_of(found: list[Ids | None]) -> Ids | None:
    narrow = [ids for ids in found if ids is not None]
    return reduce(Ids.intersection, narrow) if narrow else None


def _any_of(found: list[Ids | None]) -> Ids | None:
    narrow = [ids for ids in found if ids is not None]
    return Ids().union(*narrow) if len(narrow) == len(found) else None
