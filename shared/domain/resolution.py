"""What a person did about an order that needed attention, and what the record says from then on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain.actions import Action, require
from shared.domain.errors import OutcomeNotPossible
from shared.domain.milestones import Attention, OpenRefund, Resolution, Work, WorkOutcome
from shared.domain.money import Money
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.timeline import EventType


def resolve(
    order: Order, outcome: WorkOutcome, text: str, by: str, at: datetime
) -> tuple[Changed, tuple[OpenRefund, ...]]:
    """The order that needs no attention any more, its books as the person says they are; and the
    refunds that are not open any more.

    Raises:
        ActionNotAllowed: the order does not need attention.
        OutcomeNotPossible: a paid order cannot be left unfulfilled; it is resumed, or cancelled.
    """
    require(order, Action.RESOLVE)
    attention = order.milestones.attention or _of_before(order)
    if attention.work is Work.FULFIL and outcome is WorkOutcome.ABANDONED:
        raise OutcomeNotPossible(order.id, attention.work, outcome)
    marks = order.milestones
    changes = dict(_CHANGES[attention.work](order, outcome is WorkOutcome.DONE))
    returned = changes.get("refunded_minor_units", 0) - marks.refunded_minor_units
    is_fulfilled = attention.work is Work.FULFIL
    status = OrderStatus.CONFIRMED if is_fulfilled else OrderStatus(attention.back_to)
    resolution = Resolution(at, attention.work.value, outcome, attention.reason, by, text)
    moved = replace(order, status=status, reason=_lasting_reason(status, attention))
    changed = moved.note(
        EventType.ATTENTION_RESOLVED,
        at,
        reason=attention.reason,
        amount=Money(returned, order.total.currency) if returned > 0 else None,
        attention=None,
        resolutions=(*marks.resolutions, resolution),
        **changes,
    )
    return changed, marks.open_refunds if "open_refunds" in changes else ()


def _of_before(order: Order) -> Attention:
    """Orders that were given up before there were kinds of work: their undo had failed."""
    since = order.updated_at or order.placed_at
    return Attention(since, Work.UNDO, order.reason or "", OrderStatus.REJECTED.value)


def _lasting_reason(status: OrderStatus, attention: Attention) -> str | None:
    is_end = status in (OrderStatus.REJECTED, OrderStatus.CANCELLED)
    return attention.reason if is_end else None


def _undo(order: Order, done: bool) -> Mapping[str, Any]:
    marks = order.milestones
    kept = {"open_refunds": (), "hold": None}
    return kept | {"refunded_minor_units": marks.captured_minor_units} if done else kept


def _ship(order: Order, done: bool) -> Mapping[str, Any]:
    marks = order.milestones
    shipment = replace(marks.shipment, settled=True) if marks.shipment else None
    changes = {"shipment": shipment, "hold": None}
    is_collected = done and marks.hold is not None
    return changes | ({"captured_minor_units": order.total.minor_units} if is_collected else {})


def _refund(order: Order, done: bool) -> Mapping[str, Any]:
    marks = order.milestones
    if not done:
        return {"open_refunds": ()}
    returned = marks.refunded_minor_units + marks.refunding_minor_units
    return {"open_refunds": (), "refunded_minor_units": returned}


def _renew(order: Order, done: bool) -> Mapping[str, Any]:  # noqa: ARG001
    hold = order.milestones.hold
    # Not known to expire: nobody looks after it any more.
    return {"hold": replace(hold, expires_at=None) if hold else None}


def _nothing(order: Order, done: bool) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


_CHANGES = {
    Work.FULFIL: _nothing,
    Work.UNDO: _undo,
    Work.SHIP: _ship,
    Work.REFUND: _refund,
    Work.RENEW: _renew,
    Work.PAYMENT: _nothing,
}
