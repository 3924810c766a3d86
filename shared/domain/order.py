"""The order: its lines, its states, and the events that record each change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain.errors import CancellationRequested, IllegalTransition
from shared.domain.milestones import Milestones
from shared.domain.money import Money
from shared.domain.review import Review
from shared.domain.timeline import EventType


class OrderStatus(StrEnum):
    """Stored and public: add members, never rename."""

    PENDING = "Pending"
    AWAITING_APPROVAL = "AwaitingApproval"
    RESERVED = "Reserved"
    PAID = "Paid"
    CONFIRMED = "Confirmed"
    SHIPPED = "Shipped"
    DELIVERED = "Delivered"
    CANCELLED = "Cancelled"
    REFUNDED = "Refunded"
    REJECTED = "Rejected"
    NEEDS_ATTENTION = "NeedsAttention"

    @property
    def is_settled(self) -> bool:
        """Whether the fulfilment saga has nothing more to do."""
        return self not in _IN_PROGRESS


_S = OrderStatus
_IN_PROGRESS = frozenset({_S.PENDING, _S.AWAITING_APPROVAL, _S.RESERVED, _S.PAID})

# Orders that are to be delivered, or were.
KEEPS_MONEY = frozenset({_S.CONFIRMED, _S.SHIPPED, _S.DELIVERED})

# Where nothing is left to be done, unless something comes to light.
ENDS = frozenset({_S.CANCELLED, _S.REFUNDED, _S.REJECTED})

_UNDONE = frozenset({_S.REJECTED, _S.CANCELLED, _S.NEEDS_ATTENTION})

TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _S.PENDING: _UNDONE | {_S.RESERVED, _S.AWAITING_APPROVAL},
    _S.AWAITING_APPROVAL: _UNDONE | {_S.RESERVED},
    # Money that is taken when the parcel leaves is only held when the order is confirmed.
    _S.RESERVED: _UNDONE | {_S.PAID, _S.CONFIRMED},
    _S.PAID: _UNDONE | {_S.CONFIRMED},
    _S.CONFIRMED: frozenset({_S.SHIPPED, _S.CANCELLED, _S.REFUNDED, _S.NEEDS_ATTENTION}),
    _S.SHIPPED: frozenset({_S.DELIVERED, _S.REFUNDED, _S.NEEDS_ATTENTION}),
    _S.DELIVERED: frozenset({_S.REFUNDED, _S.NEEDS_ATTENTION}),
    # An end is final, but for what comes to light later: a refund that did not arrive.
    _S.CANCELLED: frozenset({_S.NEEDS_ATTENTION}),
    _S.REFUNDED: frozenset({_S.NEEDS_ATTENTION}),
    _S.REJECTED: frozenset({_S.NEEDS_ATTENTION}),
    # Finishing what was left undone leads on, or back to where the order was.
    _S.NEEDS_ATTENTION: frozenset(
        {
            _S.PAID,
            _S.CONFIRMED,
            _S.SHIPPED,
            _S.DELIVERED,
            _S.CANCELLED,
            _S.REFUNDED,
            _S.REJECTED,
        }
    ),
}


# Steps that a requested cancellation stops. Not Paid: that money was taken is a fact.
_FORWARD = frozenset({_S.AWAITING_APPROVAL, _S.RESERVED, _S.CONFIRMED, _S.SHIPPED})


def may_become(current: OrderStatus, wanted: OrderStatus) -> bool:
    """Whether an order in *current* can still get to *wanted*, in one step or in several.

    One that needs attention may go on anywhere; that others may come to need it counts for nothing.
    """
    reached, ahead = set[OrderStatus](), [current]
    while ahead:
        for following in TRANSITIONS[ahead.pop()] - reached - {_S.NEEDS_ATTENTION}:
            reached.add(following)
            ahead.append(following)
    return wanted in reached


EVENT_TYPES: Mapping[OrderStatus, EventType] = {
    _S.AWAITING_APPROVAL: EventType.APPROVAL_REQUESTED,
    _S.RESERVED: EventType.STOCK_RESERVED,
    _S.PAID: EventType.PAYMENT_CAPTURED,
    _S.CONFIRMED: EventType.CONFIRMED,
    _S.SHIPPED: EventType.SHIPPED,
    _S.DELIVERED: EventType.DELIVERED,
    _S.CANCELLED: EventType.CANCELLED,
    _S.REFUNDED: EventType.REFUNDED,
    _S.REJECTED: EventType.REJECTED,
    _S.NEEDS_ATTENTION: EventType.NEEDS_ATTENTION,
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One SKU of an order at the catalogue's price of the moment it was taken in."""

    sku: str
    name: str
    quantity: int
    unit_price: Money

    @property
    def total(self) -> Money:
        """Unit price times quantity."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Address:
    """Where the goods go, or the bill.

    Personal data: stored with the order, never logged, never in history.
    """

    name: str
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str | None = None


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One entry of an order's timeline, numbered from 1 without gaps."""

    order_id: str
    number: int
    type: str
    at: datetime
    status: OrderStatus
    reason: str | None = None
    amount: Money | None = None
    """The money that moved."""


