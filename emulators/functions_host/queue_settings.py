"""``extensions.queues`` of host.json."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from emulators.functions_host.errors import StartError
from emulators.functions_host.sections import Section
from emulators.functions_host.timespans import parse_timespan

_MOST_AT_ONCE: Final = 32  # the service's own limit for one request
_SHORTEST_POLL: Final = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """How queues are read and written.

    A local host polls at least every two seconds, as the real one does in development.
    """

    max_polling_interval: timedelta = timedelta(seconds=2)
    visibility_timeout: timedelta = timedelta(0)
    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    base64_messages: bool = True


def read_queue_settings(section: Section) -> QueueSettings:
    """Read and check the section.

    Raises:
        StartError: a value the real host refuses.
    """
    defaults = QueueSettings()
    poll = _span(section, "maxPollingInterval", defaults.max_polling_interval)
    if poll < _SHORTEST_POLL:
        raise _wrong("maxPollingInterval", "at least 00:00:00.100")
    batch_size = _number(section, "batchSize", defaults.batch_size, least=1)
    if batch_size > _MOST_AT_ONCE:
        raise _wrong("batchSize", f"at most {_MOST_AT_ONCE}")
    encoding = str(section.get("messageEncoding", "base64")).lower()
    if encoding not in ("base64", "none"):
        raise _wrong("messageEncoding", "base64 or none")
    return QueueSettings(
        max_polling_interval=poll,
        visibility_timeout=_span(section, "visibilityTimeout", defaults.visibility_timeout),
        batch_size=batch_size,
        new_batch_threshold=_number(section, "newBatchThreshold", batch_size // 2, least=0),
        max_dequeue_count=_number(section, "maxDequeueCount", defaults.max_dequeue_count, least=1),
        base64_messages=encoding == "base64",
    )


def _span(section: Section, name: str, default: timedelta) -> timedelta:
    try:
        span = parse_timespan(str(section[name])) if name in section else default
    except ValueError as error:
        raise StartError(f"host.json: extensions.queues.{name}: {error}") from error
    if span < timedelta(0):
        raise _wrong(name, "positive")
    return span


def _number(section: Section, name: str, default: int, *, least: int) -> int:
    value: Any = section.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _wrong(name, f"a number of at least {least}")
    return value


def _wrong(name: str, rule: str) -> StartError:
    return StartError(f"host.json: extensions.queues.{name} must be {rule}")
