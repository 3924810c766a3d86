"""The payment of an order, as its record knows it."""

from dataclasses import replace

from shared.application.payment_gateway import Payment
from shared.domain.milestones import Hold
from shared.domain.order import Order


def payment_of(order: Order) -> Payment:
    """What the provider is asked about for *order*, whose present hold may be a renewed one."""
    hold = order.milestones.hold
    payment = Payment(
        order.id, order.total, order.payment_method, order.placed_at, order.payment_id
    )
    return replace(payment, renewal=hold.renewal) if hold else payment


def renewal_of(order: Order, hold: Hold) -> Payment:
    """What is to replace *hold*, the present one of *order*."""
    begun = hold.renewing_since or order.placed_at
    renewal = hold.renewal + 1
    return replace(payment_of(order), placed_at=begun, payment_id=None, renewal=renewal)


def latest_payment_of(order: Order) -> Payment:
    """What to give back so that no hold is left, also none that may have been begun."""
    hold = order.milestones.hold
    if hold is not None and hold.renewing_since is not None:
        return replace(renewal_of(order, hold), payment_id=order.payment_id)
    return payment_of(order)
