"""Judges all orchestrators of a project, and what they call however indirectly."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from determinism import rules
from determinism.facts import Facts, Hit, Part, Use
from determinism.orchestrators import registered, takes_context
from determinism.project import Project
from determinism.reading import read_part
from determinism.rules import Rule
from determinism.source import Function, Module, Variable
from determinism.state import Shared, functions_of

# What is wrong only in a function that the Durable engine drives.
_OF_ORCHESTRATORS = (rules.NO_TASK, rules.SWALLOWED, rules.DISCARDED)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A fault in the file *path*; lines and columns count from 1."""

    path: Path
    line: int
    column: int
    rule: str
    cause: str

    @property
    def message(self) -> str:
        """What is wrong, and what to use instead."""
        rule = rules.RULES[self.rule]
        return f"{rule.finds}: {self.cause}; use {rule.instead} instead"


class Checker:
    """Checks modules of one project: *own* only for what they register, *zone* altogether."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._facts: dict[Part, Facts] = {}
        self._driven: set[Function] = set()
        self._zone: dict[Function, None] = {}

    def check(self, own: Iterable[Module], zone: Iterable[Module]) -> list[Finding]:
        """All findings in order; the first per line and rule."""
        self._enter_zone(own, zone)
        self._read_everything()
        self._shared = Shared(self._project)
        found: dict[tuple[Path, int, str], Finding] = {}
        for function in self._zone:
            for finding in self._findings(function):
                found.setdefault((finding.path, finding.line, finding.rule), finding)
        return sorted(found.values())

    def _enter_zone(self, own: Iterable[Module], zone: Iterable[Module]) -> None:
        zone = list(zone)
        for module in [*own, *zone]:
            functions = list(functions_of(module))
            driven = [f for f in functions if takes_context(f, self._project)]
            self._drive([*registered(module, self._project), *driven])
        for module in zone:
            self._zone |= {f: None for f in functions_of(module) if f.is_generator}

    def _drive(self, functions: list[Function]) -> None:
        while functions:
            function = functions.pop()
            if function not in self._driven:
                self._driven.add(function)
                self._zone[function] = None
                functions += self._facts_of(function).delegates

    def _read_everything(self) -> None:
        # Reading a part loads the modules it uses; only then is it known what changes their state.
        waiting: list[Part] = list(self._zone)
        seen: set[Part] = set(waiting)
        while waiting:
            for use in self._facts_of(waiting.pop()).uses:
                if use.part not in seen:
                    seen.add(use.part)
                    waiting.append(use.part)

    def _facts_of(self, part: Part) -> Facts:
        if part not in self._facts:
            self._facts[part] = read_part(part, self._project)
        return self._facts[part]

    def _findings(self, function: Function) -> Iterator[Finding]:
        facts = self._facts_of(function)
        for hit in self._hits(function):
            if hit.rule is not rules.NO_TASK or function in self._driven:
                yield _finding(function.module, hit.node, hit.rule, hit.what)
        for use in facts.uses:
            for rule, chain in self._causes(use).items():
                cause = " -> ".join([function.name, *chain])
                yield _finding(function.module, use.node, rule, cause)

    def _hits(self, part: Part) -> list[Hit]:
        hits = self._facts_of(part).hits
        if isinstance(part, Function):
            return [*hits, *self._remembering_defaults(part)]
        return hits

    def _remembering_defaults(self, function: Function) -> Iterator[Hit]:
        arguments = function.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        positional = positional[len(positional) - len(arguments.defaults) :]
        pairs = [
            *zip(positional, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        changed = self._shared.parameters(function)
        for parameter, default in pairs if changed else ():
            if parameter.arg in changed and isinstance(
                default, ast.List | ast.Dict | ast.Set | ast.Call
            ):
                yield Hit(rules.STATE, default, f"the default of {parameter.arg}")

    def _causes(self, use: Use) -> dict[Rule, list[str]]:
        """The rules that *use* breaks indirectly, with the shortest way to each cause."""
        found: dict[Rule, list[str]] = {}
        waiting: list[tuple[Part, list[str], bool]] = [(use.part, [], use.once)]
        seen: set[Part] = set()
        while waiting:
            part, chain, once = waiting.pop(0)
            if part in seen or part in self._zone:
                continue
            seen.add(part)
            chain = [*chain, part.name]
            if isinstance(part, Variable) and self._shared.is_changed(part):
                found.setdefault(rules.STATE, chain)
            for hit in self._hits(part):
                said = once and hit.rule is rules.LOGGING
                if hit.rule not in _OF_ORCHESTRATORS and not said:
                    place = f"{hit.what} ({part.module.path.name}:{hit.node.lineno})"
                    found.setdefault(hit.rule, [*chain, place])
            waiting += [(u.part, chain, once or u.once) for u in self._facts_of(part).uses]
        return found


def _finding(module: Module, node: ast.AST, rule: Rule, cause: str) -> Finding:
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
    return Finding(module.path, line, column, rule.id, cause)
