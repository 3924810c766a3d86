"""``Payments.PaymentSettled`` and ``PaymentFailed``: what the provider says without being asked.

While a saga is at work it asks the provider itself, under the order's key, and needs no event. What
it cannot learn is what happens to a payment after its end.
"""

from collections.abc import Mapping
from typing import cast

from shared.application.events.handling import OneByOne
from shared.application.events.messages import PaymentFailed, PaymentSettled
from shared.application.events.understanding import Event
from shared.application.payment_notices import NoticeKind, PaymentNotice
from shared.application.ports import Judgement, Orders, StartSaga
from shared.application.take_in_notice import TakeInNotice
from shared.domain.errors import OrderNotFound, PaymentMismatch, TooEarly

_Message = PaymentSettled | PaymentFailed

_KINDS: Mapping[type[_Message], NoticeKind] = {
    PaymentSettled: NoticeKind.SETTLED,
    PaymentFailed: NoticeKind.REVERSED,
}


class Payments(OneByOne):
    """Takes in what others say of payments like what the provider says itself."""

    def __init__(self, orders: Orders, take_in_notice: TakeInNotice) -> None:
        self._orders = orders
        self._take_in_notice = take_in_notice

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
        return await self._take_in_notice.about(order, _notice(event, message))


def _notice(event: Event, message: _Message) -> PaymentNotice:
    return PaymentNotice(
        id=event.envelope.id,
        kind=_KINDS[type(message)],
        about=event.envelope.id,
        payment_id=message.payment_id,
        order_id=message.order_id,
    )


def _message(event: Event) -> _Message:
    return cast(_Message, event.message)
