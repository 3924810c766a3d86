"""How attempts to deliver end, and what follows from it.

Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
"""

import random
from dataclasses import dataclass
from typing import Final

DELIVERED: Final = "Delivered"
TIMED_OUT: Final = "TimedOut"
SOCKET_ERROR: Final = "SocketError"
RESOLUTION_ERROR: Final = "ResolutionError"
# Of an event whose time ran out before its first attempt.
UNDELIVERABLE: Final = "Undeliverable"

SUCCESSES: Final = frozenset({200, 201, 202, 203, 204})
NEVER_RETRIED: Final = frozenset({400, 401, 403, 413})
_NAMES: Final = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: TIMED_OUT,
    413: "PayloadTooLarge",
    429: "Busy",
    503: "Busy",
}

# Why an event is given up.
ATTEMPTS_EXCEEDED: Final = "MaxDeliveryAttemptsExceeded"
TIME_EXCEEDED: Final = "TimeToLiveExceeded"
REFUSED: Final = "UndeliverableDueToHttpResponse"

_MINUTE, _HOUR = 60, 3600
SCHEDULE: Final = (
    *(10, 30, _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
)
_AT_LEAST: Final = {404: 5 * _MINUTE, 408: 2 * _MINUTE, 503: 30}
_SPREAD: Final = 0.1

# After so many failed requests in a row, an endpoint gets nothing for a while.
FAILURES_BEFORE_PROBATION: Final = 10
_PROBATION: Final = {
    "Busy": 10,
    TIMED_OUT: 10,
    SOCKET_ERROR: 30,
    **dict.fromkeys(("NotFound", RESOLUTION_ERROR, "Unauthorized", "Forbidden"), 300),
}
_ANY_PROBATION: Final = 10
# These are about the events, and say nothing about the endpoint.
_NO_PROBATION: Final = frozenset({DELIVERED, "BadRequest", "PayloadTooLarge"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended; *detail* is for people."""

    name: str
    status: int | None = None
    detail: str = ""

    @classmethod
    def of_status(cls, status: int, detail: str = "") -> "Outcome":
        """What an answer means."""
        if status in SUCCESSES:
            return cls(DELIVERED, status)
        return cls(_NAMES.get(status, "GenericError"), status, detail)

    @property
    def delivered(self) -> bool:
        return self.name == DELIVERED

    @property
    def final(self) -> bool:
        """Whether no retry could change it."""
        return self.status in NEVER_RETRIED


def retry_wait(failures: int, outcome: Outcome, dice: random.Random) -> float:
    """Seconds until the next attempt of an event that failed so many times, the last one so."""
    planned = SCHEDULE[min(failures, len(SCHEDULE)) - 1]
    least = max(planned, _AT_LEAST.get(outcome.status or 0, 0))
    return least * (1 + dice.random() * _SPREAD)


def probation(outcome: Outcome) -> float:
    """Seconds that an endpoint gets nothing after *outcome* was only the last of many failures.

    0 where the endpoint is well, and only the events are not.
    """
    if outcome.name in _NO_PROBATION:
        return 0
    return _PROBATION.get(outcome.name, _ANY_PROBATION)
