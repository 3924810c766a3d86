"""Histories of orchestrations that really ran, as files: one for each path through a saga."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from devstack.errors import DevstackError
from devstack.services import ROOT

Row = dict[str, Any]

HISTORIES = ROOT / "tests" / "replay" / "histories"
# The folder of histories whose instances were started without a version.
UNVERSIONED = "unversioned"

_STACK = re.compile(r"\nStack: .*", re.DOTALL)


class HistoryError(DevstackError):
    """A history cannot be read, or must not be written; the message says which and why."""


@dataclass(frozen=True, slots=True)
class History:
    """What one instance wrote, with what replays need of the instance itself.

    *rows* are those that the host gives to the SDK. *input* is the JSON value it gives beside
    them, mostly a text that holds JSON once more.
    """

    saga: str
    path: str
    version: str
    description: str
    instance_id: str
    parent_instance_id: str | None
    input: Any
    rows: Sequence[Row]

    @classmethod
    def of_instance(cls, path: str, description: str, told: Mapping[str, Any]) -> Self:
        """The history that the emulated host has *told*, without what only one machine has."""
        return cls(
            saga=told["name"],
            path=path,
            version=told["version"] or "",
            description=description,
            instance_id=told["instanceId"],
            parent_instance_id=told["parentInstanceId"],
            input=told["input"],
            rows=[_portable(row) for row in told["history"]],
        )

    @classmethod
    def read(cls, file: Path) -> Self:
        """The history in *file*.

        Raises:
            HistoryError: it is no history.
        """
        try:
            body = json.loads(file.read_text(encoding="utf-8"))
            return cls(
                saga=body["saga"],
                path=body["path"],
                version=body["version"],
                description=body["description"],
                instance_id=body["instanceId"],
                parent_instance_id=body["parentInstanceId"],
                input=body["input"],
                rows=body["history"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HistoryError(f"{file} is no recorded history: {error!r}") from error

    def file_in(self, folder: Path) -> Path:
        """Where among the histories in *folder* it belongs."""
        return file_of(folder, self.saga, self.path, self.version)

    def write(self, file: Path) -> None:
        """Write it for people and for diffs: one row of the history a line.

        Raises:
            HistoryError: it names a path of this machine.
        """
        text = self._to_text()
        if str(ROOT) in text or str(Path.home()) + "/" in text:
            raise HistoryError(f"{self.saga}/{self.path} names a path of this machine: {text}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _to_text(self) -> str:
        about = {
            "saga": self.saga,
            "path": self.path,
            "version": self.version,
            "description": self.description,
            "instanceId": self.instance_id,
            "parentInstanceId": self.parent_instance_id,
            "input": self.input,
        }
        head = json.dumps(about, indent=2, ensure_ascii=False).removesuffix("\n}")
        rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in self.rows)
        return f'{head},\n  "history": [\n{rows}\n  ]\n}}\n'


def file_of(folder: Path, saga: str, path: str, version: str) -> Path:
    """The file of a path through *saga* as instances of *version* take it."""
    return folder / saga / (version or UNVERSIONED) / f"{path}.json"


def files_in(folder: Path) -> Iterator[Path]:
    """Every history in *folder*."""
    return iter(sorted(folder.rglob("*.json")))


def _portable(row: Row) -> Row:
    """*row* without stack traces, which name files of this machine and change with every edit."""
    changed = dict(row)
    if reason := row.get("Reason"):
        changed["Reason"] = _without_stack(reason)
    if details := row.get("Details"):
        changed["Details"] = _portable_details(details)
    if row.get("OrchestrationStatus") == "Failed":
        changed["Result"] = json.dumps(_without_stack(json.loads(row["Result"])))
    return changed


def _portable_details(details: str) -> str:
    try:
        exception = json.loads(details)
        return json.dumps({**exception, "Message": _without_stack(exception["Message"])})
    except (ValueError, KeyError, TypeError):
        return _without_stack(details)


def _without_stack(text: str) -> str:
    return _STACK.sub("\nStack: (left out)", text)
