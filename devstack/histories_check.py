"""Checks all recorded histories against the code of an app, and reports."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from devstack.histories import History, HistoryError, files_in
from devstack.histories_app import SagaApp
from devstack.histories_replay import first_difference


@dataclass(frozen=True, slots=True)
class Verdict:
    """One file; *problem* is empty if orders in flight on its path survive."""

    file: Path
    problem: str


def verdicts(folder: Path, app: SagaApp) -> list[Verdict]:
    """What *app* makes of every history in *folder*.

    Raises:
        HistoryError: there is none.
    """
    files = list(files_in(folder))
    if not files:
        raise HistoryError(f"There are no histories in {folder}.")
    return [Verdict(file, _problem(file, app)) for file in files]


def report(found: Sequence[Verdict], console: Console) -> int:
    """Print what is wrong; the exit code is 1 if something is."""
    wrong = [verdict for verdict in found if verdict.problem]
    for verdict in wrong:
        console.print(f"{_shown(verdict.file)}, {verdict.problem}\n", markup=False, soft_wrap=True)
    console.print(f"{len(found) - len(wrong)} of {len(found)} histories replay through this code.")
    return 1 if wrong else 0


def write_json(found: Sequence[Verdict], file: Path) -> None:
    """Write every file's problem, an empty text where there is none.

    Raises:
        HistoryError: it cannot be written.
    """
    problems = {str(verdict.file): verdict.problem for verdict in found}
    try:
        file.write_text(json.dumps(problems, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise HistoryError(f"--json {file}: {error.strerror}") from error


def _problem(file: Path, app: SagaApp) -> str:
    try:
        history = History.read(file)
        found = first_difference(history, app.orchestrator(history.saga), app.functions)
    except HistoryError as error:
        return str(error)
    return "" if found is None else str(found)


def _shown(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
