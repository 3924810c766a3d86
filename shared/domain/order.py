"""The order: its lines, its states, and the events that record each change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.errors import IllegalTransition
from shared.domain.money import Money


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

TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _S.PENDING: frozenset({_S.RESERVED, _S.AWAITING_APPROVAL, _S.REJECTED, _S.NEEDS_ATTENTION}),
    _S.AWAITING_APPROVAL: frozenset({_S.RESERVED, _S.REJECTED, _S.CANCELLED, _S.NEEDS_ATTENTION}),
    _S.RESERVED: frozenset({_S.PAID, _S.REJECTED, _S.CANCELLED, _S.NEEDS_ATTENTION}),
    _S.PAID: frozenset({_S.CONFIRMED, _S.REJECTED, _S.CANCELLED, _S.NEEDS_ATTENTION}),
    _S.CONFIRMED: frozenset({_S.SHIPPED, _S.CANCELLED, _S.REFUNDED, _S.NEEDS_ATTENTION}),
    _S.SHIPPED: frozenset({_S.DELIVERED, _S.REFUNDED, _S.NEEDS_ATTENTION}),
    _S.DELIVERED: frozenset({_S.REFUNDED, _S.NEEDS_ATTENTION}),
    _S.CANCELLED: frozenset(),
    _S.REFUNDED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.NEEDS_ATTENTION: frozenset({_S.REJECTED, _S.CANCELLED, _S.CONFIRMED, _S.REFUNDED}),
}


def may_become(current: OrderStatus, wanted: OrderStatus) -> bool:
    """Whether an order in *current* can still get to *wanted*, in one step or in several."""
    reached, ahead = set[OrderStatus](), [current]
    while ahead:
        for following in TRANSITIONS[ahead.pop()] - reached:
            reached.add(following)
            ahead.append(following)
    return wanted in reached


SUBMITTED = "OrderSubmitted"
EVENT_TYPES: Mapping[OrderStatus, str] = {
    _S.AWAITING_APPROVAL: "ApprovalRequested",
    _S.RESERVED: "StockReserved",
    _S.PAID: "PaymentCaptured",
    _S.CONFIRMED: "OrderConfirmed",
    _S.SHIPPED: "OrderShipped",
    _S.DELIVERED: "OrderDelivered",
    _S.CANCELLED: "OrderCancelled",
    _S.REFUNDED: "OrderRefunded",
    _S.REJECTED: "OrderRejected",
    _S.NEEDS_ATTENTION: "OrderNeedsAttention",
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
    """Where the goods go. Personal data: stored with the order, never logged, never in history."""

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

    def submitted(self) -> OrderEvent:
        """The first entry of the timeline."""
        return OrderEvent(self.id, 1, SUBMITTED, self.placed_at, OrderStatus.PENDING)

    def advance(
        self,
        to: OrderStatus,
        at: datetime,
        *,
        reason: str | None = None,
        payment_id: str | None = None,
    ) -> tuple["Order", OrderEvent]:
        """The order in its next state, and the event that says so; neither is stored yet.

        Raises:
            IllegalTransition: the table has no such step.
        """
        if to not in TRANSITIONS[self.status]:
            raise IllegalTransition(self.id, self.status, to)
        changed = replace(
            self,
            status=to,
            version=self.version + 1,
            updated_at=at,
            reason=reason or self.reason,
            payment_id=payment_id or self.payment_id,
        )
        return changed, OrderEvent(self.id, changed.version, EVENT_TYPES[to], at, to, reason)


def merge_lines(lines: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Add up the quantities of equal SKUs, in the order in which each first appears."""
    merged: dict[str, int] = {}
    for sku, quantity in lines:
        merged[sku] = merged.get(sku, 0) + quantity
    return list(merged.items())
