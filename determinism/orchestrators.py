"""Finds the functions that Durable Functions replays."""

import ast
from collections.abc import Iterator

from determinism.bindings import Binding
from determinism.project import Project
from determinism.scope import function_scope, module_scope
from determinism.source import Function, FunctionNode, Module, last_name
from determinism.state import functions_of
from determinism.values import CONTEXT, Method


def registered(module: Module, project: Project) -> Iterator[Function]:
    """The orchestrators a module registers, of the v1 and of the v2 model, with their contexts."""
    for node in ast.walk(module.tree):
        if isinstance(node, FunctionNode):
            for decorator in node.decorator_list:
                if last_name(decorator) == "orchestration_trigger":
                    function = _function_of(node, module)
                    yield _with_context(function, _context_name(decorator), project)
        elif isinstance(node, ast.Call) and node.args and _registers(node.func):
            found = _named(node.args[0], module, project)
            if found:
                yield _with_context(found, _context_name(node.func), project)


def takes_context(function: Function, project: Project) -> bool:
    """Whether it is a generator with a parameter that holds the orchestration context."""
    scope = function_scope(project, function)
    names = [parameter.arg for parameter in function.parameters]
    kinds = [binding for name in names for binding in scope.locals.get(name, [])[:1]]
    return function.is_generator and any(_is_context(kind, project, function) for kind in kinds)


def _is_context(binding: Binding, project: Project, function: Function) -> bool:
    if binding.is_annotation and isinstance(binding.value, ast.expr):
        return module_scope(project, function.module).annotation(binding.value) == CONTEXT
    return False


def _registers(called: ast.expr) -> bool:
    if isinstance(called, ast.Call):
        return last_name(called) == "orchestration_trigger"
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "create"
        and last_name(called.value) == "Orchestrator"
    )


def _named(argument: ast.expr, module: Module, project: Project) -> Function | None:
    found = module_scope(project, module).evaluate(argument)
    if isinstance(found, Method):
        return found.function
    if isinstance(found, Function):
        return found
    nested = (n for n in ast.walk(module.tree) if isinstance(n, FunctionNode))
    same = (n for n in nested if isinstance(argument, ast.Name) and n.name == argument.id)
    return next((_function_of(node, module) for node in same), None)


def _function_of(node: FunctionNode, module: Module) -> Function:
    known = (function for function in functions_of(module) if function.node is node)
    return next(known, None) or Function(node.name, module, node)


def _context_name(trigger: ast.expr) -> str:
    if not isinstance(trigger, ast.Call):
        return ""
    named = [keyword.value for keyword in trigger.keywords if keyword.arg == "context_name"]
    given = [*named, *trigger.args][:1]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""


def _with_context(function: Function, name: str, project: Project) -> Function:
    own = function.parameters[1 if function.owner else 0 :]
    names = [parameter.arg for parameter in own]
    chosen = name if name in names else next(iter(names), None)
    if chosen:
        function_scope(project, function).locals[chosen][0] = Binding((0, 0), CONTEXT)
    return function
