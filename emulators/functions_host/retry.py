"""Retry policies of the host: ``retry`` in host.json and ``@app.retry``.

A policy re-runs an execution in memory, before whoever asked for it learns that it failed.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from emulators.functions_host.errors import StartError
from emulators.functions_host.timespans import parse_timespan

FOREVER = -1


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after which pause, a failed execution runs again."""

    max_retry_count: int
    minimum: timedelta
    maximum: timedelta
    exponential: bool

    def allows(self, retry_count: int) -> bool:
        """Whether another run may follow *retry_count* retries."""
        return self.max_retry_count == FOREVER or retry_count < self.max_retry_count

    def delay_seconds(self, retry_count: int) -> float:
        """The pause before retry number *retry_count* (from 1).

        Exponential is min + 2^(k-1) * min * (random 0.8-1.2), capped; the first is min
        (RandomizedExponentialBackoffStrategy.cs).
        """
        minimum, maximum = self.minimum.total_seconds(), self.maximum.total_seconds()
        if not self.exponential or retry_count == 1:
            return minimum
        # 2^60 is beyond any maximum, and keeps the float finite for endless retries.
        factor = 2.0 ** min(retry_count - 2, 60)
        jitter = random.uniform(0.8, 1.2)  # noqa: S311  # spreads load, guards nothing
        return min(minimum + factor * minimum * jitter, maximum)


def read_host_policy(section: Mapping[str, Any]) -> RetryPolicy:
    """Read the root ``retry`` of host.json.

    Raises:
        StartError: it is incomplete or contradicts itself.
    """
    strategy = str(section.get("strategy", ""))
    if strategy.lower() not in ("fixeddelay", "exponentialbackoff"):
        raise StartError(f"host.json: retry.strategy {strategy!r} is not a retry strategy")
    exponential = strategy.lower() == "exponentialbackoff"
    names = ("minimumInterval", "maximumInterval") if exponential else ("delayInterval",) * 2
    return _policy("host.json: retry", section, "maxRetryCount", names, exponential=exponential)


def read_function_policy(function: str, settings: Mapping[str, Any]) -> RetryPolicy:
    """Read what ``@app.retry`` recorded; any strategy but ``fixed_delay`` is exponential.

    Raises:
        StartError: it is incomplete or contradicts itself.
    """
    exponential = settings.get("strategy") != "fixed_delay"
    names = ("minimum_interval", "maximum_interval") if exponential else ("delay_interval",) * 2
    where = f"function {function}: retry"
    return _policy(where, settings, "max_retry_count", names, exponential=exponential)


def _policy(
    where: str,
    section: Mapping[str, Any],
    count_name: str,
    interval_names: tuple[str, str],
    *,
    exponential: bool,
) -> RetryPolicy:
    for name in (count_name, *interval_names):
        if section.get(name) is None:
            raise StartError(f"{where}.{name} is required")
    try:
        count = int(section[count_name])
        minimum, maximum = (parse_timespan(str(section[name])) for name in interval_names)
    except ValueError as error:
        raise StartError(f"{where}: {error}") from error
    if count < FOREVER:
        raise StartError(f"{where}.{count_name} must be -1 (forever) or more")
    if minimum > maximum:
        raise StartError(f"{where}: {interval_names[0]} is longer than {interval_names[1]}")
    return RetryPolicy(count, minimum, maximum, exponential)
