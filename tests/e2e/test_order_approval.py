"""Orders that somebody has to approve, over HTTP: from a threshold on, in time or not."""

import asyncio
import json

import pytest

from tests.approvals import (
    SECONDS,
    decide,
    events_of,
    listed_ids,
    shelve,
    submit,
    taken_up,
    waiting,
)
from tests.shop import eventually, has_status

pytestmark = pytest.mark.usefixtures("emulated")


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
