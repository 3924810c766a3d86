"""Authorizing and capturing the payment of an order, and giving the money back."""

from activities.outcomes import DONE, ended, refused
from shared.application.advance_order import AdvanceOrder
from shared.application.ports import Orders, Payment, PaymentGateway
from shared.domain.errors import PaymentDeclined
from shared.domain.order import Order, OrderStatus
from shared.durable_contract import Outcome, Step


class PaymentActivities:
    """``authorize_payment``, ``capture_payment``, and ``return_payment``, which undoes both."""

    def __init__(self, orders: Orders, gateway: PaymentGateway, advance: AdvanceOrder) -> None:
        self._orders = orders
        self._gateway = gateway
        self._advance = advance

    async def authorize_payment(self, step: Step) -> Outcome:
        """Hold the order's total. The outcome carries the provider's id of the payment."""
        order = await self._orders.get(step["orderId"])
        if (end := ended(order)) is not None:
            return end
        try:
            payment_id = await self._gateway.authorize(_payment(order))
        except PaymentDeclined as declined:
            return refused(declined)
        return Outcome(outcome="done", paymentId=payment_id)

    async def capture_payment(self, step: Step) -> Outcome:
        """Take the held amount; the order becomes Paid."""
        order = await self._orders.get(step["orderId"])
        if order.status is OrderStatus.PAID:
            return DONE
        if (end := ended(order)) is not None:
            return end
        payment_id = step["paymentId"]
        try:
            await self._gateway.capture(payment_id)
        except PaymentDeclined as declined:
            return refused(declined)
        await self._advance(
            order,
            OrderStatus.PAID,
            payment_id=payment_id,
            amount=order.total,
            captured_minor_units=order.total.minor_units,
        )
        return DONE

    async def return_payment(self, step: Step) -> Outcome:
        """Void or refund whatever the order's payment holds; harmless when that is nothing."""
        order = await self._orders.as_submitted(step["orderId"])
        await self._gateway.give_back(_payment(order))
        return DONE


def _payment(order: Order) -> Payment:
    return Payment(order.id, order.total, order.payment_method)
