"""Cancelling, giving up and resuming: what is stored, and which sagas are owed for it."""

from dataclasses import replace
from typing import Any

import pytest

from shared.application.owed_sagas import owed_sagas
from shared.domain.errors import ActionNotAllowed, CancellationRequested
from shared.domain.milestones import Shipment, Work
from shared.domain.order import OrderStatus
from shared.domain.shipping import dispatch
from shared.durable_contract import FULFIL_ORDER, SETTLE_ORDER, SHIP_ORDER
from tests.desk import CONFIRMED, Desk


@pytest.fixture
def desk() -> Desk:
    """Nothing has happened yet."""
    return Desk()


@pytest.mark.parametrize(
    ("path", "saga", "wakes"),
    [
        ((), FULFIL_ORDER, True),
        (CONFIRMED[:2], FULFIL_ORDER, True),
        (CONFIRMED, SETTLE_ORDER, False),
    ],
)
async def test_a_cancellation_is_recorded_and_a_saga_owed_for_it(desk, path, saga, wakes):
    """Whoever dies after storing it: the record says what is left to be done."""
    placed = await desk.place(*path)

    cancelled = await desk.cancel()

    assert cancelled.status is placed.status
    assert [(one.name, one.wake) for one in desk.sagas.started] == [(saga, wakes)]
    assert desk.orders.timelines[placed.id][-1].type == "CancellationRequested"


async def test_a_cancelled_order_goes_no_further(desk):
    """The saga that is about to confirm it loses the race, and learns why."""
    await desk.place(*CONFIRMED[:2])
    stale = desk.order
    await desk.cancel()

    with pytest.raises(CancellationRequested):
        await desk.advance(stale, OrderStatus.CONFIRMED)


async def test_what_was_captured_is_recorded_whoever_cancels(desk):
    """That money was taken is a fact, and somebody has to give it back."""
    await desk.place(OrderStatus.RESERVED)
    stale = desk.order
    await desk.cancel()

    paid = await desk.advance(stale, OrderStatus.PAID, payment_id="pi_1")

    assert (paid.status, paid.milestones.cancellation is not None) == (OrderStatus.PAID, True)


async def test_a_shipped_order_is_not_cancelled(desk):
    """A parcel on its way is not called back, and the answer says so."""
    confirmed = await desk.place(*CONFIRMED)
    await desk.orders.record(*dispatch(confirmed, Shipment(desk.clock())))

    with pytest.raises(ActionNotAllowed) as refusal:
        await desk.cancel()

    assert (refusal.value.state, refusal.value.allowed) == ("Shipped", ())
    assert desk.sagas.started == []


async def test_the_reason_of_a_cancellation_is_not_published(desk):
    """People write names and illnesses there; the timeline goes out to other systems."""
    await desk.place()

    cancelled = await desk.cancel()

    assert cancelled.milestones.cancellation.reason == "too late"
    assert all(event.reason is None for event in desk.orders.timelines[cancelled.id])


@pytest.mark.parametrize(
    ("work", "path", "saga"),
    [
        (Work.UNDO, (OrderStatus.RESERVED,), SETTLE_ORDER),
        (Work.SHIP, (*CONFIRMED, OrderStatus.SHIPPED), SHIP_ORDER),
    ],
)
async def test_resuming_tries_what_was_given_up_once_more(desk, work, path, saga):
    """Under an id of its own, and as the second attempt, so that giving up again is told."""
    placed = await desk.place(*path)
    flagged = await desk.flag(placed, work, "some-fault", to="Rejected", steps=("a-step",))

    await desk.resume()

    (started,) = desk.sagas.started
    assert (started.name, started.payload["attempt"]) == (saga, 2)
    assert started.instance_id == f"resume-{placed.id}-{flagged.version}"


async def test_resuming_a_fulfilment_puts_the_order_back_and_goes_on(desk):
    """Its steps find what they did, and do the one that is missing."""
    placed = await desk.place(*CONFIRMED[:2])
    await desk.flag(placed, Work.FULFIL, "processing-failed", steps=("confirm_order",))

    resumed = await desk.resume()

    assert (resumed.status, resumed.reason) == (OrderStatus.PAID, None)
    assert [one.name for one in desk.sagas.started] == [FULFIL_ORDER]


async def test_resuming_what_is_fine_is_refused(desk):
    """There is nothing to go on with."""
    await desk.place(*CONFIRMED)

    with pytest.raises(ActionNotAllowed):
        await desk.resume()


async def test_giving_up_is_told_once_for_each_attempt(desk):
    """The step that records it may run again; the list says how often the work was tried."""
    placed = await desk.place(OrderStatus.RESERVED)
    details: dict[str, Any] = {"to": "Rejected", "steps": ("return_payment",)}

    for attempt in (1, 1, 2, 2):
        flagged = await desk.flag(placed, Work.UNDO, "a-fault", attempt=attempt, **details)

    assert flagged.milestones.attention.tried == 2
    types = [event.type for event in desk.orders.timelines[placed.id]]
    assert types[2:] == ["OrderNeedsAttention", "AttentionStillNeeded"]


async def test_an_order_with_a_person_is_owed_nothing(desk):
    """Nothing moves behind the back of whoever looks at it."""
    placed = await desk.place(OrderStatus.RESERVED)

    flagged = await desk.flag(placed, Work.UNDO, "a-fault", to="Rejected")

    assert list(owed_sagas(flagged)) == []
    assert list(owed_sagas(replace(flagged, status=OrderStatus.REJECTED))) == []
