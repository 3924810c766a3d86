"""Paying back what was promised, and putting returned goods on the shelf again."""

import structlog

from activities.outcomes import DONE, postponable, refused
from shared.application.bounded import for_each
from shared.application.change_order import ChangeOrder
from shared.application.payment_gateway import PaymentGateway, PaymentRefund
from shared.application.ports import Clock, Orders, Stock
from shared.domain.errors import RefundRefused
from shared.domain.order import Changed, Order
from shared.domain.refund import (
    SUPERSEDED,
    Refund,
    RefundLine,
    RefundState,
    close_refund,
    fail_refund,
    open_refund,
    pay_refund,
)
from shared.domain.timeline import EventType
from shared.durable_contract import Outcome, Step

_log = structlog.get_logger(__name__)


class RefundActivities:
    """``pay_refund``, ``restock_lines`` for a range of its lines, and ``close_refund``."""

    def __init__(
        self,
        orders: Orders,
        gateway: PaymentGateway,
        stock: Stock,
        clock: Clock,
        concurrency: int,
    ) -> None:
        self._orders = orders
        self._gateway = gateway
        self._stock = stock
        self._change_order = ChangeOrder(orders)
        self._clock = clock
        self._concurrency = concurrency

    @postponable
    async def pay_refund(self, step: Step) -> Outcome:
        """Have the provider pay, and record it. The outcome says whether the stock is free now.

        Refused means that the provider's final word is no, or that a person was faster.
        """
        order = await self._orders.get(step["orderId"])
        refund = await self._orders.refund(order.id, step["refundId"])
        if refund.state is RefundState.FAILED:
            return Outcome(outcome="refused", reason=refund.failure or "")
        if refund.is_pending:
            if open_refund(order, refund.id) is None:
                return await self._failed(order, refund, SUPERSEDED)
            try:
                await self._gateway.refund(_of_payment(order, refund))
            except RefundRefused as refusal:
                await self._failed(order, refund, refusal.code)
                return refused(refusal)
            order = await self._paid(order, refund)
        is_free = order.milestones.shipment is None and open_refund(order, refund.id) is not None
        return Outcome(outcome="done", release=is_free)

    async def restock_lines(self, step: Step) -> Outcome:
        """Every line of the range is on hand again, once."""
        refund = await self._orders.refund(step["orderId"], step["refundId"])

        async def put_back(line: RefundLine) -> None:
            await self._stock.adjust(line.sku, {refund.id: line.quantity})

        first = step["firstLine"]
        lines = refund.lines[first : first + step["lineCount"]]
        await for_each(lines, put_back, at_most=self._concurrency)
        return DONE

    async def close_refund(self, step: Step) -> Outcome:
        """Note that nothing is owed for the refund any more."""
        order = await self._orders.get(step["orderId"])
        await self._change_order(
            order, lambda current: close_refund(current, step["refundId"], self._clock())
        )
        return DONE

    async def _paid(self, order: Order, refund: Refund) -> Order:
        now = self._clock()

        def paid(current: Order) -> Changed | None:
            change = pay_refund(current, refund.id, now)
            if change is None and current.milestones.cancellation:
                # Cancelled meanwhile: all of its money is on record as given back, this included.
                change = current.note(EventType.REFUND_CLOSED, now)
            return change

        order = await self._change_order(order, paid, refund.settled(now))
        _log.info("order_refunded", order_id=order.id, refund_id=refund.id)
        return order

    async def _failed(self, order: Order, refund: Refund, reason: str) -> Outcome:
        now = self._clock()
        await self._change_order(
            order,
            lambda current: fail_refund(current, refund, reason, now),
            refund.settled(now, reason),
        )
        _log.warning("refund_failed", order_id=order.id, refund_id=refund.id, reason=reason)
        return Outcome(outcome="refused", reason=reason)


def _of_payment(order: Order, refund: Refund) -> PaymentRefund:
    return PaymentRefund(
        refund_id=refund.id,
        order_id=order.id,
        payment_id=order.payment_id or "",
        amount=refund.amount,
    )
