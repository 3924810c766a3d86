"""Giving back part of what was taken for an order, or all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain.actions import Action, require
from shared.domain.errors import (
    NothingToRestock,
    RefundCurrencyMismatch,
    RefundExceedsCaptured,
    RefundExceedsOrdered,
    RefundExists,
)
from shared.domain.milestones import Milestones, OpenRefund
from shared.domain.money import Money
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.timeline import EventType

SUPERSEDED = "superseded"
"""Why a refund came to nothing: a person settled the order's money meanwhile."""


class RefundState(StrEnum):
    """Stored and public: add members, never rename."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Units of one product that are paid back."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as it was asked for, and what became of it."""

    id: str
    order_id: str
    amount: Money
    lines: tuple[RefundLine, ...]
    """Empty for one that names an amount."""
    restock: bool
    reason: str
    """In the words of whoever asked: kept with the refund, and told to nobody else."""
    fingerprint: str
    requested_at: datetime
    state: RefundState = RefundState.PENDING
    settled_at: datetime | None = None
    failure: str | None = None
    """A stable code, ours or the provider's."""

    @property
    def is_pending(self) -> bool:
        """Whether it is not known yet what becomes of it."""
        return self.state is RefundState.PENDING

    def settled(self, at: datetime, failure: str | None = None) -> "Refund":
        """The refund as it ended: well, or with *failure*."""
        state = RefundState.FAILED if failure else RefundState.SUCCEEDED
        return replace(self, state=state, settled_at=at, failure=failure)


def refundable(order: Order) -> Money:
    """What is left to be given back, when all that was promised is."""
    marks = order.milestones
    promised = marks.refunded_minor_units + marks.refunding_minor_units
    return Money(marks.captured_minor_units - promised, order.total.currency)


def price_of(order: Order, lines: Sequence[RefundLine]) -> Money:
    """What the customer paid for *lines*.

    Raises:
        RefundExceedsOrdered: not ordered, or not in such a number.
    """
    ordered = {line.sku: line for line in order.lines}
    for line in lines:
        if line.sku not in ordered or line.quantity > ordered[line.sku].quantity:
            left = ordered[line.sku].quantity if line.sku in ordered else 0
            raise RefundExceedsOrdered(line.sku, line.quantity, left)
    prices = (ordered[line.sku].unit_price * line.quantity for line in lines)
    return Money.total(prices, order.total.currency)


def request_refund(order: Order, refund: Refund) -> Changed:
    """The order that owes *refund* from now on.

    Raises:
        RefundExists: it does already.
        ActionNotAllowed: nothing was captured, or the order is being undone.
        RefundCurrencyMismatch, RefundExceedsCaptured, RefundExceedsOrdered, NothingToRestock
    """
    marks = order.milestones
    if open_refund(order, refund.id):
        raise RefundExists
    require(order, Action.REFUND)
    quantities = _with_lines(order, refund.lines)
    _check_amount(order, refund.amount)
    if refund.restock and marks.shipment is None:
        raise NothingToRestock(order.id)
    restock_lines = len(refund.lines) if refund.restock else 0
    opened = OpenRefund(refund.id, refund.amount.minor_units, restock_lines)
    return order.note(
        EventType.REFUND_REQUESTED,
        refund.requested_at,
        open_refunds=(*marks.open_refunds, opened),
        refunded_quantities=quantities,
    )


def pay_refund(order: Order, refund_id: str, at: datetime) -> Changed | None:
    """The order whose money is back; None if that is known, or the refund not open any more.

    With nothing left of what was captured the order is Refunded. One that was not shipped then
    never is, and still owes the release of its stock: the refund stays open for that. One that is
    being cancelled comes to that end instead, and its undo sees to the stock.
    """
    opened = open_refund(order, refund_id)
    if opened is None or opened.paid:
        return None
    marks = order.milestones
    refunded = marks.refunded_minor_units + opened.minor_units
    is_all = refunded == marks.captured_minor_units and marks.cancellation is None
    owes_goods = bool(opened.restock_lines) or (is_all and marks.shipment is None)
    kept = (replace(opened, paid=True),) if owes_goods else ()
    changes: dict[str, Any] = {
        "refunded_minor_units": refunded,
        "open_refunds": (*_others(marks, opened), *kept),
    }
    amount = Money(opened.minor_units, order.total.currency)
    if is_all and order.status is OrderStatus.NEEDS_ATTENTION and marks.attention:
        after = replace(marks.attention, back_to=OrderStatus.REFUNDED.value)
        return order.note(EventType.REFUND_PAID, at, amount=amount, attention=after, **changes)
    if is_all and order.status is not OrderStatus.NEEDS_ATTENTION:
        return order.advance(OrderStatus.REFUNDED, at, amount=amount, **changes)
    return order.note(EventType.REFUND_PAID, at, amount=amount, **changes)


def close_refund(order: Order, refund_id: str, at: datetime) -> Changed | None:
    """The order that owes nothing for the refund any more: its goods are where they belong."""
    opened = open_refund(order, refund_id)
    if opened is None:
        return None
    return order.note(EventType.REFUND_CLOSED, at, open_refunds=_others(order.milestones, opened))


def fail_refund(order: Order, refund: Refund, reason: str, at: datetime) -> Changed:
    """The order that keeps its money after all: the provider's final word was no."""
    marks = order.milestones
    opened = open_refund(order, refund.id)
    if opened is None:
        return order.note(EventType.REFUND_FAILED, at, reason=reason)
    return order.note(
        EventType.REFUND_FAILED,
        at,
        reason=reason,
        open_refunds=_others(marks, opened),
        refunded_quantities=_without_lines(order, refund.lines),
    )


def open_refund(order: Order, refund_id: str) -> OpenRefund | None:
    """What the order still owes for the refund, if anything."""
    found = (one for one in order.milestones.open_refunds if one.id == refund_id)
    return next(found, None)


def _check_amount(order: Order, amount: Money) -> None:
    left = refundable(order)
    if amount.currency != left.currency:
        raise RefundCurrencyMismatch(amount.currency, left.currency)
    if not 0 < amount.minor_units <= left.minor_units:
        raise RefundExceedsCaptured(str(amount), str(order.captured), str(left))


def _with_lines(order: Order, lines: Sequence[RefundLine]) -> Mapping[str, int]:
    quantities = dict(order.milestones.refunded_quantities)
    ordered = {line.sku: line.quantity for line in order.lines}
    for line in lines:
        before = quantities.get(line.sku, 0)
        left = ordered.get(line.sku, 0) - before
        if line.quantity > left:
            raise RefundExceedsOrdered(line.sku, line.quantity, left)
        quantities[line.sku] = before + line.quantity
    return quantities


def _without_lines(order: Order, lines: Sequence[RefundLine]) -> Mapping[str, int]:
    quantities = dict(order.milestones.refunded_quantities)
    for line in lines:
        quantities[line.sku] -= line.quantity
    return {sku: quantity for sku, quantity in quantities.items() if quantity}


def _others(marks: Milestones, opened: OpenRefund) -> tuple[OpenRefund, ...]:
    return tuple(one for one in marks.open_refunds if one.id != opened.id)
