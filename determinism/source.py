"""Modules as they are written: their functions, classes, variables and imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

_CONTAINERS = frozenset(
    {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"}
)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False, slots=True)
class Function:
    """A function or method; *owner* is the class of a method."""

    name: str
    module: Module
    node: FunctionNode
    owner: Class | None = None

    @property
    def parameters(self) -> list[ast.arg]:
        """All named parameters in order."""
        arguments = self.node.args
        return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]

    @property
    def is_generator(self) -> bool:
        """Whether calling it makes a generator."""
        return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(self.node))

    def is_decorated(self, *names: str) -> bool:
        """Whether a decorator's last name is one of *names*."""
        return any(last_name(decorator) in names for decorator in self.node.decorator_list)


@dataclass(eq=False, slots=True)
class Class:
    """A class, its methods and fields; *shared* are mutable values that all instances share."""

    name: str
    module: Module
    node: ast.ClassDef
    methods: dict[str, Function] = field(default_factory=dict)
    fields: dict[str, ast.AnnAssign | ast.Assign] = field(default_factory=dict)
    shared: dict[str, Variable] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Variable:
    """What a module binds by assignment."""

    name: str
    module: Module
    node: ast.stmt
    value: ast.expr | None
    annotation: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that stands for *target*, a dotted name."""

    target: str


Symbol = Function | Class | Variable | Imported


@dataclass(eq=False, slots=True)
class Module:
    """One parsed file."""

    name: str
    path: Path
    tree: ast.Module
    text: str
    symbols: dict[str, Symbol] = field(default_factory=dict)


def read_module(path: Path, name: str) -> Module:
    """Parse a file.

    Raises:
        SyntaxError, UnicodeDecodeError, OSError: it cannot be read as Python.
    """
    text = path.read_text(encoding="utf-8-sig")
    module = Module(name, path, ast.parse(text, str(path)), text)
    for statement in top_level(module.tree.body):
        _bind(module, statement)
    return module


def top_level(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that run on import, those in if, try, for and with blocks included."""
    found = []
    for statement in body:
        found.append(statement)
        if not isinstance(statement, FunctionNode | ast.ClassDef):
            for block in ("body", "orelse", "finalbody"):
                found += top_level(getattr(statement, block, []))
            for handler in getattr(statement, "handlers", []):
                found += top_level(handler.body)
    return found


def own_nodes(root: ast.AST) -> list[ast.AST]:
    """All nodes below *root* but those inside of nested functions, lambdas and classes."""
    found: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(root))
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, FunctionNode | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def last_name(expression: ast.expr) -> str:
    """``c`` of ``a.b.c`` and of ``a.b.c(...)``; nothing for other expressions."""
    if isinstance(expression, ast.Call):
        return last_name(expression.func)
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def imports(statement: ast.stmt, module: Module) -> dict[str, str]:
    """The names that an import statement binds, and the dotted names they stand for."""
    if isinstance(statement, ast.Import):
        return {
            alias.asname or alias.name.split(".")[0]: alias.name
            if alias.asname
            else alias.name.split(".")[0]
            for alias in statement.names
        }
    if isinstance(statement, ast.ImportFrom):
        base = _import_base(statement, module)
        return {a.asname or a.name: f"{base}.{a.name}".strip(".") for a in statement.names}
    return {}


def _import_base(statement: ast.ImportFrom, module: Module) -> str:
    if not statement.level:
        return statement.module or ""
    parts = module.name.split(".")
    is_package = module.path.name == "__init__.py"
    kept = parts[: len(parts) - statement.level + is_package]
    return ".".join([*kept, *([statement.module] if statement.module else [])])


def _bind(module: Module, statement: ast.stmt) -> None:
    symbols = module.symbols
    for name, imported in imports(statement, module).items():
        symbols.setdefault(name, Imported(imported))  # the first of try/except ImportError
    if isinstance(statement, FunctionNode):
        symbols[statement.name] = Function(statement.name, module, statement)
    elif isinstance(statement, ast.ClassDef):
        symbols[statement.name] = _read_class(module, statement)
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            for name in bound_names(target):
                value = statement.value if isinstance(target, ast.Name) else None
                symbols.setdefault(name, Variable(name, module, statement, value))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        symbols[name] = Variable(name, module, statement, statement.value, statement.annotation)


def bound_names(target: ast.AST) -> list[str]:
    """The plain names that an assignment to *target* binds."""
    stores = (n for n in ast.walk(target) if isinstance(n, ast.Name))
    return [node.id for node in stores if isinstance(node.ctx, ast.Store)]


def _read_class(module: Module, node: ast.ClassDef) -> Class:
    found = Class(node.name, module, node)
    for statement in node.body:
        if isinstance(statement, FunctionNode):
            name = f"{node.name}.{statement.name}"
            found.methods[statement.name] = Function(name, module, statement, found)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.fields[statement.target.id] = statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                found.fields |= dict.fromkeys(bound_names(target), statement)
    own = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and is_stored(n)}
    for name, statement in found.fields.items():
        if name not in own and is_mutable(statement.value):
            shared = Variable(f"{node.name}.{name}", module, statement, statement.value)
            found.shared[name] = shared
    return found


def is_stored(node: ast.Attribute) -> bool:
    """Whether the attribute is assigned here, not read."""
    return isinstance(node.ctx, ast.Store)


def is_mutable(value: ast.expr | None) -> bool:
    """Whether *value* plainly makes a list, dict, set or another container that can change."""
    if isinstance(value, ast.Call):
        return last_name(value) in _CONTAINERS
    displays = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    return isinstance(value, displays)
