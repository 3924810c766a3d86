"""When an order has to be looked at again, should nobody do so before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.order import Order, OrderStatus
from shared.domain.renewal import renewal_due

# Longer than any saga takes with all services up. What is older waits for a service, or was lost.
STALLED_AFTER = timedelta(minutes=15)


def next_check(order: Order) -> datetime | None:
    """The moment from which on the order is due; None while it needs no looking after.

    An order that a person has to attend to is left to that person.
    """
    if order.status is OrderStatus.NEEDS_ATTENTION:
        return None
    return min(_moments(order), default=None)


def _moments(order: Order) -> Iterator[datetime]:
    if order.approval_due:
        yield order.approval_due + STALLED_AFTER
    elif order.owes_work:
        yield (order.updated_at or order.placed_at) + STALLED_AFTER
    if renewal := renewal_due(order):
        yield renewal
