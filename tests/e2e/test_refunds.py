"""Money that goes back: part of it or all, over HTTP, with the provider's books to compare."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.desk import refund_json
from tests.e2e.test_events import Publisher, now
from tests.shop import Answer, Json, Shop, eventually, has_status

pytestmark = pytest.mark.usefixtures("emulated")


async def ask_refund(shop: Shop, order_id: str, key: str | None = None, **body: Any) -> Answer:
    """Ask for money back."""
    return await shop.ask(
        "POST",
        f"/api/orders/{order_id}/refunds",
        json=refund_json(**body),
        headers={"Idempotency-Key": key or uuid4().hex},
    )


async def settled(shop: Shop, refund: Json) -> Json:
    """The refund once it is known what became of it."""
    found: list[Json] = []

    async def is_settled() -> bool:
        found[:] = [(await shop.ask("GET", refund["links"]["self"])).body]
        return bool(found[0]["state"] != "pending")

    await eventually(is_settled)
    return found[0]


async def dispatch(shop: Shop, urls: dict[str, str], order_id: str) -> None:
    """The parcel leaves."""
    await Publisher(urls).publish(now("Shipping.ShipmentDispatched", {"orderId": order_id}))
    await eventually(lambda: has_status(shop, order_id, "Shipped"))


async def test_a_part_of_the_money_goes_back_once_however_often_it_is_asked_for(shop):
    """The order says so, the refund says so, and so does the provider."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})

    first, second = await asyncio.gather(
        *(ask_refund(shop, order["id"], "one-key", amount="3.00") for _ in range(2))
    )
    refund = await settled(shop, first.body)

    assert (first.status, second.status) == (202, 202)
    assert first.body["id"] == second.body["id"]
    assert (refund["state"], refund["amount"]["amount"]) == ("succeeded", "3.00")
    assert await shop.kept(order["id"]) == 700
    shown = (await shop.ask("GET", f"/api/orders/{order['id']}")).body
    assert (shown["status"], shown["refunded"]["amount"]) == ("Confirmed", "3.00")
    events = (await shop.ask("GET", shown["links"]["events"])).body["events"]
    moved = {one["type"]: one["amount"]["amount"] for one in events if "amount" in one}
    assert moved == {"PaymentCaptured": "10.00", "PaymentRefunded": "3.00"}
    assert await shop.level("MUG") == (10, 4)


async def test_refunds_at_once_never_give_back_more_than_was_taken(shop):
    """Ten ask for a quarter each; four get it."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})

    async def ask_patiently() -> int:
        key, answers = uuid4().hex, list[int]()

        async def is_answered() -> bool:
            answers.append((await ask_refund(shop, order["id"], key, amount="2.50")).status)
            return answers[-1] != 503  # so many at once that this one had to give way too often

        await eventually(is_answered)
        return answers[-1]

    answers = await asyncio.gather(*(ask_patiently() for _ in range(10)))
    await eventually(lambda: has_status(shop, order["id"], "Refunded"))

    assert sorted(answers) == 4 * [202] + 6 * [409]
    assert await shop.kept(order["id"]) == 0


async def test_an_order_paid_back_in_full_before_it_is_shipped_frees_its_stock(shop):
    """It is never shipped then."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})

    await ask_refund(shop, order["id"], lines={shop.sku("MUG"): 4})
    await eventually(lambda: has_status(shop, order["id"], "Refunded"))

    async def is_free() -> bool:
        return bool(await shop.level("MUG") == (10, 0))

    await eventually(is_free)
    assert await shop.kept(order["id"]) == 0


async def test_goods_that_came_back_are_on_hand_again(shop, urls):
    """If whoever asks for the refund says that they did."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})
    await dispatch(shop, urls, order["id"])

    await ask_refund(shop, order["id"], lines={shop.sku("MUG"): 1}, restock=True)

    async def is_back() -> bool:
        return bool(await shop.level("MUG") == (7, 0))

    await eventually(is_back)
    assert await shop.kept(order["id"]) == 750
    listed = (await shop.ask("GET", f"/api/orders/{order['id']}/refunds")).body["refunds"]
    assert [(one["state"], one["restock"]) for one in listed] == [("succeeded", True)]


async def test_more_than_was_taken_is_refused_and_says_what_is_left(shop):
    """A problem document that a shop assistant can act upon."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})

    refused = await ask_refund(shop, order["id"], amount="10.01")

    assert (refused.status, refused.problem) == (409, "refund-exceeds-captured")
    assert refused.body["refundable"] == "10.00 GBP"
    assert await shop.kept(order["id"]) == 1_000


async def test_a_rejected_order_has_nothing_to_refund(shop):
    """The answer says what state it is in."""
    await shop.stock(MUG=1)
    order = await shop.place({"MUG": 4})

    refused = await ask_refund(shop, order["id"], amount="1.00")

    assert (refused.status, refused.problem) == (409, "action-not-allowed")
    assert (refused.body["orderStatus"], refused.body["allowedActions"]) == ("Rejected", [])


@pytest.mark.parametrize(
    "body", [{}, {"amount": "1.00", "restock": True}, {"amount": "x"}, {"lines": {"A B": 1}}]
)
async def test_a_request_that_makes_no_sense_says_what_is_wrong(shop, body):
    """With the field that is at fault."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 4})

    refused = await ask_refund(shop, order["id"], **body)

    assert (refused.status, refused.problem) == (422, "invalid-request")
    assert refused.body["errors"]
    assert await shop.kept(order["id"]) == 1_000
