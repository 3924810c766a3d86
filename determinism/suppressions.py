"""Comments that say why a finding is harmless: ``# determinism: ignore[DET003] reason``."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from determinism import rules
from determinism.check import Finding

_COMMENT = re.compile(r"#\s*determinism:\s*ignore\b(?:\[([^\]]*)\])?\s*(.*)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that takes back the findings of *ids* on its line, or on the line below it."""

    line: int
    column: int
    ids: frozenset[str]
    reason: str

    @property
    def is_valid(self) -> bool:
        """Whether it names known rules and a reason."""
        return bool(self.reason) and bool(self.ids) and self.ids <= rules.RULES.keys()


def suppressions_in(text: str) -> Iterator[Suppression]:
    """The suppressions of a source text; one on a line of its own is for the next line."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            alone = not token.line[: token.start[1]].strip()
            ids = frozenset(re.findall(r"[^\s,]+", match[1] or ""))
            line = token.start[0] + alone
            yield Suppression(line, token.start[1] + 1, ids, match[2].strip())


def apply_suppressions(findings: Iterable[Finding], sources: dict[Path, str]) -> list[Finding]:
    """The findings that remain, and those about the comments themselves."""
    remaining = list(findings)
    for path, text in sources.items():
        for suppression in suppressions_in(text):
            remaining = _apply(suppression, path, remaining)
    return sorted(remaining)


def _apply(suppression: Suppression, path: Path, findings: list[Finding]) -> list[Finding]:
    def about(rule: rules.Rule, what: str) -> Finding:
        return Finding(path, suppression.line, suppression.column, rule.id, what)

    if not suppression.is_valid:
        named = ", ".join(sorted(suppression.ids)) or "no rule"
        return [*findings, about(rules.REASONLESS, named)]
    here = [f for f in findings if f.path == path and f.line == suppression.line]
    taken = [f for f in here if f.rule in suppression.ids]
    unused = sorted(suppression.ids - {f.rule for f in taken})
    kept = [finding for finding in findings if finding not in taken]
    return [*kept, *(about(rules.UNUSED, rule_id) for rule_id in unused)]
