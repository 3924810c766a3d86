"""Services that answer too late: the client is told in time, and nothing happens twice."""

import asyncio
from typing import Any

import pytest

from tests.stacks import RunningStack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Any:
    """A stack whose app waits a second for the database, and two for the payment provider."""
    patience = {"REQUEST_TIMEOUT_SECONDS": "1", "PAYMENT_TIMEOUT_SECONDS": "2"}
    with RunningStack(tmp_path_factory.mktemp("slow"), **patience) as running:
        yield running


@pytest.mark.parametrize(
    ("service", "operation"),
    [("cosmos", "Batch"), ("payments", "confirm"), ("payments", "capture")],
)
async def test_an_answer_that_comes_too_late_is_asked_for_again(shop, service, operation):
    """A time-out is an unknown outcome: here the effect took place each time."""
    await shop.stock(MUG=10)
    await shop.fault(service, operation=operation, latencyMs=4_000, count=1)

    accepted = await shop.submit_patiently(shop.order({"MUG": 2}), f"slow-{shop.prefix}")
    settled = await shop.settled(accepted["id"])

    assert settled["status"] == "Confirmed"
    assert await shop.level("MUG") == (10, 2)
    assert await shop.kept(settled["id"]) == 500


async def test_a_hanging_database_is_a_503_in_time(shop):
    """The gateway in front gives up after minutes; the client is told long before that."""
    await shop.stock(MUG=10)
    body = shop.order({"MUG": 2})
    await shop.submit(body)
    await shop.fault("cosmos", operation="Batch", latencyMs=20_000)
    try:
        answer = await asyncio.wait_for(shop.submit(body, f"hangs-{shop.prefix}"), timeout=15)
    finally:
        await shop.no_faults("cosmos")

    assert answer.status == 503
    accepted = await shop.submit_patiently(body, f"hangs-{shop.prefix}")
    assert (await shop.settled(accepted["id"]))["status"] == "Confirmed"
