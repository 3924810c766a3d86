"""How the SDK's own tests went, file by file, and whether that is as well as expected."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

from rich.table import Table

from devstack.services import ROOT

EXPECTED = ROOT / "tests" / "emulators" / "cosmos" / "sdk_expected.json"
_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}


@dataclass(slots=True)
class FileResult:
    """The outcome of every test of a file; *broken* says why some were not run at all."""

    name: str
    outcomes: dict[str, str] = field(default_factory=dict)
    broken: str = ""

    @classmethod
    def read(cls, name: str, report: Path, log: Path) -> Self:
        """What pytest wrote; without its report, the file took too long or could not be loaded."""
        if not report.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            return cls(name, broken=f"not finished: {lines[-1] if lines else 'no output'}")
        cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - our own pytest wrote it
        return cls(name, {_name(case): _outcome(case) for case in cases})

    def count(self, outcome: str) -> int:
        """How many tests ended so."""
        return list(self.outcomes.values()).count(outcome)

    @property
    def summary(self) -> str:
        counts = (f"{self.count(o)} {o}" for o in ("passed", "failed", "skipped", "error"))
        return self.broken or ", ".join(counts)

    def worse_than(self, allowed: Mapping[str, str]) -> Iterator[str]:
        """What went wrong that *allowed*, reasons by test, does not explain.

        A name there that ends with ``*`` stands for every test that begins so.
        """
        if self.broken and "*" not in allowed:
            yield f"{self.name}: {self.broken}"
        begins = tuple(name[:-1] for name in allowed if name.endswith("*"))
        for test, outcome in self.outcomes.items():
            explained = test in allowed or test.startswith(begins)
            if outcome in ("failed", "error") and not explained:
                yield f"{self.name}: {test} {outcome}, and is expected to pass"


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"


def _outcome(case: ElementTree.Element) -> str:
    return next((_OUTCOMES[part.tag] for part in case if part.tag in _OUTCOMES), "passed")


def expectations() -> dict[str, dict[str, str]]:
    """Files that should pass, each with the tests that may fail and why."""
    expected: dict[str, dict[str, str]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return expected


def table(results: list[FileResult]) -> Table:
    """A row per file."""
    made = Table("file", "passed", "failed", "skipped", "error", "")
    for column in made.columns[1:5]:
        column.justify = "right"
    for result in results:
        style = "red" if result.broken or result.count("failed") or result.count("error") else ""
        counts = (str(result.count(o)) for o in ("passed", "failed", "skipped", "error"))
        made.add_row(result.name, *counts, result.broken, style=style)
    return made
