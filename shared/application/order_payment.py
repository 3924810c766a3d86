"""The payment of an order, as its record knows it."""

from shared.application.payment_gateway import Payment
from shared.domain.order import Order


def payment_of(order: Order) -> Payment:
    """What the provider is asked about for *order*."""
    return Payment(order.id, order.total, order.payment_method, order.placed_at, order.payment_id)
