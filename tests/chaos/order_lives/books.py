"""The books about orders: what the app, its timeline, the provider and the shelf say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

UNDER_WAY = frozenset({"Pending", "AwaitingApproval", "Reserved", "Paid"})
HOLDING = frozenset({"Confirmed"})
GONE = frozenset({"Shipped", "Delivered"})
PAID = HOLDING | GONE

DISPUTED = "payment-disputed"
REFUND_FAILED = "refund-failed"
UNDONE = frozenset({"Rejected", "Cancelled", "Refunded"})
EVERY_END = PAID | UNDONE


@dataclass(frozen=True, slots=True)
class OrderBook:
    """One order: as the app shows it, its timeline and refunds, and the provider's ledger of it."""

    order: Json
    timeline: Sequence[Json]
    payments: Sequence[Json]
    refunds: Sequence[Json] = ()

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.order['id']} ({self.order['status']})"

    @property
    def failed_refunds(self) -> int:
        """What the provider says it gave back, and then had again."""
        return sum(
            refund["amount"]
            for payment in self.payments
            for refund in payment["refunds"]
            if refund["status"] == "failed"
        )

    def money(self, field: str) -> int:
        """An amount of the record in minor units; 0 where it has none."""
        return minor_units(self.order[field]) if field in self.order else 0

    def ledger(self, field: str) -> int:
        """The same of all its payments together, by the provider's ledger."""
        return sum(payment[field] for payment in self.payments)

    @property
    def is_paid_by_hand(self) -> bool:
        """Whether a person has seen to what the provider could not give back."""
        is_resolved = any(event["type"] == "AttentionResolved" for event in self.timeline)
        return is_resolved and bool(self.failed_refunds or self.needed_attention(DISPUTED))

    def needed_attention(self, reason: str) -> bool:
        """Whether a person was told for this reason."""
        told = ("OrderNeedsAttention", reason)
        return any((event["type"], event.get("reason")) == told for event in self.timeline)


@dataclass(frozen=True, slots=True)
class Books:
    """Some orders, and all the stock that they and nobody else ask for.

    ``stocked`` is what came onto the shelf of each SKU, ``levels`` its on hand and reserved counts.
    """

    orders: Sequence[OrderBook]
    stocked: Mapping[str, int]
    levels: Mapping[str, tuple[int, int]]


def minor_units(money: Json) -> int:
    """The pence of a decimal string."""
    return int(money["amount"].replace(".", ""))
