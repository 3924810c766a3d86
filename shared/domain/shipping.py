"""The parcel of an order: dispatched, settled, delivered."""

from dataclasses import replace
from datetime import datetime

from shared.domain.milestones import Shipment
from shared.domain.order import Changed, Order, OrderStatus

SETTLED = "ShipmentSettled"


def dispatch(order: Order, shipment: Shipment) -> Changed:
    """The order as Shipped. That its goods leave the stock level is still owed.

    Raises:
        IllegalTransition, CancellationRequested
    """
    return order.advance(OrderStatus.SHIPPED, shipment.dispatched_at, shipment=shipment)


def settle_shipment(order: Order, at: datetime) -> Changed | None:
    """The order whose goods have left the stock level; None if that is known already."""
    shipment = order.milestones.shipment
    if shipment is None or shipment.settled:
        return None
    return order.note(SETTLED, at, shipment=replace(shipment, settled=True))
