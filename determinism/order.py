"""Where the arbitrary order of a set becomes visible."""

import ast
from collections.abc import Iterator

from determinism.scope import Scope
from determinism.values import SET, External, SetOf

_ORDER_FREE = frozenset(
    f"builtins.{n}"
    for n in ("sorted", "set", "frozenset", "any", "all", "len", "min", "max", "sum")
)
_ORDERED = frozenset(
    {
        *(f"builtins.{n}" for n in ("list", "tuple", "enumerate", "iter", "next", "zip", "map")),
        *(f"builtins.{n}" for n in ("filter", "reversed", "str", "repr", "dict.fromkeys")),
        *(f"collections.{n}" for n in ("deque", "OrderedDict")),
        "functools.reduce",
    }
)
_ORDERED_METHODS = frozenset({"join", "extend", "writelines"})


def set_in_order(node: ast.AST, scope: Scope) -> ast.expr | None:
    """The set whose order *node* depends on, if it does."""
    return next((e for e in _in_order(node, scope) if scope.evaluate(e) == SET), None)


def _in_order(node: ast.AST, scope: Scope) -> Iterator[ast.expr]:
    match node:
        case ast.For():
            yield node.iter
        case ast.ListComp() | ast.GeneratorExp() | ast.DictComp():
            yield from (generator.iter for generator in node.generators)
        case ast.Starred() | ast.YieldFrom() | ast.FormattedValue():
            yield node.value
        case ast.Assign(targets=[ast.Tuple() | ast.List()]):
            yield node.value
        case ast.Call():
            yield from _consumed(node, scope)


def _consumed(call: ast.Call, scope: Scope) -> Iterator[ast.expr]:
    called = scope.evaluate(call.func)
    if called == SetOf("pop") and isinstance(call.func, ast.Attribute):
        yield call.func.value
    if isinstance(called, External) and _keeps_order(called.name):
        yield from call.args
    if isinstance(call.func, ast.Attribute) and call.func.attr in _ORDERED_METHODS:
        yield from call.args


def _keeps_order(name: str) -> bool:
    return name in _ORDERED or name.startswith("itertools.")


def order_free_arguments(call: ast.Call, scope: Scope) -> list[ast.expr]:
    """The arguments of which *call* does not see the order."""
    called = scope.evaluate(call.func)
    free = isinstance(called, External) and called.name in _ORDER_FREE
    return list(call.args) if free else []
