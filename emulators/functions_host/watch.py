"""``--watch``: runs the host as a child, and anew when a file of the app changes."""

import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from watchfiles import DefaultFilter, run_process
from watchfiles.main import FileChange

from emulators.sqlite import IN_MEMORY

_SUFFIXES = (".py", ".json")
# Longer than a stopping host waits for running activities.
_PATIENCE_SECONDS = 8


class AppFilter(DefaultFilter):
    """Python and JSON files, but none in folders like ``.venv``."""

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith(_SUFFIXES) and super().__call__(change, path)  # type: ignore[arg-type]


def run_watching(app_directory: Path, arguments: Sequence[str], state: str) -> None:
    """Run the host with *arguments* until interrupted.

    A reload is a restart: whatever was imported is gone. What was going on is in the state and goes
    on; state that would be in memory is put in a temporary folder for this.
    """
    with tempfile.TemporaryDirectory() as folder:
        kept = folder if state == IN_MEMORY else state
        command = [sys.executable, "-m", "emulators.functions_host", *arguments, "--state", kept]
        run_process(
            app_directory,
            target=shlex.join(command),
            target_type="command",
            watch_filter=AppFilter(),
            callback=_announce,
            sigint_timeout=_PATIENCE_SECONDS,
        )


def _announce(changes: set[FileChange]) -> None:
    names = ", ".join(sorted({Path(path).name for _, path in changes}))
    print(f"\n{names} changed; starting again ...", flush=True)  # noqa: T201
