"""Vector search: distances by the exact formula; whatever index the container has is not used."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.registry import array, built_in, string
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number
from emulators.cosmos.sql.walk import mapped

# The distance function of each path of a container's vector policy, as /a/b.
Metrics = Mapping[str, str]
DEFAULT_METRIC: Final = "cosine"
EUCLIDEAN: Final = "euclidean"
_FUNCTION: Final = "VECTORDISTANCE"
_RESOLVED: Final = "_VECTORDISTANCE"
_MOST_ARGUMENTS: Final = 4


def _product(left: Iterable[float], right: Iterable[float]) -> Value:
    return math.fsum(map(operator.mul, left, right))


def _cosine(left: list[float], right: list[float]) -> Value:
    lengths = math.hypot(*left) * math.hypot(*right)
    return _product(left, right) / lengths if lengths else UNDEFINED


_METRICS: Final[dict[str, Callable[[list[float], list[float]], Value]]] = {
    "cosine": _cosine,
    "dotproduct": _product,
    EUCLIDEAN: math.dist,
}


@built_in(_RESOLVED, array, array, string)
def _distance(left: list[Value], right: list[Value], metric: str) -> Value:
    measure = _METRICS.get(metric)
    if measure is None or len(left) != len(right) or not all(map(is_number, left + right)):
        return UNDEFINED
    return measure(left, right)


def metric_of(call: syntax.Call) -> str:
    """The distance function of a resolved call."""
    match call.arguments[2]:
        case syntax.Literal(str() as metric):
            return metric
        case _:
            raise SqlError(f"SC2010: The {_RESOLVED} function needs a distance function.")


def nearest_is_greatest(call: syntax.Call) -> bool:
    """Whether a greater value of a resolved call means nearer: a similarity, not a distance."""
    return metric_of(call) != EUCLIDEAN


def resolved(query: syntax.Query, metrics: Metrics) -> syntax.Query:
    """*query* with the distance function of each VectorDistance told, and its order with it.

    Raises:
        SqlError: a call is not valid.
    """

    def change(node: object) -> object:
        match node:
            case syntax.Call(function) if function == _FUNCTION:
                return _resolved_call(node, metrics)
            case syntax.Order(syntax.Call(function) as call) if function == _RESOLVED:
                return syntax.Order(call, node.descending or nearest_is_greatest(call))
            case _:
                return node

    return mapped(query, change)


def _resolved_call(call: syntax.Call, metrics: Metrics) -> syntax.Call:
    count = len(call.arguments)
    if not 2 <= count <= _MOST_ARGUMENTS:
        raise SqlError(f"SC2010: The VectorDistance function does not take {count} argument(s).")
    first, second = call.arguments[:2]
    policies = (metrics.get(_path(part)) for part in (first, second))
    metric = _option(call) or next(filter(None, policies), DEFAULT_METRIC)
    if metric not in _METRICS:
        raise SqlError(f"SC2010: {metric!r} is not a distance function.")
    return syntax.Call(_RESOLVED, (first, second, syntax.Literal(metric)))


def _option(call: syntax.Call) -> str | None:
    match call.arguments[3:]:
        case (syntax.ObjectOf(pairs),):
            match dict(pairs).get("distanceFunction"):
                case syntax.Literal(str() as metric):
                    return metric.lower()
                case None:
                    return None
        case ():
            return None
    raise SqlError("SC2010: The options of VectorDistance must be an object of constants.")


def _path(node: syntax.Expression) -> str:
    """The path of a property below its alias; of anything else, none."""
    match node:
        case syntax.Index(of, syntax.Literal(str() as name)):
            return f"{_path(of)}/{name}"
        case _:
            return ""
