"""The committed measurement of what orders use, beside a fresh one."""

from collections.abc import Mapping

import pytest

from costs.compute import FEED
from costs.measure import measure
from costs.usage import OrderUsage, read_measured

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Counted the same each time; the rest depends on how the feed's pages fall.
EXACT = (
    *("cosmos_requests", "orchestrations", "episodes", "activities", "timers", "raised"),
    *("published", "received"),
)
# The numbers of digits in times and ids differ a little.
CLOSE = {"request_units": 0.02, "read_units": 0.02, "stored_bytes": 0.02, "history_bytes": 0.02}
# A change with a page of the feed to itself is a write to the list by itself: up to twice as many.
LOOSE = {"projection_requests": 1.0, "projection_units": 1.0, "log_lines": 0.5}


def without_feed(executions: Mapping[str, float]) -> dict[str, float]:
    """Functions that run a number of times that can be told."""
    return {name: count for name, count in executions.items() if name not in FEED}


def of(usage: OrderUsage, names: tuple[str, ...]) -> dict[str, float]:
    """Some of the figures."""
    return {name: getattr(usage, name) for name in names}


async def test_orders_use_what_the_committed_measurement_says():
    """Else bills are those of another app: `python3 dev.py cost --measure` writes it anew."""
    committed = read_measured()

    fresh = await measure(print, lines=(1, 20), orders=1, idle_seconds=60)

    for usage in fresh.orders:
        known = committed.of(usage.lines)
        assert of(usage, EXACT) == of(known, EXACT)
        assert without_feed(usage.executions) == without_feed(known.executions)
        for name, tolerance in (CLOSE | LOOSE).items():
            assert getattr(usage, name) == pytest.approx(getattr(known, name), rel=tolerance), name
    idle = fresh.idle
    assert idle.feed_units == pytest.approx(committed.idle.feed_units, rel=0.1)
    assert idle.lease_units == pytest.approx(committed.idle.lease_units, rel=0.2)
    assert idle.timer_units == pytest.approx(committed.idle.timer_units, rel=0.1)
    assert idle.timers == committed.idle.timers
    assert idle.blob_lists == committed.idle.blob_lists
