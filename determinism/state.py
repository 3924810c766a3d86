"""Which module-level variables change after import: what no orchestrator may use."""

import ast
from collections.abc import Iterator
from itertools import zip_longest

from determinism.project import Project
from determinism.scope import Scope, function_scope, module_scope
from determinism.source import Class, Function, Module, Variable
from determinism.values import External, Instance, Method

_MUTATORS = frozenset(
    {
        *("append", "appendleft", "extend", "extendleft", "insert", "remove", "pop", "popleft"),
        *("popitem", "clear", "sort", "reverse", "rotate", "add", "discard", "update"),
        *("setdefault", "difference_update", "intersection_update", "subtract"),
        *("symmetric_difference_update", "move_to_end", "__setitem__", "put", "put_nowait"),
    }
)
_MUTATING = frozenset({"builtins.next", "random.shuffle", "builtins.setattr", "builtins.delattr"})
# Every read of one of these moves it on.
_ITERATORS = frozenset(
    {"itertools.count()", "itertools.cycle()", "builtins.iter()", "random.Random()"}
)


class Shared:
    """Knows the variables that any function of the loaded modules changes."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._parameters: dict[Function, set[str]] = {}
        self._changed = {
            variable
            for module in list(project.modules.values())
            for function in functions_of(module)
            for place in self._changes(function)
            if (variable := _variable(place, function_scope(project, function)))
        }

    def is_changed(self, variable: Variable) -> bool:
        """Whether *variable* may differ from what the import of its module made it."""
        scope = module_scope(self._project, variable.module)
        value = scope.evaluate(variable.value)
        moves = isinstance(value, External) and value.name in _ITERATORS
        return moves or isinstance(variable.value, ast.GeneratorExp) or variable in self._changed

    def parameters(self, function: Function) -> set[str]:
        """The parameters whose objects *function* changes."""
        if function not in self._parameters:
            self._parameters[function] = set()  # the answer while it is being found
            names = {p.arg for p in function.parameters}
            roots = {_root_name(place) for place in self._changes(function)}
            self._parameters[function] = names & roots
        return self._parameters[function]

    def _changes(self, function: Function) -> Iterator[ast.expr]:
        scope = function_scope(self._project, function)
        rebound = {n for s in ast.walk(function.node) if isinstance(s, ast.Global) for n in s.names}
        for node in ast.walk(function.node):
            if isinstance(node, ast.Subscript | ast.Attribute) and not _is_load(node):
                yield node.value
            elif isinstance(node, ast.Name) and not _is_load(node) and node.id in rebound:
                yield node
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                if node.target.id in {p.arg for p in function.parameters}:
                    yield node.target
            elif isinstance(node, ast.Call):
                yield from self._changed_by(node, scope)

    def _changed_by(self, call: ast.Call, scope: Scope) -> Iterator[ast.expr]:
        called = scope.evaluate(call.func)
        if isinstance(call.func, ast.Attribute):
            owner = scope.evaluate(call.func.value)
            by_name = call.func.attr in _MUTATORS and not isinstance(owner, Instance | Class)
            if by_name and not isinstance(owner, Module):
                yield call.func.value
        if isinstance(called, External) and _changes_argument(called.name):
            yield from call.args[:1]
        if isinstance(called, Function | Method):
            yield from self._changed_arguments(call, called)

    def _changed_arguments(self, call: ast.Call, called: Function | Method) -> Iterator[ast.expr]:
        function = called.function if isinstance(called, Method) else called
        changed = self.parameters(function)
        given: list[ast.expr | None] = list(call.args)
        if isinstance(called, Method) and isinstance(call.func, ast.Attribute):
            given.insert(0, call.func.value)
        for parameter, argument in zip_longest(function.parameters, given):
            if parameter and argument and parameter.arg in changed:
                yield argument
        yield from (k.value for k in call.keywords if k.arg in changed)


def functions_of(module: Module) -> Iterator[Function]:
    """All functions and methods of a module that are not inside of others."""
    for symbol in module.symbols.values():
        if isinstance(symbol, Function):
            yield symbol
        elif isinstance(symbol, Class):
            yield from symbol.methods.values()


def _changes_argument(name: str) -> bool:
    return name in _MUTATING or name.startswith(("heapq.heap", "bisect.insort"))


def _is_load(node: ast.Name | ast.Attribute | ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load)


def _variable(place: ast.expr, scope: Scope) -> Variable | None:
    while True:
        found = scope.variable(place)
        if found or not isinstance(place, ast.Attribute | ast.Subscript):
            return found
        place = place.value


def _root_name(place: ast.expr) -> str:
    while isinstance(place, ast.Attribute | ast.Subscript):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""
