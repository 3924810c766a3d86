"""Going on with an order that needed attention: the same work again, with the fault mended."""

from shared.application.change_order import ChangeOrder
from shared.application.flag_order import FlagOrder
from shared.application.order_payment import payment_of
from shared.application.owed_sagas import resumed_saga
from shared.application.payment_gateway import PaymentGateway, PaymentStatus
from shared.application.ports import Clock, Orders, Sagas
from shared.domain.actions import Action, require
from shared.domain.attention import clear
from shared.domain.milestones import Attention, Work
from shared.domain.order import Order


class ResumeOrder:
    """Continues what was given up: an undo, a shipment, a step of the fulfilment."""

    def __init__(
        self, orders: Orders, gateway: PaymentGateway, flag_order: FlagOrder, clock: Clock
    ) -> None:
        self._orders = orders
        self._gateway = gateway
        self._flag_order = flag_order
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(self, order_id: str, sagas: Sagas) -> Order:
        """The order, for which a saga is at work again. While one is, no second one is begun.

        Where our record and the provider's disagreed, the provider is asked: if they still do, the
        order goes on waiting, and says that it was tried.

        Raises:
            OrderNotFound
            ActionNotAllowed: there is nothing to resume.
        """
        order = await self._orders.get(order_id)
        require(order, Action.RESUME)
        attention = order.milestones.attention
        if attention and (saga := resumed_saga(order, attention)):
            await sagas.start(saga)
            return order
        if attention and attention.work is Work.PAYMENT and not await self._books_agree(order):
            return await self._tried_again(order, attention)
        order = await self._change_order(order, lambda now: clear(now, self._clock()))
        await sagas.start_owed(order)
        return order

    async def _books_agree(self, order: Order) -> bool:
        theirs = await self._gateway.state(payment_of(order))
        marks = order.milestones
        kept = marks.captured_minor_units - marks.refunded_minor_units
        is_held = theirs.status is PaymentStatus.HELD
        return theirs.captured.minor_units - theirs.refunded.minor_units == kept and is_held == (
            marks.hold is not None
        )

    async def _tried_again(self, order: Order, attention: Attention) -> Order:
        return await self._flag_order(
            order, attention.work, attention.reason, attempt=attention.tried + 1
        )
