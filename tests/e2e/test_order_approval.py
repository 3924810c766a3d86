"""Orders that somebody has to approve, over HTTP: by amount, by risk, in time or not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.appconfiguration.aio import AzureAppConfigurationClient

from devstack.provision import value_setting
from tests.shop import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.usefixtures("emulated")

SHIPPED = {one["key"]: one for one in json.loads(Path("infra/configuration.json").read_text())}
SAMPLE = json.loads(Path("local.settings.sample.json").read_text())["Values"]
SECONDS = 1 / 3600

# No other test trades in it, so no other order is held up.
CURRENCY = "CHF"


class Policy:
    """The thresholds as an operator sets them, for this currency alone."""

    def __init__(self, client: AzureAppConfigurationClient) -> None:
        self._client = client

    async def set(self, threshold: str | None, deadline_hours: float = 72) -> None:
        """Review orders from *threshold* on; None: no order of this currency."""
        shipped = SHIPPED["orders:approval"]
        thresholds = dict(shipped["value"]["thresholds"])
        if threshold:
            thresholds[CURRENCY] = threshold
        value = {"thresholds": thresholds, "deadlineHours": deadline_hours}
        await self._client.set_configuration_setting(value_setting(shipped | {"value": value}))


@pytest.fixture
async def policy(emulated) -> AsyncIterator[Policy]:
    """The operator's hand on the policy; afterwards it is as it was."""
    rest = SAMPLE["APP_CONFIGURATION_CONNECTION_STRING"].partition(";")[2]
    connection_string = f"Endpoint={emulated['app_configuration']};{rest}"
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        yield Policy(client)
        await client.set_configuration_setting(value_setting(SHIPPED["orders:approval"]))


async def shelve(shop: Any, price: str = "2.50") -> None:
    """Mugs, at a price in this currency."""
    body = {
        "name": "Mug",
        "price": {"amount": price, "currency": CURRENCY},
        "onHand": 1_000,
    }
    assert (await shop.ask("PUT", f"/api/products/{shop.sku('MUG')}", json=body)).status == 201


async def order_of(shop: Any, order_id: str) -> Any:
    """The order as it is now."""
    return (await shop.ask("GET", f"/api/orders/{order_id}")).body


async def submit(shop: Any, mugs: int = 4, **changes: Any) -> str:
    """A new order; its id."""
    body = shop.order({"MUG": mugs}, currency=CURRENCY, **changes)
    answer = await shop.submit(body, uuid4().hex)
    assert answer.status == 202, answer.body
    return str(answer.body["id"])


async def has_status(shop: Any, order_id: str, *statuses: str) -> bool:
    """Whether the order is in one of them by now."""
    return (await order_of(shop, order_id))["status"] in statuses


