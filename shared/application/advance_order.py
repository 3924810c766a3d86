"""Moving an order to its next state, however often the step is repeated."""

from shared.application.ports import Clock, Orders
from shared.domain.errors import ConcurrentUpdate
from shared.domain.order import Order, OrderStatus


class AdvanceOrder:
    """Change an order and record the event of the change, once."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._clock = clock

    async def __call__(
        self,
        order: Order,
        to: OrderStatus,
        *,
        reason: str | None = None,
        payment_id: str | None = None,
    ) -> Order:
        """The order in state *to*. It is left alone if it is there already.

        *order* may be stale: whoever was faster is noticed, and the order read again.

        Raises:
            IllegalTransition: from where the order really is, *to* cannot be reached.
            ConcurrentUpdate: the order changed twice while this call looked at it.
        """
        try:
            return await self._change(order, to, reason, payment_id)
        except ConcurrentUpdate:
            # Either another writer, or our own write whose answer was lost: the stored order tells.
            fresh = await self._orders.get(order.id)
            return await self._change(fresh, to, reason, payment_id)

    async def _change(
        self, order: Order, to: OrderStatus, reason: str | None, payment_id: str | None
    ) -> Order:
        if order.status is to:
            return order
        changed, event = order.advance(to, self._clock(), reason=reason, payment_id=payment_id)
        await self._orders.record(changed, event)
        return changed
