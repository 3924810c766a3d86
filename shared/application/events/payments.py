"""``Payments.PaymentSettled`` and ``PaymentFailed``: what the provider says without being asked.

While a saga is at work it asks the provider itself, under the order's key, and needs no event. What
it cannot learn is what happens to a payment after its end.
"""

from typing import cast

from shared.application.events.handling import OneByOne
from shared.application.events.messages import PaymentFailed, PaymentSettled
from shared.application.events.understanding import Event
from shared.application.flag_order import FlagOrder
from shared.application.order_payment import payment_of
from shared.application.payment_gateway import PaymentGateway
from shared.application.ports import Judgement, Orders, StartSaga
from shared.domain.errors import OrderNotFound, PaymentMismatch, TooEarly
from shared.domain.milestones import Work
from shared.domain.order import Order, OrderStatus

PAYMENT_FAILED = "payment-failed"

_KEEPS_MONEY = frozenset({OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED})
_KEEPS_NOTHING = frozenset({OrderStatus.REJECTED, OrderStatus.CANCELLED})


class Payments(OneByOne):
    """Sees to it that an order has its money exactly as long as it is to have it."""

    def __init__(self, orders: Orders, gateway: PaymentGateway, flag_order: FlagOrder) -> None:
        self._orders = orders
        self._gateway = gateway
        self._flag_order = flag_order

    def about(self, event: Event) -> str:
        return _message(event).order_id

    async def take_in(self, event: Event, start_saga: StartSaga) -> Judgement:  # noqa: ARG002
        message = _message(event)
        try:
            order = await self._orders.get(message.order_id)
        except OrderNotFound as error:
            raise TooEarly(message.order_id, "does not exist yet") from error
        if order.payment_id and order.payment_id != message.payment_id:
            raise PaymentMismatch(order.id, message.payment_id)
        if isinstance(message, PaymentSettled):
            return await self._settled(order)
        return await self._failed(order)

    async def _settled(self, order: Order) -> Judgement:
        if order.status not in _KEEPS_NOTHING:
            return Judgement.DUPLICATE
        # Money for an order that came to nothing; giving back what was given back is harmless.
        await self._gateway.give_back(payment_of(order))
        return Judgement.DONE

    async def _failed(self, order: Order) -> Judgement:
        if order.status is OrderStatus.PAID:
            raise TooEarly(order.id, "is being confirmed; its payment is looked at after that")
        if order.status not in _KEEPS_MONEY:
            return Judgement.DUPLICATE
        await self._flag_order(order, Work.PAYMENT, PAYMENT_FAILED)
        return Judgement.DONE


def _message(event: Event) -> PaymentSettled | PaymentFailed:
    return cast(PaymentSettled | PaymentFailed, event.message)
