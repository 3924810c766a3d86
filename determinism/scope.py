"""Works out what the names and expressions of a function, a class or a module stand for."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

from determinism.bindings import Binding, Position, bindings_of
from determinism.project import Project
from determinism.source import (
    Class,
    Function,
    FunctionNode,
    Imported,
    Module,
    Variable,
    own_nodes,
)
from determinism.values import CONTEXT, SET, Context, External, Instance, Method, SetOf, Value

_SET_NAMES = frozenset(
    {"builtins.set", "builtins.frozenset"}
    | {f"typing.{n}" for n in ("Set", "FrozenSet", "AbstractSet", "MutableSet")}
    | {f"collections.abc.{n}" for n in ("Set", "MutableSet")}
)
_SET_RETURNING = frozenset({"union", "intersection", "difference", "symmetric_difference", "copy"})
_TRANSPARENT = frozenset(
    {f"typing.{n}" for n in ("Optional", "Final", "Annotated", "ClassVar", "Required")}
)
_CONTEXT_CLASS = "DurableOrchestrationContext"
_CONTEXT_NAMES = frozenset({"context", "ctx"})
_SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)


@dataclass(eq=False)
class Scope:
    """The names visible at one place; the outermost scope is that of the module."""

    project: Project
    module: Module
    parent: Scope | None = None
    locals: dict[str, list[Binding]] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)

    def evaluate(self, expression: ast.expr | None) -> Value:
        """What *expression* is, or ``None`` where the source does not plainly say."""
        if expression is None or id(expression) in self._busy:
            return None
        self._busy.add(id(expression))
        try:
            return self._evaluate(expression)
        finally:
            self._busy.discard(id(expression))

    def _evaluate(self, node: ast.expr) -> Value:
        match node:
            case ast.Name():
                return self.lookup(node.id, (node.lineno, node.col_offset))
            case ast.Attribute():
                return self.member(self.evaluate(node.value), node.attr)
            case ast.Call():
                return self._result(self.evaluate(node.func), node)
            case ast.Set() | ast.SetComp():
                return SET
            case ast.BinOp():
                return self._operation(node)
            case ast.NamedExpr():
                return self.evaluate(node.value)
            case ast.IfExp():
                return self.evaluate(node.body) or self.evaluate(node.orelse)
            case ast.BoolOp():
                found = (self.evaluate(value) for value in node.values)
                return next((value for value in found if value), None)
        return None

    def _operation(self, node: ast.BinOp) -> Value:
        sides = (self.evaluate(node.left), self.evaluate(node.right))
        keys = any(_is_keys(side) for side in (node.left, node.right))
        if (SET in sides or keys) and isinstance(node.op, _SET_OPERATORS):
            return SET
        path = External("pathlib.Path()")
        return path if path in sides and isinstance(node.op, ast.Div) else None

    def lookup(self, name: str, position: Position) -> Value:
        """What *name* stands for at *position*."""
        if name in self.locals:
            return self._local(self.locals[name], position)
        if self.parent:
            return self.parent.lookup(name, (1 << 30, 0))
        symbol = self.module.symbols.get(name)
        if symbol is not None:
            return self._symbol(self.project.symbol(f"{self.module.name}.{name}"))
        return External(f"builtins.{name}") if hasattr(builtins, name) else None

    def _local(self, bindings: list[Binding], position: Position) -> Value:
        # The binding textually before decides; in a loop that may be one further down.
        earlier = [b for b in bindings if b.since <= position]
        binding = max(earlier or bindings[:1], key=lambda b: b.since)
        if isinstance(binding.value, Imported):
            return self._symbol(self.project.symbol(binding.value.target))
        if isinstance(binding.value, ast.expr):
            read = self.annotation if binding.is_annotation else self.evaluate
            return read(binding.value)
        return binding.value

    def _symbol(self, found: object) -> Value:
        if isinstance(found, str):
            return External(found)
        if isinstance(found, Variable):
            scope = module_scope(self.project, found.module)
            return scope.evaluate(found.value) or scope.annotation(found.annotation)
        return found if isinstance(found, Function | Class | Module) else None

    def member(self, value: Value, name: str) -> Value:
        """What ``value.name`` is."""
        match value:
            case External():
                return External(f"{value.name}.{name}")
            case Module():
                return self._symbol(self.project.symbol(f"{value.name}.{name}"))
            case Context():
                return Context(name) if not value.member else None
            case SetOf():
                return SetOf(name) if not value.member else None
            case Instance():
                return self._instance_member(value.of, name)
            case Class():
                return find_method(self.project, value, name) or None
        return None

    def _instance_member(self, of: Class, name: str) -> Value:
        method = find_method(self.project, of, name)
        if method and method.is_decorated("property", "cached_property"):
            return module_scope(self.project, method.module).annotation(method.node.returns)
        if method:
            return Method(method, of)
        scope = module_scope(self.project, of.module)
        declared = of.fields.get(name)
        if isinstance(declared, ast.AnnAssign):
            return scope.annotation(declared.annotation)
        return self._assigned_attribute(of, name)

    def _assigned_attribute(self, of: Class, name: str) -> Value:
        for method in of.methods.values():
            own = function_scope(self.project, method)
            for node in own_nodes(method.node):
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    if any(is_self_attribute(method, target, name) for target in targets):
                        declared = node.annotation if isinstance(node, ast.AnnAssign) else None
                        return own.annotation(declared) or own.evaluate(node.value)
        return None

    def _result(self, called: Value, call: ast.Call) -> Value:
        match called:
            case Class():
                return Instance(called)
            case Function() | Method():
                function = called.function if isinstance(called, Method) else called
                if function.is_generator or isinstance(function.node, ast.AsyncFunctionDef):
                    return None
                return module_scope(self.project, function.module).annotation(function.node.returns)
            case SetOf(member=member):
                return SET if member in _SET_RETURNING else None
            case External(name=name):
                if name in _SET_NAMES:
                    return SET
                if name == "typing.cast" and call.args:
                    return self.annotation(call.args[0])
                return External(f"{name}()")
        return None

    def annotation(self, node: ast.expr | None) -> Value:
        """An object of the type that the annotation *node* names."""
        match node:
            case ast.Constant(value=str() as text):
                try:
                    return self.annotation(ast.parse(text, mode="eval").body)
                except SyntaxError:
                    return None
            case ast.BinOp(op=ast.BitOr()):
                return self.annotation(node.left) or self.annotation(node.right)
            case ast.Subscript():
                return self._subscripted(node)
            case ast.Name() | ast.Attribute():
                return self._object_of(self.evaluate(node))
        return None

    def _subscripted(self, node: ast.Subscript) -> Value:
        base = self.evaluate(node.value)
        if isinstance(base, External) and base.name in _TRANSPARENT:
            inner = node.slice
            return self.annotation(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
        return self.annotation(node.value)

    def _object_of(self, kind: Value) -> Value:
        if isinstance(kind, Class):
            return Instance(kind)
        if not isinstance(kind, External):
            return None
        if kind.name in _SET_NAMES:
            return SET
        if kind.name.split(".")[-1] == _CONTEXT_CLASS:
            return CONTEXT
        return External(f"{kind.name}()") if kind.name != "builtins.None" else None

    def variable(self, expression: ast.expr) -> Variable | None:
        """The module-level variable that *expression* names, itself or by a local alias."""
        if isinstance(expression, ast.Name):
            return self._variable_named(expression)
        if isinstance(expression, ast.Attribute):
            owner = self.evaluate(expression.value)
            if isinstance(owner, Module):
                found = self.project.symbol(f"{owner.name}.{expression.attr}")
                return found if isinstance(found, Variable) else None
            if isinstance(owner, Instance | Class):
                of = owner.of if isinstance(owner, Instance) else owner
                return of.shared.get(expression.attr)
        return None

    def _variable_named(self, node: ast.Name) -> Variable | None:
        if node.id in self.locals:
            return self._aliased(node)
        if self.parent:
            return self.parent.variable(node)
        found = self.project.symbol(f"{self.module.name}.{node.id}")
        return found if isinstance(found, Variable) else None

    def _aliased(self, node: ast.Name) -> Variable | None:
        places = self.locals[node.id]
        only = places[0].value if len(places) == 1 and not places[0].is_annotation else None
        if isinstance(only, ast.Name | ast.Attribute) and id(only) not in self._busy:
            self._busy.add(id(only))
            try:
                return self.variable(only)
            finally:
                self._busy.discard(id(only))
        return None

    def is_local(self, name: str) -> bool:
        """Whether *name* is bound in a function around this place."""
        if self.parent is None:
            return False
        return name in self.locals or self.parent.is_local(name)


def _is_keys(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == "keys" and not node.args)
    )


def module_scope(project: Project, module: Module) -> Scope:
    """The scope of a module's own statements."""
    # One scope per place, so that definitions in a circle are noticed.
    known: Scope = project.scopes.setdefault(module, Scope(project, module))
    return known


