"""Money that is held until the parcel leaves, for customers that a feature flag names."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.durable_contract import CAPTURE_AT_DISPATCH
from tests.e2e.test_events import Publisher, now
from tests.flags import flags_of
from tests.shop import Json, Shop, eventually, has_status
from tests.stacks import RunningStack

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 20
HOUR, WEEK = 3_600, 7 * 86_400


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Any:
    """A stack that looks for changed flags every second."""
    with RunningStack(tmp_path_factory.mktemp("held"), FEATURE_FLAG_REFRESH_SECONDS="1") as running:
        yield running


@pytest.fixture
async def held_order(shop, stack) -> Json:
    """A confirmed order of four mugs, 10.00 in all, that is paid when its parcel leaves."""
    await shop.stock(MUG=10_000)
    mine = shop.order({"MUG": 4})["customerId"]
    async with flags_of(stack) as flags:
        await flags.set(CAPTURE_AT_DISPATCH, enabled=True, users=[mine])
    deadline = time.monotonic() + PATIENCE_SECONDS
    order: Json = {}
    while "hold" not in order:
        order = await shop.place({"MUG": 4})
        assert time.monotonic() < deadline, "the flag never took effect"
    return order


async def advance(shop: Shop, **change: int) -> None:
    """Move the provider's clock, or change how long its holds last."""
    url = f"{shop.urls['payments']}/_emulator/clock"
    async with shop.session.post(url, json=change) as response:
        assert response.status == 200, await response.text()


async def reconcile(shop: Shop) -> None:
    """Have the timer run now, and not within the next minute."""
    run = await shop.ask("POST", "/admin/functions/reconcile_orders", json={})
    assert run.status == 202


async def dispatch(shop: Shop, order_id: str) -> None:
    """The parcel leaves."""
    parcel = now("Shipping.ShipmentDispatched", {"orderId": order_id})
    await Publisher(shop.urls).publish(parcel)


async def payments(shop: Shop, order_id: str) -> list[tuple[str, int, int]]:
    """Each payment of the order: its state, what is held, what was taken."""
    return sorted(
        (one["status"], one["amountCapturable"], one["amountCaptured"])
        for one in await shop.ledger(order_id)
    )


async def test_money_is_held_until_the_parcel_leaves_and_taken_then(shop, held_order):
    """Nobody pays for what was not sent."""
    assert held_order["status"] == "Confirmed"
    assert "captured" not in held_order
    assert await payments(shop, held_order["id"]) == [("requires_capture", 1_000, 0)]

    await dispatch(shop, held_order["id"])

    async def is_paid() -> bool:
        order = (await shop.ask("GET", f"/api/orders/{held_order['id']}")).body
        return "captured" in order and "hold" not in order

    await eventually(is_paid)
    assert await payments(shop, held_order["id"]) == [("succeeded", 0, 1_000)]


async def test_a_cancelled_order_costs_the_customer_nothing(shop, held_order):
    """There is nothing to refund: the hold is let go of."""
    await shop.ask("POST", f"/api/orders/{held_order['id']}/cancel", json={"reason": "no more"})

    await eventually(lambda: has_status(shop, held_order["id"], "Cancelled"))

    assert await payments(shop, held_order["id"]) == [("canceled", 0, 0)]


async def test_a_hold_is_renewed_before_it_expires(shop, held_order):
    """The order is covered all the time, and in the end by one hold."""
    await advance(shop, holdSeconds=HOUR)
    short = await shop.place({"MUG": 4})
    await advance(shop, holdSeconds=WEEK)

    await reconcile(shop)

    async def is_renewed() -> bool:
        found = await payments(shop, short["id"])
        return found == [("canceled", 0, 0), ("requires_capture", 1_000, 0)]

    await eventually(is_renewed)
    shown = (await shop.ask("GET", f"/api/orders/{short['id']}")).body
    assert shown["hold"]["expiresAt"] > short["hold"]["expiresAt"]
    assert shown["paymentId"] != short["paymentId"]
    await dispatch(shop, short["id"])
    await eventually(lambda: has_status(shop, short["id"], "Shipped"))


@pytest.fixture
async def silent_provider(shop) -> AsyncIterator[None]:
    """Webhooks are held back until the test ends."""
    url = f"{shop.urls['payments']}/_emulator/webhooks"
    await shop.session.post(url, json={"drop": True})
    yield
    await shop.session.post(url, json={"drop": False})


async def test_a_hold_that_the_provider_lets_go_of_is_a_persons_matter(shop, held_order):
    """Told by a webhook, before the parcel leaves."""
    await advance(shop, advanceSeconds=2 * WEEK)

    await eventually(lambda: has_status(shop, held_order["id"], "NeedsAttention"))

    shown = (await shop.ask("GET", f"/api/orders/{held_order['id']}")).body
    assert shown["reason"] == "payment-hold-lost"


@pytest.mark.usefixtures("silent_provider")
async def test_a_parcel_whose_hold_is_gone_is_a_persons_matter(shop, held_order):
    """The goods are on their way: somebody talks to the customer, and says what came of it."""
    await advance(shop, advanceSeconds=2 * WEEK)
    order_id = held_order["id"]

    await dispatch(shop, order_id)
    await eventually(lambda: has_status(shop, order_id, "NeedsAttention"))
    (waiting,) = [
        one
        for one in (await shop.ask("GET", "/api/ops/attention")).body["orders"]
        if one["id"] == order_id
    ]
    resolved = await shop.ask(
        "POST",
        f"/api/orders/{order_id}/resolve",
        json={"outcome": "done", "resolution": "paid by bank transfer"},
    )

    assert (waiting["work"], waiting["reason"]) == ("ship", "payment-declined")
    assert resolved.status == 200
    assert (resolved.body["status"], resolved.body["captured"]["amount"]) == ("Shipped", "10.00")
