"""The sagas that an order is owed, by what its record says.

Whoever changes an order starts them right after storing the change. Should the process die in
between, the change feed starts what is missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.milestones import Attention, Work
from shared.domain.order import Order, OrderStatus
from shared.durable_contract import (
    CANCELLED,
    FULFIL_ORDER,
    SETTLE_ORDER,
    SHIP_ORDER,
    FulfilOrder,
    SettleOrder,
    ShipOrder,
)


@dataclass(frozen=True, slots=True)
class OwedSaga:
    """An orchestration by its name, the id of its one instance, and its input.

    ``wake``: if it runs already, it may wait for a change that has happened.
    """

    name: str
    instance_id: str
    payload: Mapping[str, Any]
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


def resumed_saga(order: Order, attention: Attention) -> OwedSaga | None:
    """The next attempt at what was given up; None if it is no saga that has to do it.

    One per state of the order: whoever asks twice gets the same.
    """
    instance_id = f"resume-{order.id}-{order.version}"
    if attention.work is Work.UNDO:
        saga = _undoing(order, instance_id, attention.back_to, attention.reason)
    elif attention.work is Work.SHIP:
        saga = _shipping(order, instance_id)
    else:
        return None
    return replace(saga, payload={**saga.payload, "attempt": attention.tried + 1})


def _fulfilment(order: Order) -> OwedSaga:
    payload = FulfilOrder(orderId=order.id, lineCount=len(order.lines), flags=dict(order.flags))
    if order.review:
        payload["reviewHours"] = order.review.deadline_hours
    is_news = order.milestones.cancellation is not None or order.is_decided
    return OwedSaga(FULFIL_ORDER, order.id, dict(payload), wake=is_news)


def _undoing(order: Order, instance_id: str, status: str, reason: str) -> OwedSaga:
    payload = SettleOrder(
        orderId=order.id, lineCount=len(order.lines), status=status, reason=reason
    )
    return OwedSaga(SETTLE_ORDER, instance_id, dict(payload))


def _shipping(order: Order, instance_id: str) -> OwedSaga:
    payload = ShipOrder(orderId=order.id, lineCount=len(order.lines))
    return OwedSaga(SHIP_ORDER, instance_id, dict(payload))
