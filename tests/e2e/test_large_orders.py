"""The largest orders there are: 2,000 lines, from submission to refund."""

from typing import Any

import pytest

from shared.application.submission import MAX_LINES
from shared.durable_contract import LINES_PER_RANGE
from tests.e2e.test_cost import history_bytes
from tests.e2e.test_events import Publisher, now
from tests.e2e.test_refunds import ask_refund, settled
from tests.shop import Shop, eventually, has_status

pytestmark = [pytest.mark.usefixtures("emulated"), pytest.mark.slow, pytest.mark.timeout(300)]

RANGES = MAX_LINES // LINES_PER_RANGE
ALL = [f"N{n}" for n in range(MAX_LINES)]
# What the host tells of a step: its input, its outcome.
MOST_BYTES_A_STEP = 300


async def reserved(shop: Shop) -> set[int]:
    """How much of the first, some, and the last product is held."""
    return {(await shop.level(name))[1] for name in ALL[:: MAX_LINES // 10] + ALL[-1:]}


async def steps(session: Any, shop: Shop, instance_id: str) -> int:
    """How many activities the saga took."""
    path = f"/runtime/webhooks/durabletask/instances/{instance_id}?showHistory=true"
    async with session.get(shop.urls["functions"] + path) as response:
        events = (await response.json(content_type=None))["historyEvents"]
    return sum(event["EventType"] == "TaskCompleted" for event in events)


async def test_history_grows_with_ranges_of_lines_and_not_with_lines(shop, session):
    """2,000 lines are 20 ranges; what is written of each is the same for all orders."""
    await shop.stock(**dict.fromkeys(ALL, 5))
    small = await shop.place({ALL[0]: 1})

    large = await shop.place(dict.fromkeys(ALL, 1))

    assert large["status"] == "Confirmed"
    assert await reserved(shop) == {1, 2}
    base = shop.urls["functions"]
    grown = await history_bytes(session, base, large["id"])
    grown -= await history_bytes(session, base, small["id"])
    assert await steps(session, shop, large["id"]) == RANGES + 3
    assert grown < (RANGES - 1) * MOST_BYTES_A_STEP


async def test_a_large_order_is_cancelled_and_nothing_of_it_stays_reserved(shop, session):
    """Range by range, as it was reserved."""
    await shop.stock(**dict.fromkeys(ALL, 5))
    large = await shop.place(dict.fromkeys(ALL, 1))

    await shop.ask("POST", f"/api/orders/{large['id']}/cancel", json={"reason": "too much"})
    await eventually(lambda: has_status(shop, large["id"], "Cancelled"))

    assert await reserved(shop) == {0}
    assert await shop.kept(large["id"]) == 0
    assert await steps(session, shop, f"cancel-{large['id']}") == RANGES + 2


async def test_every_line_of_a_large_order_is_shipped_refunded_and_restocked(shop):
    """The largest refund names as many lines as the largest order has."""
    await shop.stock(**dict.fromkeys(ALL, 5))
    large = await shop.place(dict.fromkeys(ALL, 1))
    parcel = now("Shipping.ShipmentDispatched", {"orderId": large["id"]})
    await Publisher(shop.urls).publish(parcel)
    await eventually(lambda: has_status(shop, large["id"], "Shipped"))

    async def has_left() -> bool:
        return bool(await shop.level(ALL[-1]) == (4, 0))

    await eventually(has_left)
    lines = dict.fromkeys(map(shop.sku, ALL), 1)
    answer = await ask_refund(shop, large["id"], lines=lines, restock=True)
    refund = await settled(shop, answer.body)

    async def is_back() -> bool:
        return bool(await shop.level(ALL[-1]) == (5, 0))

    await eventually(is_back)
    assert (refund["state"], len(refund["lines"])) == ("succeeded", MAX_LINES)
    assert await shop.kept(large["id"]) == 0
    assert await shop.level(ALL[0]) == (5, 0)
