"""Asking for an order to be undone."""

from datetime import datetime

from shared.domain.actions import Action, require
from shared.domain.milestones import Cancellation
from shared.domain.money import Money
from shared.domain.order import ENDS, Changed, Order, OrderStatus
from shared.domain.timeline import EventType


def request_cancellation(order: Order, reason: str, at: datetime) -> Changed:
    """The order with the request. From now on it does not go forward any more.

    Raises:
        ActionNotAllowed: it was shipped, has come to another end, or is being cancelled already.
    """
    require(order, Action.CANCEL)
    return order.note(EventType.CANCELLATION_REQUESTED, at, cancellation=Cancellation(reason, at))


def own_up_to_capture(order: Order, captured: Money, at: datetime) -> Changed | None:
    """The order with what was really captured of it, before it is undone: the answer to a capture
    may have been lost. None if that is known, or the order has come to its end.
    """
    missing = captured.minor_units - order.milestones.captured_minor_units
    if missing <= 0 or order.status in ENDS:
        return None
    return order.note(
        EventType.PAYMENT_CAPTURED,
        at,
        amount=Money(missing, captured.currency),
        captured_minor_units=captured.minor_units,
    )


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
