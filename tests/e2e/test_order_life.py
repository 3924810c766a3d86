"""What becomes of orders after they were taken in: cancelled, shipped, given up and resumed."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.test_events import Publisher, now
from tests.shop import eventually, has_status

pytestmark = pytest.mark.usefixtures("emulated")


async def cancel(shop: Any, order_id: str, reason: str = "changed my mind") -> Any:
    """Ask for an order to be undone."""
    return await shop.ask("POST", f"/api/orders/{order_id}/cancel", json={"reason": reason})


async def test_a_confirmed_order_is_refunded_and_its_stock_released(shop):
    """Until the parcel has left, a customer may think again."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})

    accepted = await cancel(shop, order["id"])
    await eventually(lambda: has_status(shop, order["id"], "Cancelled"))

    assert (accepted.status, accepted.body["cancellation"]["reason"]) == (202, "changed my mind")
    assert await shop.level("MUG") == (10, 0)
    assert await shop.kept(order["id"]) == 0
    final = (await shop.ask("GET", f"/api/orders/{order['id']}")).body
    assert final["captured"] == final["refunded"] == final["total"]
    assert final["actions"] == []


async def test_cancelling_twice_says_what_the_state_is_and_changes_nothing(shop):
    """The second one is told, whatever became of the first."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 1})
    await cancel(shop, order["id"])

    again = await cancel(shop, order["id"], "and again")

    assert (again.status, again.problem) == (409, "action-not-allowed")
    assert again.body["orderStatus"] in ("Confirmed (being cancelled)", "Cancelled")
    assert again.body["allowedActions"] == []
    shown = (await shop.ask("GET", f"/api/orders/{order['id']}")).body
    assert shown["cancellation"]["reason"] == "changed my mind"


async def test_a_cancellation_that_races_the_saga_ends_in_one_consistent_outcome(shop):
    """Wherever it meets the saga: in the end all is undone, or it was refused and all is kept."""
    await shop.stock(MUG=100)

    async def race(delay: float) -> tuple[str, int]:
        order_id = (await shop.submit(shop.order({"MUG": 2}), uuid4().hex)).body["id"]
        await asyncio.sleep(delay)  # the moment is what differs from one order to the next
        assert (await cancel(shop, order_id)).status == 202
        await eventually(lambda: has_status(shop, order_id, "Cancelled"))
        return order_id, await shop.kept(order_id)

    raced = await asyncio.gather(*(race(0.03 * number) for number in range(12)))

    assert {kept for _, kept in raced} == {0}
    assert await shop.level("MUG") == (100, 0)


async def test_an_order_waiting_for_the_gateway_is_cancelled_all_the_same(shop):
    """Nobody has to wait for a service to come back to be rid of an order."""
    await shop.stock(MUG=10)
    await shop.fault("payments", operation="create", status=503, count=6)
    try:
        order_id = (await shop.submit(shop.order({"MUG": 2}), uuid4().hex)).body["id"]
        await cancel(shop, order_id)
    finally:
        await shop.no_faults("payments")

    await eventually(lambda: has_status(shop, order_id, "Cancelled"))

    assert await shop.level("MUG") == (10, 0)
    assert await shop.kept(order_id) == 0


async def test_a_dispatched_order_leaves_the_stock_and_cannot_be_cancelled(shop, urls):
    """On hand falls by what was reserved; a parcel on its way is not called back."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})
    parcel = {"orderId": order["id"], "carrier": "Royal Mail", "trackingNumber": "AB123"}

    await Publisher(urls).publish(now("Shipping.ShipmentDispatched", parcel))
    await eventually(lambda: has_status(shop, order["id"], "Shipped"))
    refused = await cancel(shop, order["id"])

    async def committed() -> bool:
        return bool(await shop.level("MUG") == (6, 0))

    await eventually(committed)
    assert (refused.status, refused.body["orderStatus"]) == (409, "Shipped")
    shown = (await shop.ask("GET", f"/api/orders/{order['id']}")).body
    assert shown["shipment"]["trackingNumber"] == "AB123"
    assert await shop.kept(order["id"]) == 1_000


async def test_resuming_what_is_fine_is_refused(shop):
    """There is nothing to go on with, and the answer says what is allowed instead."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 1})

    answer = await shop.ask("POST", f"/api/orders/{order['id']}/resume")

    assert (answer.status, answer.problem) == (409, "action-not-allowed")
    assert answer.body["allowedActions"] == ["cancel", "refund"]
