"""The places in a function that bind its local names."""

import ast
from dataclasses import dataclass

from determinism.source import FunctionNode, Imported, Module, bound_names, imports, own_nodes
from determinism.values import Value

Position = tuple[int, int]
_START = (0, 0)


@dataclass(frozen=True, slots=True)
class Binding:
    """A name stands for *value* from *since* on, or for an object of the type it annotates."""

    since: Position
    value: ast.expr | Imported | Value
    is_annotation: bool = False


Bindings = dict[str, list[Binding]]


def bindings_of(node: FunctionNode | ast.Lambda, module: Module) -> Bindings:
    """Everything that binds a local name of *node*, its parameters first."""
    found: Bindings = {}
    _bind_parameters(found, node.args)
    for inner in own_nodes(node):
        _bind_definitions(found, inner, module)
        _bind_assigned(found, inner)
    return found


def _bind_parameters(found: Bindings, arguments: ast.arguments) -> None:
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        annotated = argument.annotation is not None
        found[argument.arg] = [Binding(_START, argument.annotation, annotated)]
    for variadic in filter(None, (arguments.vararg, arguments.kwarg)):
        found[variadic.arg] = [Binding(_START, None)]


def _bind_definitions(found: Bindings, node: ast.AST, module: Module) -> None:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for name, target in imports(node, module).items():
            _add(found, name, _start(node), Imported(target))
    elif isinstance(node, FunctionNode | ast.ClassDef):
        _add(found, node.name, _start(node), None)
    elif isinstance(node, ast.ExceptHandler) and node.name:
        _add(found, node.name, (node.lineno, node.col_offset), None)


def _bind_assigned(found: Bindings, node: ast.AST) -> None:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)):
            found.setdefault(name, []).append(Binding(_end(node), node.annotation, True))
        case ast.NamedExpr():
            _add(found, node.target.id, _start(node), node.value)
        case ast.withitem(optional_vars=ast.Name(id=name) as target):
            _add(found, name, _end(target), node.context_expr)
        case ast.Assign():
            for place in node.targets:
                value = node.value if isinstance(place, ast.Name) else None
                for name in bound_names(place):
                    _add(found, name, _end(node), value)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            for name in bound_names(node.target):
                _add(found, name, _end(node.target), None)
        case ast.AugAssign(target=ast.Name(id=name)) if name not in found:
            _add(found, name, _end(node), None)


def _add(found: Bindings, name: str, since: Position, value: ast.expr | Imported | None) -> None:
    found.setdefault(name, []).append(Binding(since, value))


def _start(node: ast.stmt | ast.expr) -> Position:
    return (node.lineno, node.col_offset)


def _end(node: ast.stmt | ast.expr) -> Position:
    return (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
