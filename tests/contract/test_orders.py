"""What the use cases rely on at the record of orders, held by the fake and by Cosmos DB."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.cosmos_orders import CosmosOrders
from shared.domain.approval import Verdict, decide, request_approval
from shared.domain.attention import flag
from shared.domain.cancellation import request_cancellation
from shared.domain.errors import (
    ConcurrentUpdate,
    OrderExists,
    OrderNotFound,
    RefundExists,
    RefundNotFound,
    UnknownContinuation,
)
from shared.domain.milestones import Hold, OpenRefund, Resolution, Shipment, Work, WorkOutcome
from shared.domain.money import Money
from shared.domain.order import Address, Order, OrderEvent, OrderStatus
from shared.domain.reconciliation import STALLED_AFTER
from shared.domain.refund import Refund, RefundLine, fail_refund, request_refund
from shared.domain.review import Decision, Reason, Review
from shared.domain.timeline import EventType
from tests.builders import order
from tests.fakes import InMemoryOrders

NOW = datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)


@pytest.fixture(params=["fake", "cosmos"])
def orders(request) -> Any:
    """Each implementation of the port in turn."""
    if request.param == "fake":
        return InMemoryOrders()
    return CosmosOrders(request.getfixturevalue("database").get_container_client("orders"))


@pytest.fixture
def placed(order_id) -> Order:
    """An order with two lines that nobody has stored yet."""
    return order(("MUG-BLUE", 2), ("CUP", 1), id=order_id, flags={"some-flag": True})


async def test_gives_back_exactly_what_was_stored(orders, placed):
    """Lines, money, address, flags, times: nothing may change its shape on the way."""
    await orders.add(placed, placed.submitted())

    stored = await orders.get(placed.id)

    assert stored.advance(OrderStatus.RESERVED, NOW) == placed.advance(OrderStatus.RESERVED, NOW)


async def test_one_of_many_writers_adds_the_order(orders, placed):
    """Fifty submissions at once are one order."""
    results = await asyncio.gather(
        *(orders.add(placed, placed.submitted()) for _ in range(10)), return_exceptions=True
    )

    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, OrderExists) for result in results) == 9


async def test_an_order_nobody_placed_is_not_found(orders, order_id):
    """By id, as submitted, and by timeline alike."""
    for read in (orders.get, orders.as_submitted, orders.events):
        with pytest.raises(OrderNotFound):
            await read(order_id)


async def test_a_change_and_its_event_are_stored_together(orders, placed):
    """The timeline is the outbox: an event without its change, or the reverse, is a lie."""
    await orders.add(placed, placed.submitted())
    reserved, event = placed.advance(OrderStatus.RESERVED, NOW, reason="because", payment_id="pi")

    await orders.record(reserved, event)

    assert (await orders.get(placed.id)).status is OrderStatus.RESERVED
    assert (await orders.get(placed.id)).payment_id == "pi"
    assert list(await orders.events(placed.id)) == [placed.submitted(), event]


async def test_a_change_of_what_has_changed_since_is_refused_whole(orders, placed):
    """Neither the order nor the timeline takes anything from the slower writer."""
    await orders.add(placed, placed.submitted())
    await orders.record(*placed.advance(OrderStatus.RESERVED, NOW))

    with pytest.raises(ConcurrentUpdate):
        await orders.record(*placed.advance(OrderStatus.REJECTED, NOW))

    assert (await orders.get(placed.id)).status is OrderStatus.RESERVED
    assert len(await orders.events(placed.id)) == 2


async def test_repeating_a_change_is_noticed(orders, placed):
    """The repeat of a write whose answer was lost meets its own event."""
    await orders.add(placed, placed.submitted())
    change = placed.advance(OrderStatus.RESERVED, NOW)
    await orders.record(*change)

    with pytest.raises(ConcurrentUpdate):
        await orders.record(*change)

    assert len(await orders.events(placed.id)) == 2


async def test_what_was_fixed_at_intake_can_be_read_without_asking_again(orders, placed):
    """Lines never change, so a saga that needs them range by range reads them once."""
    await orders.add(placed, placed.submitted())
    await orders.record(*placed.advance(OrderStatus.RESERVED, NOW))

    assert (await orders.as_submitted(placed.id)).lines == placed.lines


async def test_milestones_are_stored_as_they_are(orders, placed):
    """A cancellation or a parcel that is forgotten is a promise that nobody keeps."""
    await orders.add(placed, placed.submitted())
    cancelled, event = request_cancellation(placed, "changed my mind", NOW)
    await orders.record(cancelled, event)
    flagged = flag(
        cancelled, Work.UNDO, "cancelled", NOW, back_to=OrderStatus.CANCELLED, steps=("return",)
    )
    assert flagged is not None

    await orders.record(*flagged)

    assert (await orders.get(placed.id)).milestones == flagged[0].milestones


async def test_a_refund_is_stored_with_the_promise_of_it(orders, placed):
    """Either alone would be money that nobody owes, or that nobody pays."""
    confirmed = await stored_with_money(orders, placed)
    refund = a_refund(confirmed)

    await orders.record(*request_refund(confirmed, refund), refund)

    assert await orders.refund(placed.id, refund.id) == refund
    assert (await orders.get(placed.id)).milestones.open_refunds == (OpenRefund(refund.id, 250, 1),)
    assert [one.id for one in await orders.refunds(placed.id)] == [refund.id]


async def test_a_refund_that_was_promised_before_is_noticed(orders, placed):
    """The second of two requests under one key changes nothing."""
    confirmed = await stored_with_money(orders, placed)
    refund = a_refund(confirmed)
    await orders.record(*request_refund(confirmed, refund), refund)
    before = await orders.get(placed.id)

    with pytest.raises(RefundExists):
        await orders.record(*before.note(EventType.REFUND_REQUESTED, NOW), refund)

    assert await orders.get(placed.id) == before


async def test_what_became_of_a_refund_is_stored_with_the_change_of_the_order(orders, placed):
    """And read as it was stored."""
    confirmed = await stored_with_money(orders, placed)
    refund = a_refund(confirmed)
    promised, event = request_refund(confirmed, refund)
    await orders.record(promised, event, refund)
    failed = refund.settled(NOW, "refund-refused")

    await orders.record(*fail_refund(promised, refund, "refund-refused", NOW), failed)

    assert await orders.refund(placed.id, refund.id) == failed
    assert (await orders.get(placed.id)).milestones.open_refunds == ()


async def test_a_refund_that_nobody_asked_for_is_not_found(orders, placed):
    """Nor are there any."""
    await orders.add(placed, placed.submitted())

    with pytest.raises(RefundNotFound):
        await orders.refund(placed.id, placed.id)

    assert list(await orders.refunds(placed.id)) == []


async def test_holds_and_resolutions_are_stored_as_they_are(orders, placed):
    """Times with their zone, and what is not known as such."""
    await orders.add(placed, placed.submitted())
    marks = {
        "hold": Hold(NOW, 2, renewing_since=NOW),
        "resolutions": (
            Resolution(NOW, "undo", WorkOutcome.ABANDONED, "cancelled", "ada", "by hand"),
        ),
        "notices": ("disputed:dp_1",),
    }
    noted = placed.note(EventType.ATTENTION_RESOLVED, NOW, **marks)

    await orders.record(*noted)

    assert (await orders.get(placed.id)).milestones == noted[0].milestones


# Due before anything else here, whose clocks are of later years.
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


async def test_orders_that_are_due_are_found_until_they_are_looked_after(orders, order_id):
    """A timer asks for them every minute."""
    lost = order(id=order_id, placed_at=LONG_AGO)
    await orders.add(lost, lost.submitted())
    due_at = LONG_AGO + STALLED_AFTER

    early = await orders.due(due_at - timedelta(seconds=1), 10)
    due = await orders.due(due_at, 10)
    await orders.check_later(lost, NOW + timedelta(days=9_000))

    assert order_id not in [one.id for one in early]
    assert order_id in [one.id for one in due]
    assert order_id not in [one.id for one in await orders.due(due_at, 10)]
    assert (await orders.get(order_id)).version == lost.version


async def test_an_order_to_which_something_has_happened_is_not_put_off(orders, placed):
    """Whoever looked at it saw another one."""
    await orders.add(placed, placed.submitted())
    await orders.record(*placed.advance(OrderStatus.RESERVED, NOW))

    with pytest.raises(ConcurrentUpdate):
        await orders.check_later(placed, NOW)


async def stored_with_money(orders: Any, placed: Order) -> Order:
    """A shipped order of which everything was captured."""
    await orders.add(placed, placed.submitted())
    details = {
        "captured_minor_units": placed.total.minor_units,
        "shipment": Shipment(NOW, settled=True),
    }
    path: list[tuple[OrderStatus, Any]] = [
        (OrderStatus.RESERVED, {}),
        (OrderStatus.CONFIRMED, {}),
        (OrderStatus.SHIPPED, details),
    ]
    for status, changes in path:
        placed, event = placed.advance(status, NOW, **changes)
        await orders.record(placed, event)
    return placed


def a_refund(paid: Order) -> Refund:
    """One cup comes back."""
    return Refund(
        id=str(uuid4()),
        order_id=paid.id,
        amount=Money(250, "GBP"),
        lines=(RefundLine("CUP", 1),),
        restock=True,
        reason="a scratch",
        fingerprint="f" * 64,
        requested_at=NOW,
    )


BILLING = Address("A. Payer", "2 Other Street", "Paris", "75001", "FR", line2="4th floor")
REVIEW = Review((Reason.HIGH_AMOUNT, Reason.ADDRESS_MISMATCH), 120, 0.5)


def waiting(identifier: str, deadline: datetime) -> tuple[Order, Order, OrderEvent]:
    """An order to approve: as it was taken in, as one that waits, and the event between."""
    new = order(id=identifier, review=REVIEW, billing_address=BILLING)
    changed = request_approval(new, deadline, NOW)
    assert changed is not None
    return new, *changed


async def test_reviews_and_decisions_are_stored_as_they_are(orders, order_id):
    """What somebody has approved, and why it was asked, is what an auditor reads in a year."""
    new, asked, event = waiting(order_id, NOW + timedelta(hours=1))
    await orders.add(new, new.submitted())
    stored = [await orders.get(order_id)]
    await orders.record(asked, event)
    stored.append(await orders.get(order_id))
    decided = decide(asked, Verdict(Decision.APPROVED, "alice", "known for years"), NOW)
    assert decided is not None

    await orders.record(*decided)
    stored.append(await orders.get(order_id))

    assert [one.review for one in stored] == [REVIEW] * 3
    assert [one.billing_address for one in stored] == [BILLING] * 3
    assert stored[1].milestones == asked.milestones
    assert stored[2].milestones == decided[0].milestones


async def test_an_order_without_review_is_stored_without_a_trace_of_one(orders, placed):
    """Nearly all orders, and all that were stored before there were reviews."""
    await orders.add(placed, placed.submitted())

    stored = await orders.get(placed.id)

    assert (stored.review, stored.billing_address, stored.milestones.approval) == (None,) * 3


async def test_orders_that_wait_for_approval_are_listed_by_deadline_while_they_wait(orders):
    """Decided, cancelled and rejected ones do not wait any more."""
    ids = [str(uuid4()) for _ in range(5)]
    asked = []
    for minutes, identifier in enumerate(ids):
        deadline = NOW - timedelta(days=365) + timedelta(minutes=minutes)
        new, one, event = waiting(identifier, deadline)
        await orders.add(new, new.submitted())
        await orders.record(one, event)
        asked.append(one)
    decided = decide(asked[0], Verdict(Decision.REJECTED, "alice"), NOW)
    assert decided is not None
    await orders.record(*decided)
    await orders.record(*request_cancellation(asked[2], "no more", NOW))

    first = await orders.awaiting_approval(2, None)
    second = await orders.awaiting_approval(2, first.continuation)

    assert [one.id for one in first.items] == [ids[1], ids[3]]
    assert second.items[0].id == ids[4]


async def test_a_listing_of_approvals_is_not_continued_with_any_token(orders):
    """Nor with one of another listing."""
    with pytest.raises(UnknownContinuation):
        await orders.awaiting_approval(2, "nonsense")


async def test_orders_that_need_attention_are_listed_page_by_page(orders):
    """The oldest first: somebody has waited for it longest."""
    ids = [str(uuid4()) for _ in range(3)]
    for minutes, identifier in enumerate(ids):
        new = order(id=identifier)
        await orders.add(new, new.submitted())
        since = NOW - timedelta(days=365) + timedelta(minutes=minutes)
        flagged = flag(new, Work.UNDO, "payment-declined", since, back_to=OrderStatus.REJECTED)
        assert flagged is not None
        await orders.record(*flagged)

    first = await orders.in_attention(2, None)
    second = await orders.in_attention(2, first.continuation)

    assert [one.id for one in first.items] == ids[:2]
    assert second.items[0].id == ids[2]


async def test_a_listing_of_attention_is_not_continued_with_any_token(orders):
    """A garbled token is the caller's mistake, and is told as such."""
    with pytest.raises(UnknownContinuation):
        await orders.in_attention(2, "nonsense")
