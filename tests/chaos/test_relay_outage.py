"""Event Grid is away for a while: orders go on, operators see the lag, and then all goes out."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from devstack.ports import Ports
from devstack.stack import Stack
from tests.emulators.event_grid.recorder import Recorder
from tests.shop import Shop

OUTAGE_SECONDS = 10
CAUGHT_UP_WITHIN_SECONDS = 90
CHANGES = 4  # accepted, reserved, captured, confirmed


async def until(happened: Callable[[], Coroutine[Any, Any, Any]], within_seconds: float) -> None:
    """Wait until *happened* gives something true."""
    deadline = time.monotonic() + within_seconds
    while not await happened():
        assert time.monotonic() < deadline, f"it did not happen within {within_seconds} s"
        await asyncio.sleep(0.2)


async def relay_of(shop: Shop) -> Any:
    """What operators are shown."""
    return (await shop.ask("GET", "/api/ops/relay")).body


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_relay_survives_an_outage_of_event_grid_and_catches_up(tmp_path, session):
    """No order waits for it, no change is lost, and meanwhile the lag tells of it."""
    async with Recorder() as subscriber:
        everything = {"name": "everything", "endpoint": subscriber.url}
        subscriptions = {"order-events": [everything]}
        async with Stack(tmp_path, Ports.free(), subscriptions=subscriptions) as stack:
            shop = Shop(session, stack.urls)
            await shop.stock(MUG=1_000)
            orders = [await shop.place({"MUG": 1})]
            await stack.kill("event_grid")
            lags = [0.0]

            async def outage_is_over() -> bool:
                orders.append(await shop.place({"MUG": 1}))
                relay = await relay_of(shop)
                lags.append(relay["lagSeconds"])
                return bool(lags[-1] >= OUTAGE_SECONDS)

            await until(outage_is_over, within_seconds=OUTAGE_SECONDS + 60)
            failing = [
                worker for worker in (await relay_of(shop))["workers"] if "lastError" in worker
            ]
            await stack.start("event_grid")

            async def caught_up() -> bool:
                due = {f"{order['id']}/{n}" for order in orders for n in range(1, CHANGES + 1)}
                return due <= set(subscriber.ids)

            await until(caught_up, CAUGHT_UP_WITHIN_SECONDS)

            async def well() -> bool:
                return bool((await relay_of(shop))["lagSeconds"] < 5)

            await until(well, CAUGHT_UP_WITHIN_SECONDS)

    assert {order["status"] for order in orders} == {"Confirmed"}
    assert any(0 < lag < OUTAGE_SECONDS for lag in lags), lags
    assert [worker["lastError"] for worker in failing] == ["service-unavailable"]