async def waiting(shop: Any, mugs: int = 4, deadline_hours: int | None = None) -> str:
    """An order that waits for approval, as soon as the app knows the policy; its id."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        order_id = await submit(shop, mugs)
        approval = (await taken_up(shop, order_id)).get("approval")
        if approval and deadline_hours in (None, _hours(approval)):
            return order_id
        await asyncio.sleep(0.2)
    raise AssertionError("the policy never came to be known")


def _hours(approval: Any) -> int:
    """How long the order waits, in whole hours: the two times are of different clocks."""
    asked, due = (datetime.fromisoformat(approval[name]) for name in ("requestedAt", "deadline"))
    return round((due - asked).total_seconds() / 3600)


async def taken_up(shop: Any, order_id: str) -> Any:
    """The order once it waits for approval, or is settled without."""
    statuses = "AwaitingApproval", "Confirmed", "Rejected"
    await eventually(lambda: has_status(shop, order_id, *statuses))
    return await order_of(shop, order_id)


async def decide(shop: Any, order_id: str, decision: str, **more: Any) -> Any:
    """Approve, or not."""
    body = {"decision": decision} | more
    return await shop.ask("POST", f"/api/orders/{order_id}/approval", json=body)


async def events_of(shop: Any, order_id: str) -> list[str]:
    """The types of the timeline."""
    timeline = (await shop.ask("GET", f"/api/orders/{order_id}/events")).body["events"]
    return [event["type"] for event in timeline]


async def test_an_order_at_the_threshold_waits_and_goes_on_once_approved(shop, policy):
    """Nothing is held for it meanwhile: the stock is free, and no money is touched."""
    await shelve(shop)
    await policy.set("10.00")

    order_id = await waiting(shop)
    (_, reserved), paid = await shop.level("MUG"), await shop.ledger(order_id)
    answer = await decide(shop, order_id, "approve", comment="known for years")
    final = await shop.settled(order_id)

    assert paid == []
    assert await shop.level("MUG") == (1_000, reserved + 4)
    assert (answer.status, answer.body["approval"]["decision"]) == (202, "approved")
    assert final["status"] == "Confirmed"
    assert final["approval"]["reasons"] == ["amount-threshold"]
    assert await shop.kept(order_id) == 1_000
    assert "known for years" not in json.dumps(final)
    assert (await events_of(shop, order_id))[:3] == [
        "OrderSubmitted",
        "ApprovalRequested",
        "ApprovalDecided",
    ]


async def test_an_order_below_the_threshold_does_not_wait(shop, policy):
    """The threshold itself is the first amount that does."""
    await shelve(shop)
    await policy.set("10.00")
    await waiting(shop)

    order_id = await submit(shop, mugs=3)

    assert "approval" not in await shop.settled(order_id)


async def test_an_order_that_is_not_approved_is_rejected_with_nothing_held(shop, policy):
    """And who says no twice has said it once."""
    await shelve(shop)
    await policy.set("10.00")
    order_id = await waiting(shop)

    answers = [await decide(shop, order_id, "reject", comment="a known fraud") for _ in range(2)]
    final = await shop.settled(order_id)
    answers.append(await decide(shop, order_id, "reject"))
    too_late = await decide(shop, order_id, "approve")

    assert [answer.status for answer in answers] == [202, 202, 202]
    assert (final["status"], final["reason"]) == ("Rejected", "not-approved")
    assert (await events_of(shop, order_id)).count("ApprovalDecided") == 1
    assert (too_late.status, too_late.problem) == (409, "approval-decided")
    assert (too_late.body["decision"], too_late.body["orderStatus"]) == ("rejected", "Rejected")
    assert await shop.ledger(order_id) == []


async def test_an_order_that_nobody_decides_about_is_rejected_at_its_deadline(shop, policy):
    """A customer is told no rather than nothing."""
    await shelve(shop)
    await policy.set("10.00", deadline_hours=2 * SECONDS)

    order_id = await waiting(shop, deadline_hours=0)
    final = await shop.settled(order_id)
    too_late = await decide(shop, order_id, "approve")

    assert (final["status"], final["reason"]) == ("Rejected", "approval-expired")
    assert (too_late.status, too_late.problem) == (409, "approval-decided")
    assert too_late.body["decision"] == "expired"


async def test_an_order_that_waits_can_be_cancelled(shop, policy):
    """The customer does not have to wait for somebody to look."""
    await shelve(shop)
    await policy.set("10.00")
    order_id = await waiting(shop)

    reason = {"reason": "changed my mind"}
    answer = await shop.ask("POST", f"/api/orders/{order_id}/cancel", json=reason)
    await eventually(lambda: has_status(shop, order_id, "Cancelled"))
    too_late = await decide(shop, order_id, "approve")

    assert answer.body["actions"] == []
    assert (too_late.status, too_late.problem) == (409, "action-not-allowed")


async def test_approving_what_does_not_wait_says_so_and_does_nothing(shop):
    """The answer names the state, and what may be asked for instead."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 1})

    answer = await decide(shop, order["id"], "approve")

    assert (answer.status, answer.problem) == (409, "action-not-allowed")
    assert (answer.body["orderStatus"], answer.body["allowedActions"]) == (
        "Confirmed",
        ["cancel", "refund"],
    )
    assert await events_of(shop, order["id"]) == [
        "OrderSubmitted",
        "StockReserved",
        "PaymentCaptured",
        "OrderConfirmed",
    ]


async def test_two_who_decide_at_once_get_one_outcome(shop, policy):
    """One of them is told that the other was first."""
    await shelve(shop)
    await policy.set("10.00")
    order_ids = [await waiting(shop)] + [await submit(shop) for _ in range(4)]

    for order_id in order_ids:
        await taken_up(shop, order_id)
        both = await asyncio.gather(
            decide(shop, order_id, "approve"), decide(shop, order_id, "reject")
        )
        winner = next(answer for answer in both if answer.status == 202)
        final = await shop.settled(order_id)

        assert sorted(answer.status for answer in both) == [202, 409]
        approved = winner.body["approval"]["decision"] == "approved"
        assert final["status"] == ("Confirmed" if approved else "Rejected")


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


async def test_a_changed_threshold_holds_for_new_orders_without_a_restart(shop, policy):
    """And an order that waits already is held to what held as it was taken in."""
    await shelve(shop)
    await policy.set("10.00")
    order_id = await waiting(shop)

    await policy.set("1000.00")

    async def goes_through() -> bool:
        return bool((await taken_up(shop, await submit(shop)))["status"] == "Confirmed")

    await eventually(goes_through)
    assert await has_status(shop, order_id, "AwaitingApproval")
    await decide(shop, order_id, "reject")


async def test_what_waits_is_listed_by_its_deadline_until_it_is_decided(shop, policy):
    """Approvers see what is next to run out, and nothing that is done with."""
    await shelve(shop)
    await policy.set("10.00")
    first, second = await waiting(shop), await waiting(shop)

    listed = await listed_ids(shop)
    await decide(shop, first, "approve")
    rest = await listed_ids(shop)
    details = (await shop.ask("GET", f"/api/orders/{first}/approval")).body

    assert listed.index(first) < listed.index(second)
    assert first not in rest
    assert second in rest
    assert details["decidedBy"] == "function-key"
    await decide(shop, second, "reject")


async def listed_ids(shop: Any) -> list[str]:
    """All that wait."""
    answer = await shop.ask("GET", "/api/ops/approvals?limit=100")
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.body["orders"]]
