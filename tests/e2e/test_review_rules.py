"""Orders that wait for approval since rules add up, and what that costs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.approvals import (
    CURRENCY,
    decide,
    order_of,
    shelve,
    submit,
    taken_up,
    waiting,
)
from tests.meter import Meter
from tests.shop import eventually, has_status
from tests.stacks import stack_of_its_own

pytestmark = [pytest.mark.usefixtures("emulated"), pytest.mark.slow]


@pytest.fixture(scope="module")
def urls(request, tmp_path_factory) -> Iterator[dict[str, str]]:
    """A stack of its own: rules hold for all orders, and stay for a while when they are gone."""
    with stack_of_its_own(request, tmp_path_factory.mktemp("rules")) as urls:
        yield urls


async def test_a_risky_order_waits_by_the_rules_as_they_are_shipped(shop):
    """A large order whose bill goes elsewhere adds up to a review."""
    await shop.stock(MUG=3_000)
    elsewhere = shop.order({"MUG": 1})["shippingAddress"] | {"postalCode": "EH1 1AA"}

    alike = await shop.place({"MUG": 2_000})
    answer = await shop.submit(shop.order({"MUG": 1_000}, billingAddress=elsewhere))
    small = await shop.settled(answer.body["id"])
    await shop.stock(MUG=6_000)
    risky = (await shop.submit(shop.order({"MUG": 2_000}, billingAddress=elsewhere))).body["id"]
    await eventually(lambda: has_status(shop, risky, "AwaitingApproval"))
    shown = await order_of(shop, risky)

    assert (alike["status"], small["status"]) == ("Confirmed", "Confirmed")
    assert shown["approval"]["reasons"] == ["high-amount", "address-mismatch"]
    assert shown["approval"]["riskScore"] == 100
    assert "EH1" not in json.dumps(shown)
    await decide(shop, risky, "reject")


NEW_CUSTOMERS = (
    {"rule": "amount", "amounts": {CURRENCY: "10.00"}, "score": 50},
    {"rule": "new-customer", "score": 50},
)


async def test_a_new_customer_waits_and_a_known_one_does_not(shop, policy):
    """One query in the customer's partition, and only where it decides."""
    await shelve(shop)
    await policy.add_rules(*NEW_CUSTOMERS)
    first, customer = await waiting_for(shop, "new-customer")
    await decide(shop, first, "approve")
    await shop.settled(first)

    async def is_known() -> bool:
        return "approval" not in await taken_up(shop, await submit(shop, customerId=customer))

    await eventually(is_known)
    async with Meter(shop) as small:
        await taken_up(shop, await submit(shop, mugs=3, customerId=customer))
    async with Meter(shop) as large:
        await taken_up(shop, await submit(shop, mugs=4, customerId=customer))

    assert small.spent.get("customer-orders.Query", 0) == 0
    assert large.spent["customer-orders.Query"] == 1


async def waiting_for(shop: Any, reason: str) -> tuple[str, str]:
    """An order that waits for that reason, once the rule is known, and its customer, who has no
    other.
    """
    found: list[tuple[str, str]] = []

    async def is_found() -> bool:
        customer = f"customer-{shop.prefix}-{len(found)}"
        order_id = await submit(shop, customerId=customer)
        found.append((order_id, customer))
        approval = (await taken_up(shop, order_id)).get("approval", {})
        return reason in approval.get("reasons", ())

    await eventually(is_found)
    return found[-1]


async def test_what_approval_costs(shop, policy):
    """Two activities and two batches more than an order that needs none."""
    await shelve(shop)
    await policy.set("10.00")
    await waiting(shop)

    async with Meter(shop) as meter:
        order_id = await submit(shop)
        await taken_up(shop, order_id)
        await decide(shop, order_id, "approve")
        await shop.settled(order_id)

    assert meter.spent["activities"] == 4 + 2
    assert meter.spent["orders.Batch"] == 4 + 2
