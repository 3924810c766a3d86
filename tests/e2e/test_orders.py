"""The life of orders, over HTTP."""

import asyncio
from uuid import uuid4

import pytest


async def test_an_order_is_reserved_paid_and_confirmed(shop):
    """The main job, seen from outside."""
    await shop.stock(MUG=10, CUP=5)

    order = await shop.place({"MUG": 2, "CUP": 5})

    assert (order["status"], order["total"]["amount"]) == ("Confirmed", "17.50")
    assert await shop.level("MUG") == (10, 2)
    assert await shop.level("CUP") == (5, 5)


async def test_its_timeline_tells_every_change(shop):
    """On-call reads what happened without a debugger."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 2})

    timeline = await shop.ask("GET", order["links"]["events"])

    assert [event["type"] for event in timeline.body["events"]] == [
        "OrderSubmitted",
        "StockReserved",
        "PaymentCaptured",
        "OrderConfirmed",
    ]


async def test_an_order_larger_than_the_stock_is_rejected_and_holds_nothing(shop):
    """Lines that could be reserved are released when one cannot."""
    await shop.stock(MUG=10, CUP=1)

    order = await shop.place({"MUG": 2, "CUP": 2})

    assert (order["status"], order["reason"]) == ("Rejected", "out-of-stock")
    assert await shop.level("MUG") == (10, 0)
    assert await shop.level("CUP") == (1, 0)


async def test_a_declined_card_rejects_the_order_and_releases_its_stock(shop):
    """Stock held for nobody is stock that somebody else cannot buy."""
    await shop.stock(MUG=10)

    order = await shop.place({"MUG": 2}, paymentMethod="pm_card_visa_chargeDeclined")

    assert (order["status"], order["reason"]) == ("Rejected", "payment-declined")
    assert await shop.level("MUG") == (10, 0)


async def test_fifty_submissions_at_once_are_one_order(shop, emulated):
    """One order, one reservation per SKU, one payment."""
    await shop.stock(MUG=1000)
    body, key = shop.order({"MUG": 3}), uuid4().hex

    answers = await asyncio.gather(*(shop.submit(body, key) for _ in range(50)))

    assert {answer.status for answer in answers} == {202}
    (order_id,) = {answer.body["id"] for answer in answers}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert (await shop.settled(order_id))["status"] == "Confirmed"
    assert await shop.level("MUG") == (1000, 3)
    assert [payment["amountCaptured"] for payment in await shop.ledger(order_id)] == [750]


async def test_a_repeat_after_the_end_is_answered_as_the_first_time(shop):
    """A client that comes back tomorrow still learns its order's id, and nothing runs again."""
    await shop.stock(MUG=10)
    body, key = shop.order({"MUG": 2}), uuid4().hex
    first = await shop.submit(body, key)
    settled = await shop.settled(first.body["id"])

    again = await shop.submit(body, key)

    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await shop.settled(first.body["id"]) == settled
    assert await shop.level("MUG") == (10, 2)


async def test_the_same_key_with_another_body_is_refused_and_changes_nothing(shop):
    """One of the two orders would silently vanish otherwise."""
    await shop.stock(MUG=10)
    key = uuid4().hex
    first = await shop.submit(shop.order({"MUG": 2}), key)

    second = await shop.submit(shop.order({"MUG": 3}), key)

    assert (second.status, second.problem) == (422, "idempotency-key-reused")
    assert (await shop.settled(first.body["id"]))["lines"][0]["quantity"] == 2


async def test_many_orders_for_too_little_stock_sell_exactly_what_is_there(shop):
    """A hot product under load: no oversell, and nothing is left unsold."""
    await shop.stock(MUG=7)

    orders = await asyncio.gather(*(shop.place({"MUG": 2}) for _ in range(10)))

    confirmed = [order for order in orders if order["status"] == "Confirmed"]
    assert len(confirmed) == 3
    assert await shop.level("MUG") == (7, 6)


async def test_a_large_order_goes_through_in_ranges(shop, emulated):
    """Two hundred and fifty lines are three ranges of reservations and still one order."""
    names = {f"N{n}": 100 for n in range(250)}
    await shop.stock(**names)

    order = await shop.place(dict.fromkeys(names, 1))

    assert order["status"] == "Confirmed"
    assert await shop.level("N249") == (100, 1)


async def test_a_poller_that_has_the_order_gets_no_body(shop):
    """Polling costs one point read and a few bytes."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 2})
    path = order["links"]["self"]
    etag = (await shop.ask("GET", path)).headers["ETag"]

    answer = await shop.ask("GET", path, headers={"If-None-Match": etag})

    assert (answer.status, answer.body) == (304, {})


@pytest.mark.parametrize("path", ["/api/health", "/api/ready"])
async def test_says_that_it_is_well(shop, path):
    """Load balancers and people look here first."""
    answer = await shop.ask("GET", path)

    assert (answer.status, answer.body["status"]) == (200, "ok")
