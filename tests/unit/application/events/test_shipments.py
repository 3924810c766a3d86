"""What carriers say moves orders on, in whatever order it comes."""

import pytest

from shared.application.ports import Judgement
from shared.domain.order import OrderStatus
from tests.builders import ORDER_ID
from tests.events import about_order

DISPATCHED = "Shipping.ShipmentDispatched"
DELIVERED = "Shipping.ShipmentDelivered"


async def test_a_dispatched_order_is_shipped_and_a_delivered_one_delivered(intake):
    """The last steps of an order's way."""
    order = await intake.place(OrderStatus.CONFIRMED)

    await intake.deliver(about_order(DISPATCHED, order.id), about_order(DELIVERED, order.id))

    assert (await intake.orders.get(order.id)).status is OrderStatus.DELIVERED


@pytest.mark.parametrize(
    ("status", "event_type", "judgement"),
    [
        (OrderStatus.PENDING, DISPATCHED, Judgement.WAITING),
        (OrderStatus.PAID, DISPATCHED, Judgement.WAITING),
        (OrderStatus.CONFIRMED, DELIVERED, Judgement.WAITING),
        (OrderStatus.NEEDS_ATTENTION, DISPATCHED, Judgement.WAITING),
        (OrderStatus.SHIPPED, DISPATCHED, Judgement.DUPLICATE),
        (OrderStatus.REFUNDED, DISPATCHED, Judgement.DUPLICATE),
        (OrderStatus.REFUNDED, DELIVERED, Judgement.POISON),
        (OrderStatus.REJECTED, DISPATCHED, Judgement.POISON),
        (OrderStatus.CANCELLED, DELIVERED, Judgement.POISON),
    ],
)
async def test_an_event_out_of_turn_waits_repeats_or_contradicts(
    intake, status, event_type, judgement
):
    """What still may come true waits; what already did is a repeat; a person sees the rest."""
    order = await intake.place(status)

    verdict = await intake.take_in(about_order(event_type, order.id))

    assert verdict.judgement is judgement
    assert (await intake.orders.get(order.id)).status is status


async def test_a_shipment_waits_for_its_order(intake):
    """Event Grid promises no order, and the warehouse may be faster than we are."""
    verdict = await intake.take_in(about_order(DISPATCHED, ORDER_ID))

    assert verdict.judgement is Judgement.WAITING
    assert "does not exist yet" in verdict.detail


async def test_an_order_id_that_can_never_exist_is_poison(intake):
    """Nothing is won by waiting for it."""
    verdict = await intake.take_in(about_order(DISPATCHED, "order 42"))

    assert verdict.judgement is Judgement.POISON
