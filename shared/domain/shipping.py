"""The parcel of an order: dispatched, settled, delivered."""

from dataclasses import replace
from datetime import datetime

from shared.domain.milestones import Shipment
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.timeline import EventType


def dispatch(order: Order, shipment: Shipment) -> Changed:
    """The order as Shipped. That its goods leave the stock level is still owed.

    Raises:
        IllegalTransition, CancellationRequested
    """
    return order.advance(OrderStatus.SHIPPED, shipment.dispatched_at, shipment=shipment)


def collect(order: Order, at: datetime) -> Changed | None:
    """The order whose held money was taken; None if that is known."""
    if order.milestones.hold is None:
        return None
    total = order.total
    return order.note(
        EventType.PAYMENT_CAPTURED,
        at,
        amount=total,
        captured_minor_units=total.minor_units,
        hold=None,
    )


def settle_shipment(order: Order, at: datetime) -> Changed | None:
    """The order whose goods have left the stock level; None if that is known already."""
    shipment = order.milestones.shipment
    if shipment is None or shipment.settled:
        return None
    return order.note(EventType.SHIPMENT_SETTLED, at, shipment=replace(shipment, settled=True))
