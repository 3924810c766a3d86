"""Expressions to closures: parsed once, run for every row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Final

from emulators.cosmos.sql import (
    dates,  # noqa: F401  (registers its functions)
    full_text,  # noqa: F401  (registers its functions)
    mathematics,  # noqa: F401  (registers its functions)
    spatial,  # noqa: F401  (registers its functions)
    syntax,
)
from emulators.cosmos.sql.aggregates import AGGREGATES, Aggregate
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.functions import like_pattern
from emulators.cosmos.sql.hybrid import RANKING
from emulators.cosmos.sql.operators import BINARY, UNARY, at_least, at_most, equal
from emulators.cosmos.sql.registry import FUNCTIONS
from emulators.cosmos.sql.scope import Evaluator, Scope
from emulators.cosmos.sql.values import UNDEFINED, Value

Rows = Callable[[Scope], list[Value]]


@dataclass(slots=True)
class Names:
    """The aliases an expression may use, how to compile a subquery, and whether it aggregates."""

    known: frozenset[str]
    subquery: Callable[[syntax.Query, "Names"], Rows] | None = None
    allow_aggregates: bool = False
    aggregates: bool = False


@singledispatch
def compile_expression(node: object, names: Names) -> Evaluator:  # noqa: ARG001 - the others do
    """A closure that evaluates *node* in a scope.

    Raises:
        SqlError: an unknown name or function, or a wrong number of arguments.
    """
    raise SqlError(f"emulators.cosmos does not support {type(node).__name__} in a query.")


@compile_expression.register
def _literal(node: syntax.Literal, _: Names) -> Evaluator:
    value = node.value
    return lambda _scope: value


@compile_expression.register
def _parameter(node: syntax.Parameter, _: Names) -> Evaluator:
    name = node.name

    def evaluate(scope: Scope) -> Value:
        try:
            return scope.parameters[name]
        except KeyError:
            raise SqlError(f"SC2062: The parameter {name} was not given a value.") from None

    return evaluate


@compile_expression.register
def _name(node: syntax.Name, names: Names) -> Evaluator:
    name = node.name
    if name not in names.known:
        raise SqlError(f"SC2001: Identifier '{name}' could not be resolved.")
    # An aggregate over no rows has no row to take the alias from.
    return lambda scope: scope.variables.get(name, UNDEFINED)


@compile_expression.register
def _index(node: syntax.Index, names: Names) -> Evaluator:
    of, key = compile_expression(node.of, names), compile_expression(node.key, names)
    if isinstance(node.key, syntax.Literal) and type(node.key.value) is str:
        return _property(of, node.key.value)
    return lambda scope: element(of(scope), key(scope))


def _property(of: Evaluator, name: str) -> Evaluator:
    def evaluate(scope: Scope) -> Value:
        value = of(scope)
        return value.get(name, UNDEFINED) if type(value) is dict else UNDEFINED

    return evaluate


def element(value: Value, key: Value) -> Value:
    """``value[key]``, or undefined where there is nothing."""
    if type(value) is dict and type(key) is str:
        return value.get(key, UNDEFINED)
    if type(value) is list and type(key) is int and 0 <= key < len(value):
        return value[key]
    return UNDEFINED


@compile_expression.register
def _call(node: syntax.Call, names: Names) -> Evaluator:
    if node.function in AGGREGATES and len(node.arguments) == 1:
        return _aggregate(AGGREGATES[node.function], node, names)
    if node.function in RANKING:
        raise SqlError(f"SC2241: The {node.function} function is only valid in ORDER BY RANK.")
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise SqlError(f"SC2005: '{node.function}' is not a recognized built-in function name.")
    function.check(node.function, len(node.arguments))
    arguments = [compile_expression(argument, names) for argument in node.arguments]
    apply = function.apply
    return lambda scope: apply(*[argument(scope) for argument in arguments])


def _aggregate(aggregate: Aggregate, node: syntax.Call, names: Names) -> Evaluator:
    if not names.allow_aggregates:
        raise SqlError(f"SC2103: The aggregate {node.function} is not allowed here.")
    inner = Names(names.known, names.subquery)
    argument = compile_expression(node.arguments[0], inner)
    names.aggregates = True

    def evaluate(scope: Scope) -> Value:
        rows = scope.group or ()
        values = (argument(row) for row in rows)
        return aggregate([value for value in values if value is not UNDEFINED])

    return evaluate


@compile_expression.register
def _unary(node: syntax.Unary, names: Names) -> Evaluator:
    apply, operand = UNARY[node.operator], compile_expression(node.operand, names)
    return lambda scope: apply(operand(scope))


@compile_expression.register
def _binary(node: syntax.Binary, names: Names) -> Evaluator:
    apply = BINARY[node.operator]
    left, right = compile_expression(node.left, names), compile_expression(node.right, names)
    return lambda scope: apply(left(scope), right(scope))


@compile_expression.register
def _chain(node: syntax.Chain, names: Names) -> Evaluator:
    operands = [compile_expression(operand, names) for operand in node.operands]
    # false decides AND, and true decides OR, whatever is undefined beside it.
    deciding = node.operator == "OR"

    def evaluate(scope: Scope) -> Value:
        answer: Value = not deciding
        for operand in operands:
            value = operand(scope)
            if value is deciding:
                return deciding
            if type(value) is not bool:
                answer = UNDEFINED
        return answer

    return evaluate


@compile_expression.register
def _ternary(node: syntax.Ternary, names: Names) -> Evaluator:
    test, then = compile_expression(node.test, names), compile_expression(node.then, names)
    otherwise = compile_expression(node.otherwise, names)
    return lambda scope: then(scope) if test(scope) is True else otherwise(scope)


@compile_expression.register
def _in(node: syntax.In, names: Names) -> Evaluator:
    value = compile_expression(node.value, names)
    options = [compile_expression(option, names) for option in node.options]

    def evaluate(scope: Scope) -> Value:
        wanted = value(scope)
        if wanted is UNDEFINED:
            return UNDEFINED
        return any(equal(wanted, option(scope)) is True for option in options)

    return evaluate


@compile_expression.register
def _between(node: syntax.Between, names: Names) -> Evaluator:
    value = compile_expression(node.value, names)
    low, high = compile_expression(node.low, names), compile_expression(node.high, names)

    def evaluate(scope: Scope) -> Value:
        wanted = value(scope)
        bounds = at_least(wanted, low(scope)), at_most(wanted, high(scope))
        if False in bounds:
            return False
        return UNDEFINED if UNDEFINED in bounds else True

    return evaluate


@compile_expression.register
def _like(node: syntax.Like, names: Names) -> Evaluator:
    value, pattern = compile_expression(node.value, names), compile_expression(node.pattern, names)
    escape = node.escape

    def evaluate(scope: Scope) -> Value:
        text, wanted = value(scope), pattern(scope)
        if type(text) is not str or type(wanted) is not str:
            return UNDEFINED
        return like_pattern(wanted, escape).fullmatch(text) is not None

    return evaluate


@compile_expression.register
def _array(node: syntax.ArrayOf, names: Names) -> Evaluator:
    items = [compile_expression(item, names) for item in node.items]
    return lambda scope: [v for item in items if (v := item(scope)) is not UNDEFINED]


@compile_expression.register
def _object(node: syntax.ObjectOf, names: Names) -> Evaluator:
    pairs = [(key, compile_expression(value, names)) for key, value in node.pairs]
    return lambda scope: {key: v for key, item in pairs if (v := item(scope)) is not UNDEFINED}


@compile_expression.register
def _subquery(node: syntax.Subquery, names: Names) -> Evaluator:
    if names.subquery is None:
        raise SqlError("SC2050: A subquery is not allowed here.")
    rows = names.subquery(node.query, names)
    return _SUBQUERY_RESULTS[node.kind](rows)


def _exists(rows: Rows) -> Evaluator:
    return lambda scope: bool(rows(scope))


def _scalar(rows: Rows) -> Evaluator:
    def evaluate(scope: Scope) -> Value:
        values = rows(scope)
        if len(values) > 1:
            raise SqlError("SC2201: The cardinality of a scalar subquery result set is above one.")
        return values[0] if values else UNDEFINED

    return evaluate


_SUBQUERY_RESULTS: Final[dict[str, Callable[[Rows], Evaluator]]] = {
    "exists": _exists,
    "scalar": _scalar,
    "array": lambda rows: rows,
}
