"""Going on with an order that needed attention: the same work again, with the fault mended."""

from shared.application.change_order import ChangeOrder
from shared.application.owed_sagas import resumed_saga
from shared.application.ports import Clock, Orders, Sagas
from shared.domain.actions import Action, require
from shared.domain.attention import clear
from shared.domain.order import Order


class ResumeOrder:
    """Continues what was given up: an undo, a shipment, a step of the fulfilment."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(self, order_id: str, sagas: Sagas) -> Order:
        """The order, for which a saga is at work again. While one is, no second one is begun.

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
        order = await self._change_order(order, lambda now: clear(now, self._clock()))
        await sagas.start_owed(order)
        return order
