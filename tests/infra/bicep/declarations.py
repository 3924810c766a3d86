"""What a Bicep file declares: parameters, variables, resources, modules, outputs, functions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep.expressions import Expression, Reader
from tests.infra.bicep.tokens import BicepError, Token, line_of, tokens_of

_SKIP = re.compile(r"checkov:skip=(\w+): *(.*)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter and what its decorators demand."""

    default: Expression | None
    decorators: Mapping[str, list[Expression]]


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource or a module: one, one on a condition, or one for each of a list."""

    kind: str
    what: str
    existing: bool
    condition: Expression | None
    loop: tuple[list[str], Expression] | None
    body: Expression
    children: Mapping[str, "Declared"]
    skips: Mapping[str, str]
    """Checks of checkov that a comment inside of it turns off, with the reasons."""
    at: str


@dataclass(slots=True)
class Template:
    """A file."""

    path: Path
    parameters: dict[str, Parameter] = field(default_factory=dict)
    variables: dict[str, Expression] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Expression] = field(default_factory=dict)
    functions: dict[str, tuple[list[str], Expression]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)


@cache
def read(path: Path) -> Template:
    """The file at *path*."""
    return _File(path).read()


class _File(Reader):
    def __init__(self, path: Path) -> None:
        self._source = path.read_text(encoding="utf-8")
        super().__init__(tokens_of(self._source), path.name)
        self._template = Template(path)

    def read(self) -> Template:
        self.skip_lines()
        while self.now.kind != "end":
            decorators = self._decorators()
            keyword = self.take(kind="name").text
            statement = getattr(self, f"_read_{keyword}", None)
            if statement is None:
                raise BicepError(f"{self._what}: {keyword!r} is not known here")
            statement(decorators)
            if self.now.kind not in ("line", "end"):
                line = line_of(self._source, self.now.at)
                raise BicepError(f"{self._what}:{line}: {self.now.text!r} follows")
            self.skip_lines()
        return self._template

    def _decorators(self) -> dict[str, list[Expression]]:
        found = {}
        while self.took("@"):
            name = self.take(kind="name").text
            while self.took("."):
                name = self.take(kind="name").text
            found[name] = self.arguments()
            self.skip_lines()
        return found

    def _read_targetScope(self, _: Any) -> None:  # noqa: N802
        self.take("=")
        self.expression()

    def _read_metadata(self, _: Any) -> None:
        self.take(kind="name")
        self.take("=")
        self.expression()

    def _read_param(self, decorators: dict[str, list[Expression]]) -> None:
        name = self.take(kind="name").text
        self._skip_type("=")
        default = self.expression() if self.took("=") else None
        self._template.parameters[name] = Parameter(default, decorators)

    def _skip_type(self, *ends: str) -> None:
        depth = 0
        while depth or (self.now.kind not in ("line", "end") and self.now.text not in ends):
            depth += (self.now.text in "{[(") - (self.now.text in "}])")
            self.take()

    def _read_var(self, _: Any) -> None:
        name = self.take(kind="name").text
        self.take("=")
        self._template.variables[name] = self.expression()

    def _read_type(self, _: Any) -> None:
        self.take(kind="name")
        self.take("=")
        self._skip_type()

    def _read_func(self, _: Any) -> None:
        name = self.take(kind="name").text
        self.take("(")
        parameters = []
        while not self.took(")"):
            parameters.append(self.take(kind="name").text)
            self._skip_type(",", ")")
            self.took(",")
        self._skip_type("=>")
        self.take("=>")
        self.skip_lines()
        self._template.functions[name] = (parameters, self.expression())

    def _read_import(self, _: Any) -> None:
        self.take("{")
        names = []
        while not self.took("}"):
            self.skip_lines()
            names.append(self.take(kind="name").text)
            self.took(",")
            self.skip_lines()
        self.take("from")
        file = str(self.take(kind="string").parts[0])
        self._template.imports.update(dict.fromkeys(names, file))

    def _read_output(self, _: Any) -> None:
        name = self.take(kind="name").text
        self._skip_type("=")
        self.take("=")
        self._template.outputs[name] = self.expression()

    def _read_module(self, _: Any) -> None:
        name, declared = self._declared("module")
        self._template.declared[name] = declared

    def _read_resource(self, _: Any) -> None:
        name, declared = self._declared("resource")
        self._template.declared[name] = declared

    def inner(self) -> tuple[str, Declared]:
        self.take("resource")
        return self._declared("resource")

    def _declared(self, kind: str) -> tuple[str, Declared]:
        start = self.take(kind="name")
        what = str(self.take(kind="string").parts[0])
        existing = self.now.text == "existing" and bool(self.take())
        self.take("=")
        condition: Expression | None = None
        loop: tuple[list[str], Expression] | None = None
        children: dict[str, Declared] = {}
        looped = bool(self.took("["))
        if looped:
            self.take("for")
            variables = self.name_list()
            self.take("in")
            loop = (variables, self.expression())
            self.take(":")
        if self.now.text == "if":
            self.take()
            condition = self._parenthesized()
        body = self.object(children)
        if looped:
            self.take("]")
        skips, where = self._skips(start), self._where(start)
        return start.text, Declared(
            kind, what, existing, condition, loop, body, children, skips, where
        )

    def _skips(self, start: Token) -> dict[str, str]:
        return dict(_SKIP.findall(self._source[start.at : self.now.at]))

    def _where(self, start: Token) -> str:
        return f"{self._what}:{line_of(self._source, start.at)}"
