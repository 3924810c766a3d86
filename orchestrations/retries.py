"""Durable retry: what ``RetryOptions`` of the SDK lacks, which is backoff and error classes.

Waiting happens on durable timers, so a saga that waits occupies no worker and survives restarts.
This multiplies with the root ``retry`` policy of host.json; docs/retries.md has the worst cases.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zlib import crc32

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.changes import Changes
from shared.durable_contract import Outcome, Step

# Faults that repeating cannot mend. A failed activity reaches the saga as text that begins with
# "Activity function 'NAME' failed: " and the exception's type name (reference: the Durable
# extension's TaskActivityShim).
_PERMANENT = re.compile(
    r"failed:\s+(IllegalTransition|OrderNotFound|RefundRefused|AlreadyCaptured):"
)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff from *first_seconds* up to *cap_seconds*, *attempts* in all."""

    attempts: int
    first_seconds: float
    cap_seconds: float

    def delay_seconds(self, attempt: int, seed: str) -> float:
        """The pause after failed *attempt* (from 1): 75-100 % of the backoff.

        The jitter is drawn from *seed*, not from chance, so that a replay waits the same.
        """
        backoff = min(self.cap_seconds, self.first_seconds * 2.0 ** (attempt - 1))
        share = crc32(f"{seed}:{attempt}".encode()) / 0xFFFFFFFF
        return backoff * (0.75 + 0.25 * share)


# Forward steps give up while the customer still waits; undoing and recording may take the night.
TRANSIENT = RetryPolicy(attempts=12, first_seconds=1, cap_seconds=60)
PERSISTENT = RetryPolicy(attempts=60, first_seconds=1, cap_seconds=300)

# A service is left alone for a while: that is nobody's failure, and no attempt. About a day of it.
POSTPONED = RetryPolicy(attempts=294, first_seconds=5, cap_seconds=300)


class StillPostponed(Exception):
    """What an activity needs was left alone for longer than the saga waits."""


def call_activity(
    context: DurableOrchestrationContext,
    name: str,
    step: Step,
    policy: RetryPolicy,
    changes: Changes | None = None,
) -> Generator[Any, Any, Outcome]:
    """Run an activity until it answers; its fault is raised once *policy* is exhausted.

    With *changes*, a pause ends early when the order changes.

    Raises:
        StillPostponed: it was put off for as long as :data:`POSTPONED` says.
    """
    seed = f"{context.instance_id}/{name}"
    attempt, postponed = 1, 0
    while True:
        try:
            outcome: Outcome = yield context.call_activity(name, step)
        except Exception as fault:
            if attempt == policy.attempts or _is_permanent(fault):
                raise
            pause = policy.delay_seconds(attempt, seed)
            attempt += 1
        else:
            if outcome["outcome"] != "postponed":
                return outcome
            postponed += 1
            if postponed == POSTPONED.attempts:
                raise StillPostponed(name)
            pause = POSTPONED.delay_seconds(postponed, seed)
            pause = max(pause, outcome["retryAfterSeconds"])
        yield from _pause(context, pause, changes)


def _pause(
    context: DurableOrchestrationContext, seconds: float, changes: Changes | None
) -> Generator[Any, Any, None]:
    until = context.current_utc_datetime + timedelta(seconds=seconds)
    if changes is None:
        yield context.create_timer(until)
    else:
        yield from changes.wait_until(until)


def _is_permanent(fault: Exception) -> bool:
    return _PERMANENT.search(str(fault)) is not None
