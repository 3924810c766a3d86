"""Asking for an order to be undone."""

from datetime import datetime

from shared.domain.actions import Action, require
from shared.domain.milestones import Cancellation
from shared.domain.money import Money
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.timeline import EventType


def request_cancellation(order: Order, reason: str, at: datetime) -> Changed:
    """The order with the request. From now on it does not go forward any more.

    Raises:
        ActionNotAllowed: it was shipped, has come to another end, or is being cancelled already.
    """
    require(order, Action.CANCEL)
    return order.note(EventType.CANCELLATION_REQUESTED, at, cancellation=Cancellation(reason, at))


def undone(order: Order, to: OrderStatus, reason: str | None, at: datetime) -> Changed | None:
    """The order at its end *to*, with nothing held and nothing kept; None if it is there already.

    Raises:
        IllegalTransition
    """
    if order.status is to:
        return None
    marks = order.milestones
    rest = marks.captured_minor_units - marks.refunded_minor_units
    return order.advance(
        to,
        at,
        reason=reason,
        amount=Money(rest, order.total.currency) if rest else None,
        refunded_minor_units=marks.captured_minor_units,
        open_refunds=(),
        hold=None,
    )
