"""What the payment provider tells of payments by itself, and what the app does about it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from tests.shop import Shop, eventually

pytestmark = pytest.mark.usefixtures("emulated")

PATH = "/api/webhooks/payments"


@pytest.fixture
async def provider(shop, urls) -> AsyncIterator[stripe.StripeClient]:
    """Somebody else who uses the same Stripe account."""
    http_client = stripe.AIOHTTPClient()
    yield stripe.StripeClient(
        "sk_test_e2e", base_addresses={"api": urls["payments"]}, http_client=http_client
    )
    await http_client.close_async()


async def tell(shop: Shop, what: str, **document: Any) -> None:
    """Use one of the provider's switches."""
    url = f"{shop.urls['payments']}/_emulator/{what}"
    async with shop.session.post(url, json=document) as response:
        assert response.ok, await response.text()


@pytest.fixture
async def unreliable_webhooks(shop) -> AsyncIterator[None]:
    """Every webhook comes three times, and not in its turn."""
    await tell(shop, "webhooks", duplicate=2, shuffle=True)
    yield
    await tell(shop, "webhooks", duplicate=0, shuffle=False)


async def delivered(shop: Shop) -> int:
    """How many webhooks the app has answered well, once there are no more to come."""
    url = f"{shop.urls['payments']}/_emulator/webhooks"

    async def counts() -> dict[str, Any]:
        async with shop.session.get(url) as response:
            told: dict[str, Any] = await response.json()
            return told

    async def are_out() -> bool:
        return not (await counts())["pending"]

    await eventually(are_out)
    return int((await counts())["delivered"])


async def becomes(shop: Shop, order_id: str, status: str) -> dict[str, Any]:
    """The order once it has this status."""
    order: dict[str, Any] = {}

    async def has_become() -> bool:
        order.update((await shop.ask("GET", f"/api/orders/{order_id}")).body)
        return bool(order["status"] == status)

    await eventually(has_become)
    return order


async def test_a_capture_for_an_order_that_came_to_nothing_is_given_back(shop, provider):
    """Whoever took it: nobody keeps money for a rejected order."""
    await shop.stock(MUG=1)
    order = await shop.place({"MUG": 2})
    assert order["status"] == "Rejected"
    await provider.v1.payment_intents.create_async(
        {
            "amount": 500,
            "currency": "gbp",
            "confirm": True,
            "capture_method": "automatic",
            "payment_method": "pm_card_visa",
            "metadata": {"orderId": order["id"]},
        }
    )

    async def given_back() -> bool:
        return any(payment["amountRefunded"] == 500 for payment in await shop.ledger(order["id"]))

    await eventually(given_back)
    assert await shop.kept(order["id"]) == 0


async def test_a_capture_whose_answer_was_lost_wakes_the_saga(shop):
    """It waits for its next attempt, and need not wait to the end."""
    await shop.stock(MUG=10)
    # The SDK repeats it once.
    await shop.fault("payments", operation="capture", drop="after", count=2)
    await shop.fault("payments", operation="retrieve", status=503)
    try:
        accepted = (await shop.submit(shop.order({"MUG": 2}))).body
        url = f"{shop.urls['functions']}/_emulator/history/{accepted['id']}"

        async def was_woken() -> bool:
            async with shop.session.get(url) as response:
                rows = (await response.json())["history"] if response.ok else []
            return any(row.get("Name") == "order-changed" for row in rows)

        await eventually(was_woken)
    finally:
        await shop.no_faults("payments")

    assert (await shop.settled(accepted["id"]))["status"] == "Confirmed"
    assert await shop.kept(accepted["id"]) == 500


async def test_doubled_and_shuffled_webhooks_change_nothing(shop, unreliable_webhooks):
    """An order comes out as it would without them."""
    await shop.stock(MUG=10)
    before = await delivered(shop)

    orders = [await shop.place({"MUG": 1}) for _ in range(3)]

    assert await delivered(shop) - before >= len(orders)
    for order in orders:
        timeline = (await shop.ask("GET", order["links"]["events"])).body["events"]
        assert [event["status"] for event in timeline][-1] == "Confirmed"
        assert len(timeline) == 4
        assert await shop.kept(order["id"]) == 250


async def test_a_disputed_payment_puts_its_order_before_a_person(shop):
    """The goods may still be here."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 1})
    (payment,) = await shop.ledger(order["id"])

    await tell(shop, "disputes", payment_intent=payment["id"])

    flagged = await becomes(shop, order["id"], "NeedsAttention")
    assert flagged["reason"] == "payment-disputed"


async def test_a_refund_that_fails_puts_a_cancelled_order_before_a_person(shop):
    """Its money has come back to us, though the order has ended."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 1}, paymentMethod="pm_card_refundFail")
    path = f"/api/orders/{order['id']}/cancel"

    assert (await shop.ask("POST", path, json={"reason": "changed my mind"})).status == 202

    flagged = await becomes(shop, order["id"], "NeedsAttention")
    assert flagged["reason"] == "refund-failed"


@pytest.mark.parametrize("signature", [None, "t=1,v1=00", "t=9999999999,v1=00"])
async def test_what_the_provider_did_not_sign_is_refused(shop, signature):
    """The address is open to everybody."""
    headers = {} if signature is None else {"Stripe-Signature": signature}

    answer = await shop.ask("POST", PATH, data=b'{"id": "evt_1"}', headers=headers)

    assert (answer.status, answer.problem) == (400, "invalid-signature")
