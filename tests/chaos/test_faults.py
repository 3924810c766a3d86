"""Services that throttle, fail, hang up before or after the effect: the books still balance."""

import asyncio

import pytest

from tests.chaos.test_crashes import SKUS, Rush, assert_books_balance

FAULTS = [
    ("cosmos", {"operation": "Batch", "drop": "after", "rate": 0.05}),
    ("cosmos", {"operation": "Batch", "drop": "before", "rate": 0.05}),
    ("cosmos", {"operation": "Batch", "status": 503, "rate": 0.05}),
    ("cosmos", {"status": 429, "subStatus": 3200, "retryAfterMs": 20, "rate": 0.2}),
    ("cosmos", {"operation": "Batch", "status": 449, "rate": 0.05}),
    ("payments", {"drop": "after", "rate": 0.1}),
    ("payments", {"drop": "before", "rate": 0.1}),
    ("payments", {"status": 503, "rate": 0.1}),
    ("payments", {"operation": "capture", "status": 500, "rate": 0.2}),
]


@pytest.fixture(autouse=True)
async def no_faults_left(shop):
    """Let every service work again, whatever the test did."""
    yield
    for service in ("cosmos", "payments"):
        await shop.no_faults(service)


def name(value: object) -> str | None:
    """What the parametrized fault is called in the report."""
    if isinstance(value, dict):
        return "-".join(str(part) for part in value.values())
    return None


@pytest.mark.slow
@pytest.mark.parametrize(("service", "fault"), FAULTS, ids=name)
async def test_the_books_balance_under_faults(shop, service, fault):
    """Every fifth to twentieth request goes wrong, and still no order does."""
    await shop.stock(**SKUS)
    await shop.fault(service, **fault)

    orders = await Rush(shop).run()

    await shop.no_faults(service)
    await assert_books_balance(shop, orders)


async def test_a_lost_answer_at_every_step_of_one_order_is_made_good(shop):
    """Each write happens, and each first answer is lost: nothing happens twice."""
    await shop.stock(MUG=10)
    await shop.fault("cosmos", operation="Batch", drop="after", count=2)
    await shop.fault("payments", drop="after", count=2)

    body = shop.order({"MUG": 2})
    accepted = await shop.submit_patiently(body, f"lost-{shop.prefix}")
    settled = await asyncio.wait_for(shop.settled(accepted["id"]), timeout=60)

    assert settled["status"] == "Confirmed"
    assert await shop.level("MUG") == (10, 2)
    assert await shop.kept(settled["id"]) == 500
