"""Which of an app's own log lines come through, by ``logging.logLevel`` of host.json.

Their category is ``Function.NAME.User``; the longest category that begins it decides.
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar

from emulators.functions_host.console import level_number

_SYSTEM = ("azure_functions_worker", "azure.functions")

running_function: ContextVar[str] = ContextVar("running_function", default="")
"""The name of the function whose code runs, if any does."""


class UserLogFilter(logging.Filter):
    """Stands in for the levels of loggers, which know nothing of functions."""

    def __init__(self, levels: Mapping[str, str]) -> None:
        super().__init__()
        self._levels = {name.lower(): level_number(level) for name, level in levels.items()}

    def filter(self, record: logging.LogRecord) -> bool:
        # The host's own loggers go by their names, see console.py.
        if record.name.startswith("Host."):
            return True
        # In Azure these are in the system's log, which users do not see.
        lowest = logging.WARNING if record.name.startswith(_SYSTEM) else logging.DEBUG
        return record.levelno >= max(lowest, self._lowest())

    def _lowest(self) -> int:
        name = running_function.get().lower()
        categories = (f"function.{name}.user", f"function.{name}", "function") if name else ()
        for category in (*categories, "default"):
            if category in self._levels:
                return self._levels[category]
        return logging.INFO


def filter_user_log(levels: Mapping[str, str], *, debug: bool) -> None:
    """Let through what *levels* say; debug messages only with *debug*, as the real worker."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for handler in root.handlers:
        handler.addFilter(UserLogFilter(levels))
