"""What may be said when a refund is asked for, and the refund that it stands for."""

import hashlib
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from shared.application.submission import MAX_LINES, LineMessage, Message, MoneyMessage, Text
from shared.domain.order import Order, merge_lines
from shared.domain.refund import Refund, RefundLine, price_of


class RefundRequest(Message):
    """Either an amount, or lines at the prices that were paid; lines may go back on the shelf."""

    amount: MoneyMessage | None = None
    lines: Annotated[list[LineMessage], Field(min_length=1, max_length=MAX_LINES)] | None = None
    restock: bool = False
    reason: Annotated[Text, StringConstraints(max_length=200)]

    @model_validator(mode="after")
    def _names_one_of_both(self) -> "RefundRequest":
        if (self.amount is None) == (self.lines is None):
            raise ValueError("name either an amount or lines")
        if self.restock and self.lines is None:
            raise ValueError("only lines can be restocked: an amount names no goods")
        return self

    def fingerprint(self) -> str:
        """Equal for requests that say the same."""
        return hashlib.sha256(
            self.model_dump_json(by_alias=True, exclude_none=True).encode()
        ).hexdigest()

    def to_refund(self, order: Order, refund_id: str, at: datetime) -> Refund:
        """The refund of *order*.

        Raises:
            RefundExceedsOrdered: a line names more than was ordered.
        """
        merged = merge_lines([(line.sku, line.quantity) for line in self.lines or ()])
        lines = tuple(RefundLine(sku, quantity) for sku, quantity in merged)
        amount = self.amount.to_money() if self.amount else price_of(order, lines)
        return Refund(
            id=refund_id,
            order_id=order.id,
            amount=amount,
            lines=lines,
            restock=self.restock,
            reason=self.reason,
            fingerprint=self.fingerprint(),
            requested_at=at,
        )
