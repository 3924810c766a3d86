"""kill -9, at any moment, of anything: every accepted order ends, nothing is doubled."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

ORDERS = 30
DECLINED_EVERY = 6
SKUS = {"MUG": 1_000, "CUP": 1_000, "POT": 40}


class Rush:
    """Many orders under way, some of which cannot be paid and some of which find no stock."""

    def __init__(self, shop: Any) -> None:
        self._shop = shop
        self._accepted = 0
        self._moved = asyncio.Condition()

    async def run(self) -> list[dict[str, Any]]:
        """Submit them all, each until it is answered, and follow each to its end."""
        return list(await asyncio.gather(*(self._order(number) for number in range(ORDERS))))

    async def accepted(self, count: int) -> None:
        """Return once so many orders are accepted, and their sagas run."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._accepted >= count)

    async def _order(self, number: int) -> dict[str, Any]:
        method = "pm_card_visa" if number % DECLINED_EVERY else "pm_card_visa_chargeDeclined"
        body = self._shop.order({"MUG": 2, "CUP": 1, "POT": 2}, paymentMethod=method)
        accepted = await self._shop.submit_patiently(body, uuid4().hex)
        async with self._moved:
            self._accepted += 1
            self._moved.notify_all()
        settled: dict[str, Any] = await self._shop.settled(accepted["id"])
        return settled


async def assert_books_balance(shop: Any, orders: list[dict[str, Any]]) -> None:
    """Stock and money agree with the orders, exactly."""
    confirmed = [order for order in orders if order["status"] == "Confirmed"]
    assert {order["status"] for order in orders} <= {"Confirmed", "Rejected"}
    assert 0 < len(confirmed) < ORDERS
    assert await shop.level("MUG") == (1_000, 2 * len(confirmed))
    assert await shop.level("CUP") == (1_000, len(confirmed))
    assert await shop.level("POT") == (40, 2 * len(confirmed))
    for order in orders:
        due = 1_250 if order["status"] == "Confirmed" else 0
        assert await shop.kept(order["id"]) == due, order
        assert len(await shop.ledger(order["id"])) <= 1


@pytest.mark.parametrize("service", ["functions", "cosmos", "payments"])
async def test_a_crash_in_the_middle_loses_and_doubles_nothing(stack, shop, service):
    """The machine dies while orders are being taken in, reserved, paid and confirmed."""
    await shop.stock(**SKUS)
    rush = Rush(shop)
    rushing = asyncio.create_task(rush.run())
    await rush.accepted(ORDERS // 2)

    await asyncio.to_thread(stack.kill, service)
    await asyncio.to_thread(stack.start, service)

    await assert_books_balance(shop, await rushing)


@pytest.mark.slow
async def test_everything_dies_at_once(stack, shop):
    """A power cut, as far as processes can have one."""
    await shop.stock(**SKUS)
    rush = Rush(shop)
    rushing = asyncio.create_task(rush.run())
    await rush.accepted(ORDERS // 2)

    for service in ("functions", "cosmos", "payments", "app_configuration"):
        await asyncio.to_thread(stack.kill, service)
    for service in ("app_configuration", "payments", "cosmos", "functions"):
        await asyncio.to_thread(stack.start, service)

    await assert_books_balance(shop, await rushing)


@pytest.mark.slow
@pytest.mark.parametrize("service", ["functions", "cosmos"])
async def test_crashes_again_and_again_lose_and_double_nothing(stack, shop, service):
    """A crash loop is what a crash looks like in practice: recovery itself is interrupted."""
    await shop.stock(**SKUS)
    rush = Rush(shop)
    rushing = asyncio.create_task(rush.run())

    for accepted in range(2, ORDERS, 4):
        await rush.accepted(accepted)
        await asyncio.to_thread(stack.kill, service)
        await asyncio.to_thread(stack.start, service)

    await assert_books_balance(shop, await rushing)


@pytest.mark.slow
async def test_a_submission_while_the_database_is_down_is_one_order_later(stack, shop):
    """503 with Retry-After, and the same submission repeated is still one order."""
    await shop.stock(MUG=10)
    body, key = shop.order({"MUG": 2}), uuid4().hex
    await asyncio.to_thread(stack.kill, "cosmos")
    try:
        refused = await shop.submit(body, key)
        ready = await shop.ask("GET", "/api/ready")
    finally:
        await asyncio.to_thread(stack.start, "cosmos")

    accepted = await shop.submit_patiently(body, key)

    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.problem == "service-unavailable"
    assert (ready.status, ready.body["checks"]["cosmos-db"]["status"]) == (503, "failed")
    assert ready.body["checks"]["storage"]["status"] == "ok"
    assert (await shop.settled(accepted["id"]))["status"] == "Confirmed"
    assert await shop.level("MUG") == (10, 2)
