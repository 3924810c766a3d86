"""Cancelling an order that has not been shipped."""

from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders, StartSaga
from shared.domain.cancellation import request_cancellation
from shared.domain.order import Order


class CancelOrder:
    """Records that an order is to be undone, and sees to it that a saga does so."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(self, order_id: str, reason: str, wake_saga: StartSaga) -> Order:
        """The order, which goes no further from now on. It is Cancelled once all is undone.

        Raises:
            OrderNotFound
            ActionNotAllowed: it was shipped, has ended, or is being cancelled already.
        """
        order = await self._orders.get(order_id)
        cancelled = await self._change_order(
            order, lambda current: request_cancellation(current, reason, self._clock())
        )
        await wake_saga(cancelled)
        return cancelled