def function_scope(project: Project, function: Function) -> Scope:
    """The scope inside of *function*, with ``self`` bound in a method."""
    if function in project.scopes:
        known: Scope = project.scopes[function]
        return known
    scope = nested_scope(module_scope(project, function.module), function.node)
    parameters = function.parameters
    for parameter in parameters:
        if parameter.annotation is None and parameter.arg in _CONTEXT_NAMES:
            scope.locals[parameter.arg][0] = Binding((0, 0), CONTEXT)
    if function.owner and parameters and not function.is_decorated("staticmethod"):
        is_class = function.is_decorated("classmethod")
        own: Value = function.owner if is_class else Instance(function.owner)
        scope.locals[parameters[0].arg] = [Binding((0, 0), own)]
    project.scopes[function] = scope
    return scope


def nested_scope(parent: Scope, node: FunctionNode | ast.Lambda) -> Scope:
    """The scope inside of a function that is defined where *parent* is the scope."""
    outer = {
        n for s in own_nodes(node) if isinstance(s, ast.Global | ast.Nonlocal) for n in s.names
    }
    found = bindings_of(node, parent.module)
    inner = {name: places for name, places in found.items() if name not in outer}
    return Scope(parent.project, parent.module, parent, inner)


def find_method(project: Project, of: Class, name: str) -> Function | None:
    """The method *name* of a class or of its bases in the project."""
    waiting, seen = [of], set()
    while waiting:
        candidate = waiting.pop(0)
        if candidate in seen:
            continue
        seen.add(candidate)
        if name in candidate.methods:
            return candidate.methods[name]
        scope = module_scope(project, candidate.module)
        bases = (scope.evaluate(base) for base in candidate.node.bases)
        waiting += [base for base in bases if isinstance(base, Class)]
    return None


def is_self_attribute(function: Function, target: ast.expr, name: str | None = None) -> bool:
    """Whether *target* is ``self.name`` in a method, whatever ``self`` is called."""
    return (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and bool(function.parameters)
        and target.value.id == function.parameters[0].arg
        and name in (None, target.attr)
    )
