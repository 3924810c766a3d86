"""The host's log on the console; host and workers write it alike."""

import logging
import os
import sys
from collections.abc import Mapping

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.stdlib import ProcessorFormatter

from emulators.functions_host.errors import StartError

_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}


def wants_colour() -> bool:
    """Whether the log goes to a person's terminal (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def configure(log_levels: Mapping[str, str], *, colour: bool) -> None:
    """Write the log to stderr, with the levels of ``logging.logLevel`` in host.json.

    Raises:
        StartError: a level is none of .NET's.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
    ]
    renderer = ConsoleRenderer(colors=colour, exception_formatter=plain_traceback)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for category, level in log_levels.items():
        name = None if category == "default" else category
        if str(level).lower() not in _LEVELS:
            raise StartError(f"host.json: logging.logLevel.{category} {level!r} is no log level")
        logging.getLogger(name).setLevel(level_number(level))


def level_number(level: str) -> int:
    """What .NET's *level* is to Python."""
    return _LEVELS[str(level).lower()]
