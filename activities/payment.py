"""Authorizing and capturing the payment of an order, and giving the money back."""

from activities.outcomes import DONE, ended, postponable, refused
from shared.application.advance_order import AdvanceOrder
from shared.application.change_order import ChangeOrder
from shared.application.order_payment import latest_payment_of, payment_of
from shared.application.payment_gateway import Authorization, PaymentGateway
from shared.application.ports import Clock, Orders
from shared.domain.cancellation import own_up_to_capture
from shared.domain.errors import PaymentDeclined
from shared.domain.order import OrderStatus
from shared.durable_contract import CAPTURE_AT_DISPATCH, Outcome, Step


class PaymentActivities:
    """``authorize_payment``, ``capture_payment``, and ``return_payment``, which undoes both."""

    def __init__(
        self, orders: Orders, gateway: PaymentGateway, advance: AdvanceOrder, clock: Clock
    ) -> None:
        self._orders = orders
        self._gateway = gateway
        self._advance = advance
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    @postponable
    async def authorize_payment(self, step: Step) -> Outcome:
        """Hold the order's total. The outcome carries the provider's id of the payment, and until
        when the hold can be captured.
        """
        order = await self._orders.get(step["orderId"])
        if (end := ended(order)) is not None:
            return end
        try:
            authorization = await self._gateway.authorize(payment_of(order))
        except PaymentDeclined as declined:
            return refused(declined)
        return _held(authorization)

    @postponable
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

    @postponable
    async def return_payment(self, step: Step) -> Outcome:
        """Void or refund whatever the order's payment holds; harmless when that is nothing.

        A capture that the record does not know, because its answer was lost, is put on record.
        """
        order = await self._orders.as_submitted(step["orderId"])
        if order.flags.get(CAPTURE_AT_DISPATCH):
            # Its hold may have been renewed since, or be just about to.
            order = await self._orders.get(order.id)
        captured = await self._gateway.give_back(latest_payment_of(order))
        if captured > order.captured:
            await self._change_order(
                order, lambda current: own_up_to_capture(current, captured, self._clock())
            )
        return DONE


def _held(authorization: Authorization) -> Outcome:
    outcome = Outcome(outcome="done", paymentId=authorization.payment_id)
    if authorization.expires_at is not None:
        outcome["expiresAt"] = authorization.expires_at.isoformat().replace("+00:00", "Z")
    return outcome
