"""Holding money for longer than a provider does: a new hold in the place of one that expires."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.milestones import Hold
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.timeline import EventType

# Time enough for a provider that is out, and for a customer whose card says no.
RENEW_BEFORE = timedelta(days=1)


def renewal_due(order: Order) -> datetime | None:
    """When the order's hold has to be renewed; None while there is nothing to renew."""
    hold = order.milestones.hold
    if hold is None or hold.expires_at is None or not _is_waiting_for_dispatch(order):
        return None
    return hold.expires_at - RENEW_BEFORE


def begin_renewal(order: Order, renewal: int, at: datetime) -> Changed | None:
    """The order that may have a second hold from now on; None if it may have it already, or does
    not need it any more.
    """
    hold = order.milestones.hold
    if hold is None or hold.renewing_since or hold.renewal + 1 != renewal:
        return None
    if not _is_waiting_for_dispatch(order):
        return None
    return order.note(EventType.RENEWAL_BEGUN, at, hold=replace(hold, renewing_since=at))


def finish_renewal(
    order: Order, renewal: int, payment_id: str, expires_at: datetime | None, at: datetime
) -> Changed | None:
    """The order with its new hold; None if it has it, or does not wait for its parcel any more."""
    hold = order.milestones.hold
    if hold is None or hold.renewal + 1 != renewal or not _is_waiting_for_dispatch(order):
        return None
    moved = replace(order, payment_id=payment_id)
    return moved.note(EventType.RENEWED, at, hold=Hold(expires_at, renewal))


def is_renewing(order: Order, renewal: int) -> bool:
    """Whether the hold of the *renewal* may be there beside the present one."""
    hold = order.milestones.hold
    return hold is not None and hold.renewing_since is not None and hold.renewal + 1 == renewal


def has_renewed(order: Order, renewal: int) -> bool:
    """Whether the order's hold is that of the *renewal* by now."""
    hold = order.milestones.hold
    return hold is not None and hold.renewal >= renewal


def _is_waiting_for_dispatch(order: Order) -> bool:
    marks = order.milestones
    is_there = order.status in (OrderStatus.CONFIRMED, OrderStatus.NEEDS_ATTENTION)
    return is_there and marks.cancellation is None and marks.shipment is None