_NONE_YET = Milestones()


@dataclass(frozen=True, slots=True)
class Order:
    """An order. Everything above ``status`` is fixed at intake; the rest moves with the saga.

    Invariant: ``version`` is the number of the newest event, so each change adds exactly one.
    """

    id: str
    customer_id: str
    lines: tuple[OrderLine, ...]
    total: Money
    shipping_address: Address
    payment_method: str
    flags: Mapping[str, bool]
    fingerprint: str
    placed_at: datetime
    status: OrderStatus = OrderStatus.PENDING
    version: int = 1
    updated_at: datetime | None = None
    reason: str | None = None
    payment_id: str | None = None
    milestones: Milestones = _NONE_YET
    billing_address: Address | None = None
    """Like the next, fixed at intake."""
    review: Review | None = None
    """Why somebody has to approve the order before anything is done for it."""

    @property
    def captured(self) -> Money:
        """What was taken for the order."""
        return Money(self.milestones.captured_minor_units, self.total.currency)

    @property
    def refunded(self) -> Money:
        """What of it was given back."""
        return Money(self.milestones.refunded_minor_units, self.total.currency)

    @property
    def approval_due(self) -> datetime | None:
        """Until when somebody may decide about the order; None while nobody can."""
        approval = self.milestones.approval
        waits = self.status is OrderStatus.AWAITING_APPROVAL and not self.milestones.cancellation
        return approval.deadline if approval and waits and not approval.decision else None

    @property
    def is_decided(self) -> bool:
        """Whether the order was approved, or was not, and its saga has not acted on that yet."""
        approval = self.milestones.approval
        waits = self.status is OrderStatus.AWAITING_APPROVAL
        return waits and approval is not None and approval.decision is not None

    @property
    def has_news(self) -> bool:
        """Whether something has happened that the order's saga, which may wait, has to see."""
        return self.milestones.cancellation is not None or self.is_decided

    @property
    def owes_work(self) -> bool:
        """Whether a saga has something left to do about the order."""
        marks = self.milestones
        unsettled = marks.shipment is not None and not marks.shipment.settled
        undoing = self.status is OrderStatus.CONFIRMED and marks.cancellation is not None
        return not self.status.is_settled or unsettled or undoing or bool(marks.open_refunds)

    def submitted(self) -> OrderEvent:
        """The first entry of the timeline."""
        return OrderEvent(self.id, 1, EventType.SUBMITTED, self.placed_at, OrderStatus.PENDING)

    def advance(
        self,
        to: OrderStatus,
        at: datetime,
        *,
        reason: str | None = None,
        payment_id: str | None = None,
        amount: Money | None = None,
        **milestones: Any,
    ) -> "Changed":
        """The order in its next state, and the event that says so; neither is stored yet.

        *milestones* are changes to those. *amount* is the money that moved, for the event.

        Raises:
            IllegalTransition: the table has no such step.
            CancellationRequested: the order is to be undone, and does not go forward any more.
        """
        if to not in TRANSITIONS[self.status]:
            raise IllegalTransition(self.id, self.status, to)
        if to in _FORWARD and self.milestones.cancellation:
            raise CancellationRequested(self.id)
        left_attention = self.status is OrderStatus.NEEDS_ATTENTION
        if left_attention:
            milestones.setdefault("attention", None)
        moved = replace(
            self,
            status=to,
            payment_id=payment_id or self.payment_id,
            reason=reason or (None if left_attention else self.reason),
        )
        return moved.note(EVENT_TYPES[to], at, reason=reason, amount=amount, **milestones)

    def note(
        self,
        event_type: EventType,
        at: datetime,
        *,
        reason: str | None = None,
        amount: Money | None = None,
        **milestones: Any,
    ) -> "Changed":
        """The order with changed *milestones* and the next version, and the event that says so."""
        changed = replace(
            self,
            version=self.version + 1,
            updated_at=at,
            milestones=replace(self.milestones, **milestones),
        )
        event = OrderEvent(self.id, changed.version, event_type, at, self.status, reason, amount)
        return changed, event


Changed = tuple[Order, OrderEvent]
"""A changed order, and the event of the change; stored together."""


def merge_lines(lines: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Add up the quantities of equal SKUs, in the order in which each first appears."""
    merged: dict[str, int] = {}
    for sku, quantity in lines:
        merged[sku] = merged.get(sku, 0) + quantity
    return list(merged.items())
