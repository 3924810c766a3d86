"""What the database costs: request units, asked for or held ready, and what is kept."""

import math
from collections.abc import Iterator

from costs.choices import Capacity
from costs.compute import FEED, Work
from costs.lines import DAYS_PER_MONTH, GIGABYTE, Case, Line


def cosmos(case: Case, works: list[Work]) -> Iterator[Line]:
    """Request units, and what is kept of orders."""
    usage, idle, month = case.usage, case.idle, case.month
    looks = month.assumptions.looks_per_order * usage.read_units
    pages = sum(work.executions for work in works if work.group in FEED)
    lease_write = idle.lease_units / idle.lease_requests
    by_orders = {
        "orders": case.orders * usage.request_units,
        "looks at orders": case.orders * looks,
        "lists, relay, feed": case.orders * usage.projection_units + pages * lease_write,
    }
    polling = month.hours * (idle.feed_units + idle.lease_units)
    timers = month.hours * idle.timer_units
    if case.choices.cosmos is Capacity.SERVERLESS:
        yield Line(
            "Cosmos DB", "polling the feed, leases: RU", "cosmos.serverless.ru", polling, True
        )
        yield Line("Cosmos DB", "timers: RU", "cosmos.serverless.ru", timers, True)
        for what, units in by_orders.items():
            yield Line("Cosmos DB", f"{what}: RU", "cosmos.serverless.ru", units, False)
    else:
        yield from _autoscale(case, sum(by_orders.values()), polling + timers)
    kept = case.choices.retention_days / DAYS_PER_MONTH
    gigabytes = case.orders * usage.stored_bytes * kept / GIGABYTE
    yield Line("Cosmos DB", "orders kept: GB", "cosmos.storage.gb-month", gigabytes, False)


def _autoscale(case: Case, units: float, polling: float) -> Iterator[Line]:
    month = case.month
    mean = units / month.busy_seconds + polling / (month.hours * 3600)
    peak = mean * month.assumptions.peak_to_mean
    most = autoscale_maximum(peak)
    least = most / 10
    busy_hours = month.busy_seconds / 3600
    yield Line(
        "Cosmos DB",
        f"a tenth of {most:,.0f} RU/s: RU/s-hours",
        "cosmos.autoscale.ru-hour",
        least * month.hours,
        True,
    )
    beyond = max(0.0, peak - least) * busy_hours
    yield Line("Cosmos DB", "above that: RU/s-hours", "cosmos.autoscale.ru-hour", beyond, False)


def autoscale_maximum(peak: float) -> float:
    """The smallest maximum that carries *peak*: a multiple of 1000."""
    return 1000.0 * max(1, math.ceil(peak / 1000))
