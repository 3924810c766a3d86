"""How long instances are active, and how many there have to be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from costs.choices import Assumptions, Choices
from costs.usage import IdleUsage, OrderUsage

HTTP, DURABLE = "http", "durable"
_HTTP_FUNCTIONS = frozenset({"submit_order", "get_order", "take_in_payment"})
# On Flex Consumption, all but HTTP and Durable scale one by one.
_ALONE = frozenset(
    {"take_in_events", "follow_orders", "relay_orders", "adopt_dead_letters", "reconcile_orders"}
)
# They wait for the next page on purpose: one execution holds all that came meanwhile.
FEED = frozenset({"follow_orders", "relay_orders"})
# A GET of an order on the local stack; far below the minimum anyway.
_LOOK_SECONDS = 0.005
MINIMUM_SECONDS = 1.0
EP1_VCPUS, EP1_GIB = 1.0, 3.5


@dataclass(frozen=True, slots=True)
class Work:
    """What one group of functions does in a month."""

    group: str
    executions: float
    seconds: float
    """All executions one after the other."""
    active_seconds: float
    """Of instances that execute something."""


@dataclass(frozen=True, slots=True)
class Month:
    """How orders come."""

    orders: float
    hours: float
    assumptions: Assumptions

    @property
    def busy_seconds(self) -> float:
        """In which orders come."""
        return self.hours * 3600 * self.assumptions.busy_hours_per_day / 24


def group_of(function: str) -> str:
    """What a function scales with."""
    if function in _HTTP_FUNCTIONS:
        return HTTP
    return function if function in _ALONE else DURABLE


def work_of_orders(usage: OrderUsage, month: Month, speed: float) -> list[Work]:
    """By group, without the timer."""
    counts = _by_group(usage.executions)
    seconds = {group: ms / 1000 for group, ms in _by_group(usage.milliseconds).items()}
    looks = month.assumptions.looks_per_order
    counts[HTTP] += looks
    seconds[HTTP] += looks * _LOOK_SECONDS
    return [
        _work(group, counts[group], seconds[group] / _speed(group, speed), month)
        for group in counts
    ]


def work_of_timers(idle: IdleUsage, hours: float) -> list[Work]:
    """Every minute, orders or not; each by itself."""
    return [_timer(name, hours * count, idle, hours) for name, count in idle.timers.items()]


def _timer(name: str, executions: float, idle: IdleUsage, hours: float) -> Work:
    seconds = hours * idle.milliseconds[name] / 1000
    return Work(group_of(name), executions, seconds, max(executions * MINIMUM_SECONDS, seconds))


def _work(group: str, per_order: float, seconds_per_order: float, month: Month) -> Work:
    executions = month.orders * per_order
    seconds = month.orders * seconds_per_order
    each = seconds_per_order / per_order
    billed = max(MINIMUM_SECONDS, each)
    # Of executions that begin at random, each active for so long, at least one is going on for
    # this share of the time: alone each pays for itself, together they share an instance.
    active = month.busy_seconds * -math.expm1(-executions * billed / month.busy_seconds)
    if group in FEED:
        executions = active / billed
        return Work(group, executions, executions * each, active)
    return Work(group, executions, seconds, max(active, seconds / month.assumptions.instance_use))


def _speed(group: str, speed: float) -> float:
    # Resting takes as long on any machine.
    return 1.0 if group in FEED else speed


def _by_group(values: Mapping[str, float]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for function, value in values.items():
        group = group_of(function)
        sums[group] = sums.get(group, 0) + value
    return sums


def gb_seconds(work: Work, choices: Choices) -> float:
    """What Flex Consumption bills for being active."""
    return work.active_seconds * choices.memory_megabytes / 1024


def premium_instances(works: list[Work], month: Month) -> int:
    """EP1 instances that carry all groups together; one is the least there is.

    The functions of the feed rest in their executions, which costs an instance nothing.
    """
    working = sum(work.seconds for work in works if work.group not in FEED)
    available = month.busy_seconds * month.assumptions.instance_use
    return max(1, math.ceil(working / available))
