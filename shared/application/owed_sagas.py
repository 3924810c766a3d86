"""The sagas that an order is owed, by what its record says.

Whoever changes an order starts them right after storing the change. Should the process die in
between, the change feed starts what is missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.domain.milestones import Attention, Hold, OpenRefund, Work
from shared.domain.order import Order, OrderStatus
from shared.domain.renewal import renewal_due
from shared.durable_contract import (
    CANCELLED,
    FULFIL_ORDER,
    REFUND_ORDER,
    RENEW_AUTHORIZATION,
    SETTLE_ORDER,
    SHIP_ORDER,
    FulfilOrder,
    RefundOrder,
    RenewAuthorization,
    SettleOrder,
    ShipOrder,
)


@dataclass(frozen=True, slots=True)
class OwedSaga:
    """An orchestration by its name, the id of its one instance, its input, and what it is for.

    ``wake``: if it runs already, it may wait for a change that has happened.
    """

    name: str
    instance_id: str
    payload: Mapping[str, Any]
    work: Work
    wake: bool = False


def owed_sagas(order: Order) -> Iterator[OwedSaga]:
    """Everything that has to run, or to have run, for *order*; nothing while a person has it."""
    marks = order.milestones
    if order.status is OrderStatus.NEEDS_ATTENTION:
        return
    if not order.status.is_settled:
        yield _fulfilment(order)
    if order.status is OrderStatus.CONFIRMED and marks.cancellation:
        yield _undoing(order, f"cancel-{order.id}", OrderStatus.CANCELLED, CANCELLED)
    if marks.shipment and not marks.shipment.settled:
        yield _shipping(order, f"ship-{order.id}")
    for refund in marks.open_refunds:
        yield _refunding(order, refund)


def renewal_saga(order: Order, now: datetime) -> OwedSaga | None:
    """What renews the order's hold, if it is time; None if it is not."""
    hold, due = order.milestones.hold, renewal_due(order)
    if hold is None or due is None or due > now or order.status is OrderStatus.NEEDS_ATTENTION:
        return None
    return _renewing(order, hold, f"renew-{order.id}-{hold.renewal + 1}")


def resumed_saga(order: Order, attention: Attention) -> OwedSaga | None:
    """The next attempt at what was given up; None if it is no saga that has to do it.

    One per state of the order: whoever asks twice gets the same.
    """
    instance_id = f"resume-{order.id}-{order.version}"
    if attention.work is Work.UNDO:
        saga = _undoing(order, instance_id, attention.back_to, attention.reason)
    elif attention.work is Work.SHIP:
        saga = _shipping(order, instance_id)
    elif attention.work is Work.RENEW and order.milestones.hold:
        saga = _renewing(order, order.milestones.hold, instance_id)
    else:
        return None
    return replace(saga, payload={**saga.payload, "attempt": attention.tried + 1})


def _fulfilment(order: Order) -> OwedSaga:
    payload = FulfilOrder(orderId=order.id, lineCount=len(order.lines), flags=dict(order.flags))
    if order.review:
        payload["reviewHours"] = order.review.deadline_hours
    return OwedSaga(FULFIL_ORDER, order.id, dict(payload), Work.FULFIL, wake=order.has_news)


def _undoing(order: Order, instance_id: str, status: str, reason: str) -> OwedSaga:
    payload = SettleOrder(
        orderId=order.id, lineCount=len(order.lines), status=status, reason=reason
    )
    return OwedSaga(SETTLE_ORDER, instance_id, dict(payload), Work.UNDO)


def _shipping(order: Order, instance_id: str) -> OwedSaga:
    payload = ShipOrder(orderId=order.id, lineCount=len(order.lines))
    if order.milestones.hold:
        payload["collect"] = True
    return OwedSaga(SHIP_ORDER, instance_id, dict(payload), Work.SHIP)


def _refunding(order: Order, refund: OpenRefund) -> OwedSaga:
    payload = RefundOrder(
        orderId=order.id,
        refundId=refund.id,
        restockLines=refund.restock_lines,
        lineCount=len(order.lines),
    )
    return OwedSaga(REFUND_ORDER, f"refund-{refund.id}", dict(payload), Work.REFUND)


def _renewing(order: Order, hold: Hold, instance_id: str) -> OwedSaga:
    payload = RenewAuthorization(
        orderId=order.id, renewal=hold.renewal + 1, paymentId=order.payment_id or ""
    )
    return OwedSaga(RENEW_AUTHORIZATION, instance_id, dict(payload), Work.RENEW)
