"""Reads a part of the project for what it does (hits) and what it uses."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from determinism import rules
from determinism.facts import Facts, Hit, Part, Use
from determinism.known import judge, judge_call
from determinism.order import order_free_arguments, set_in_order
from determinism.project import Project
from determinism.rules import Rule
from determinism.scope import Scope, find_method, function_scope, module_scope, nested_scope
from determinism.source import Class, Function, FunctionNode, Variable, last_name
from determinism.tasks import task_hits
from determinism.values import Context, External, Instance, Method, Value

_TRIGGERS = ("activity_trigger", "entity_trigger", "orchestration_trigger")
_CONSTRUCTION = ("__new__", "__init__", "__post_init__")


def read_part(part: Part, project: Project) -> Facts:
    """What *part* does itself, and which other parts it uses."""
    reader = _Reader(module_scope(project, part.module))
    if isinstance(part, Function):
        reader.read_function(part)
    elif isinstance(part, Class):
        reader.read_construction(part)
    elif part.value is not None:
        reader.visit(part.value)
    return reader.facts


class _Reader(ast.NodeVisitor):
    def __init__(self, scope: Scope) -> None:
        self.facts = Facts()
        self._scope = scope
        self._once = False
        self._order_free: set[int] = set()

    def read_function(self, function: Function) -> None:
        """The body, the defaults and the decorators of a function."""
        node = function.node
        if isinstance(node, ast.AsyncFunctionDef):
            self._hit(rules.ASYNC, node, f"async def {node.name}")
        for decorator in node.decorator_list:
            if last_name(decorator) not in _TRIGGERS:
                self.visit(decorator)
        self._read_defaults(node.args)
        self._scope = function_scope(self._scope.project, function)
        self.facts.hits += task_hits(function, self._scope)
        for statement in node.body:
            self.visit(statement)

    def read_construction(self, of: Class) -> None:
        """What making an object of a class runs."""
        for name in _CONSTRUCTION:
            method = find_method(self._scope.project, of, name)
            if method:
                self._use(method, of.node)
        for declared in of.fields.values():
            if declared.value is not None:
                self.visit(declared.value)
        for base in of.node.bases:
            value = self._scope.evaluate(base)
            if isinstance(value, Class):
                self._use(value, base)

    def _read_defaults(self, arguments: ast.arguments) -> None:
        for default in [*arguments.defaults, *filter(None, arguments.kw_defaults)]:
            self.visit(default)

    def visit(self, node: ast.AST) -> None:
        """Judge one node; its order matters for every kind of node."""
        unordered = set_in_order(node, self._scope)
        if unordered is not None and id(node) not in self._order_free:
            self._hit(rules.ORDER, unordered, ast.unparse(unordered))
        super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._refer(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._store(node, node.value)
        self._refer(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = self._scope.evaluate(node.func)
        self._order_free.update(id(a) for a in order_free_arguments(node, self._scope))
        if isinstance(called, External):
            given = len(node.args) + len(node.keywords)
            self._judged(judge_call(called.name, given), node, called.name)
        elif isinstance(called, Function | Method | Class):
            self._use_value(called, node)
        self._parts_of_chain(node.func)
        hidden = isinstance(called, Context)
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            # An activity may be handed over as itself instead of by its name.
            if not (hidden and isinstance(self._scope.evaluate(argument), Function)):
                self.visit(argument)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        if isinstance(node.value, ast.Call):
            called = self._scope.evaluate(node.value.func)
            function = called.function if isinstance(called, Method) else called
            if isinstance(function, Function):
                self.facts.delegates.append(function)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        guarded = _guarded_branch(node.test)
        for branch in ("body", "orelse"):
            with self._said_once(branch == guarded):
                for statement in getattr(node, branch):
                    self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self._hit(rules.REBIND, node, ", ".join(node.names))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        # A function inside of the orchestrator only rebinds what belongs to this very run.
        if not all(self._scope.is_local(name) for name in node.names):
            self.visit_Global(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._nested(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._hit(rules.ASYNC, node, f"async def {node.name}")
        self._nested(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._nested(node)

    def visit_Await(self, node: ast.Await) -> None:
        self._hit(rules.ASYNC, node, "await")
        self.generic_visit(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._hit(rules.ASYNC, node, "async for")
        self.generic_visit(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self._hit(rules.ASYNC, node, "async with")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        if node.is_async:
            self._hit(rules.ASYNC, node.iter, "async for")
        self.generic_visit(node)

    def _nested(self, node: FunctionNode | ast.Lambda) -> None:
        self._read_defaults(node.args)
        outer, self._scope = self._scope, nested_scope(self._scope, node)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        for statement in body:
            self.visit(statement)
        self._scope = outer

    @contextmanager
    def _said_once(self, once: bool) -> Iterator[None]:
        before, self._once = self._once, self._once or once
        yield
        self._once = before

    def _refer(self, node: ast.Name | ast.Attribute) -> None:
        value = self._scope.evaluate(node)
        if isinstance(value, External):
            if value.name != "random.Random":  # only its call tells whether it is seeded
                self._judged(judge(value.name), node, value.name)
        elif isinstance(value, Method) or (
            # A trigger's function that is only named is something to schedule, not to run here.
            isinstance(value, Function) and not value.is_decorated(*_TRIGGERS)
        ):
            self._use_value(value, node)
        self._parts_of_chain(node)

    def _parts_of_chain(self, node: ast.expr) -> None:
        """Variables and properties along ``a.b.c``, and whatever the chain begins with."""
        while True:
            variable = self._scope.variable(node)
            if variable:
                self._use(variable, node)
            if not isinstance(node, ast.Attribute):
                break
            self._property(node)
            node = node.value
        if not isinstance(node, ast.Name):
            self.visit(node)

    def _property(self, node: ast.Attribute) -> None:
        owner = self._scope.evaluate(node.value)
        if isinstance(owner, Instance):
            method = find_method(self._scope.project, owner.of, node.attr)
            if method and method.is_decorated("property", "cached_property"):
                self._use(method, node)

    def _store(self, node: ast.Attribute, owner: ast.expr) -> None:
        if isinstance(self._scope.evaluate(owner), Function | Class):
            self._hit(rules.STATE, node, ast.unparse(node))

    def _use_value(self, value: Value, node: ast.expr) -> None:
        if isinstance(value, Method):
            self._use(value.function, node)
        elif isinstance(value, Function | Class):
            self._use(value, node)

    def _use(self, part: Function | Class | Variable, node: ast.expr | ast.stmt) -> None:
        self.facts.uses.append(Use(part, node, self._once))

    def _judged(self, rule: Rule | None, node: ast.expr, name: str) -> None:
        if rule and not (rule is rules.LOGGING and self._once):
            self._hit(rule, node, name.removeprefix("builtins."))

    def _hit(self, rule: Rule, node: ast.expr | ast.stmt, what: str) -> None:
        self.facts.hits.append(Hit(rule, node, what))


def _guarded_branch(test: ast.expr) -> str:
    """The branch of an ``if`` that only runs when the orchestrator does not replay."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand) if _is_replaying(operand):
            return "body"
        case ast.Compare(left=left, comparators=[ast.Constant(value=False)]) if _is_replaying(left):
            return "body"
        case ast.BoolOp(op=ast.And()):
            return "body" if any(_guarded_branch(v) == "body" for v in test.values) else ""
    return "orelse" if _is_replaying(test) else ""


def _is_replaying(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "is_replaying"
