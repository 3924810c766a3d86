"""What one function, class or variable of the project does and uses."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from determinism.rules import Rule
from determinism.source import Class, Function, Variable

Part = Function | Class | Variable


@dataclass(frozen=True, slots=True)
class Hit:
    """*node* breaks *rule*, because of *what*."""

    rule: Rule
    node: ast.expr | ast.stmt | ast.arg | ast.ExceptHandler
    what: str


@dataclass(frozen=True, slots=True)
class Use:
    """*node* runs or reads *part*; *once* says that it does not when replaying."""

    part: Part
    node: ast.expr | ast.stmt
    once: bool


@dataclass(slots=True)
class Facts:
    """All that matters of a part; *delegates* are the generators it yields from."""

    hits: list[Hit] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    delegates: list[Function] = field(default_factory=list)
