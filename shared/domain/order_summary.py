"""What a customer's list of orders shows of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from shared.domain.money import Money
from shared.domain.order import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order on one line. ``version`` tells which of two summaries of an order is newer."""

    order_id: str
    customer_id: str
    status: OrderStatus
    reason: str | None
    total: Money
    line_count: int
    placed_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, order: Order) -> Self:
        """The summary of *order*."""
        return cls(
            order_id=order.id,
            customer_id=order.customer_id,
            status=order.status,
            reason=order.reason,
            total=order.total,
            line_count=len(order.lines),
            placed_at=order.placed_at,
            updated_at=order.updated_at or order.placed_at,
            version=order.version,
        )
