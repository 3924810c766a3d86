"""An outage of the payment provider: orders are taken in, wait, and come out right afterwards."""

import asyncio
from typing import Any

import pytest

from tests.shop import Shop, eventually
from tests.stacks import RunningStack

pytestmark = pytest.mark.slow

ORDERS = 6


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Any:
    """A stack whose app leaves the provider alone soon, and not for long."""
    circuit = {"PAYMENT_CIRCUIT_FAILURES": "3", "PAYMENT_CIRCUIT_RECOVERY_SECONDS": "2"}
    with RunningStack(tmp_path_factory.mktemp("outage"), **circuit) as running:
        yield running


async def circuit_of(shop: Shop) -> str:
    """What readiness shows of the provider; the app stays ready."""
    ready = await shop.ask("GET", "/api/ready")
    assert ready.status == 200
    return str(ready.body["checks"]["payment-gateway"]["state"])


async def asked(shop: Shop) -> int:
    """How many requests the provider has got."""
    return int((await shop.stats("payments"))["requests"])


async def test_orders_wait_for_the_provider_and_nobody_is_rejected(shop):
    """The circuit opens, one request at a time tries again, and closes it."""
    await shop.stock(MUG=100)
    await shop.fault("payments", status=503)
    try:
        bodies = [shop.order({"MUG": 2}) for _ in range(ORDERS)]
        answers = await asyncio.gather(*map(shop.submit, bodies))
        ids = [answer.body["id"] for answer in answers]
        assert [answer.status for answer in answers] == [202] * ORDERS

        async def is_open() -> bool:
            return await circuit_of(shop) == "open"

        await eventually(is_open)
        before = await asked(shop)
        await asyncio.sleep(8)  # that nothing much happens takes time to see
        # Every two seconds one probe, which the SDK repeats once.
        assert await asked(shop) - before <= 2 * 6
        states = [(await shop.ask("GET", f"/api/orders/{each}")).body["status"] for each in ids]
        assert states == ["Reserved"] * ORDERS
    finally:
        await shop.no_faults("payments")

    settled = await asyncio.gather(*map(shop.settled, ids))

    assert {order["status"] for order in settled} == {"Confirmed"}
    assert [await shop.kept(each) for each in ids] == [500] * ORDERS
    assert await shop.level("MUG") == (100, 2 * ORDERS)
    assert await circuit_of(shop) == "closed"


async def test_a_cancelled_order_does_not_wait_for_the_provider_to_go_forward(shop):
    """Its undo does: money that may be held is looked for until somebody answers."""
    await shop.stock(MUG=10)
    await shop.fault("payments", status=503)
    try:
        accepted = (await shop.submit(shop.order({"MUG": 2}))).body

        async def is_open() -> bool:
            return await circuit_of(shop) != "closed"

        await eventually(is_open)
        path = f"/api/orders/{accepted['id']}/cancel"
        assert (await shop.ask("POST", path, json={"reason": "too slow"})).status == 202
    finally:
        await shop.no_faults("payments")

    settled = await shop.settled(accepted["id"])

    assert settled["status"] == "Cancelled"
    assert await shop.kept(accepted["id"]) == 0
    assert await shop.level("MUG") == (10, 0)
