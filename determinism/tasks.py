"""Tasks of the context that are not treated as the Durable engine expects."""

import ast
from collections.abc import Iterator

from determinism import rules
from determinism.facts import Hit
from determinism.scope import Scope
from determinism.source import Function, own_nodes
from determinism.values import Context, Method

TASKS = frozenset(
    {
        *("call_activity", "call_activity_with_retry", "call_http", "call_entity"),
        *("call_sub_orchestrator", "call_sub_orchestrator_with_retry"),
        *("create_timer", "wait_for_external_event", "task_all", "task_any"),
    }
)
_PLAIN_MEMBERS = frozenset(
    {
        *("get_input", "new_uuid", "new_guid", "set_custom_status", "current_utc_datetime"),
        *("instance_id", "parent_instance_id", "is_replaying", "custom_status"),
    }
)
_PLAIN_NODES = (
    *(ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp),
    *(ast.GeneratorExp, ast.JoinedStr, ast.Compare, ast.BinOp, ast.UnaryOp, ast.Lambda),
)


def task_hits(function: Function, scope: Scope) -> Iterator[Hit]:
    """Tasks thrown away, yields of other things, and swallowed GeneratorExits."""
    nodes = own_nodes(function.node)
    read = {n.id for n in ast.walk(function.node) if isinstance(n, ast.Name) and _is_read(n)}
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Call() as call):
                if what := _task(call, scope):
                    yield Hit(rules.DISCARDED, node, what)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                if name not in read and (what := _task(call, scope)):
                    yield Hit(rules.DISCARDED, node, what)
            case ast.Yield(value=ast.expr() as value):
                if what := _no_task(value, scope):
                    yield Hit(rules.NO_TASK, node, what)
            case ast.Try():
                yield from _swallowed(node)


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _task(call: ast.Call, scope: Scope) -> str:
    called = scope.evaluate(call.func)
    if isinstance(called, Context) and called.member in TASKS:
        return f"context.{called.member}"
    return _generator(call, scope)


def _generator(call: ast.Call, scope: Scope) -> str:
    called = scope.evaluate(call.func)
    function = called.function if isinstance(called, Method) else called
    if isinstance(function, Function) and function.is_generator:
        return "" if function.is_decorated("contextmanager") else f"the generator {function.name}"
    return ""


def _no_task(value: ast.expr, scope: Scope) -> str:
    if isinstance(value, _PLAIN_NODES):
        return ast.unparse(value)
    if isinstance(value, ast.Constant):
        return ast.unparse(value) if value.value is not None else ""
    found = scope.evaluate(value.func if isinstance(value, ast.Call) else value)
    if isinstance(found, Context) and found.member in _PLAIN_MEMBERS:
        return f"context.{found.member}"
    return _generator(value, scope) if isinstance(value, ast.Call) else ""


def _swallowed(node: ast.Try) -> Iterator[Hit]:
    body = [inner for statement in node.body for inner in (statement, *own_nodes(statement))]
    if not any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in body):
        return
    for handler in node.handlers:
        raises = any(isinstance(inner, ast.Raise) for inner in own_nodes(handler))
        if _catches_all(handler.type) and not raises:
            kind = "except:" if handler.type is None else f"except {ast.unparse(handler.type)}:"
            yield Hit(rules.SWALLOWED, handler, kind)


def _catches_all(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_catches_all(one) for one in kind.elts)
    return kind is None or (isinstance(kind, ast.Name) and kind.id == "BaseException")
