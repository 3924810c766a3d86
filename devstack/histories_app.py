"""The orchestrators of an app, loaded as a worker loads them, without a host."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from devstack.app_settings import SAMPLE, app_settings
from devstack.histories import HistoryError
from devstack.ports import Ports
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.errors import StartError
from emulators.functions_host.local_settings import apply_local_settings
from emulators.functions_host.worker.loader import load_functions


@dataclass(frozen=True, slots=True)
class SagaApp:
    """What an app can run; names are case-insensitive."""

    functions: DurableFunctions
    orchestrators: dict[str, Callable[..., Any]]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Import the app in *folder* into this process, with its local settings.

        Raises:
            HistoryError: it does not load.
        """
        if (folder / SAMPLE).exists():
            for name, value in app_settings(folder, Ports()).items():
                os.environ.setdefault(name, value)
        try:
            apply_local_settings(folder)
            loaded = load_functions(folder)
        except StartError as error:
            raise HistoryError(f"The app in {folder} does not load: {error}") from error
        functions = DurableFunctions.of(one.loaded for one in loaded)
        calls = {one.loaded.name: one.call for one in loaded}
        orchestrators = {name: calls[one.name] for name, one in functions.orchestrators.items()}
        return cls(functions, orchestrators)

    def orchestrator(self, name: str) -> Callable[..., Any]:
        """The orchestrator called *name*.

        Raises:
            HistoryError: the app has it no more, so that its instances would fail.
        """
        found = self.orchestrators.get(name.lower())
        if found is None:
            raise HistoryError(
                f"The app has no orchestrator {name} any more; orders in flight need it. Keep it "
                "until none is, then delete its histories."
            )
        return found
