"""Moving an order to its next state, however often the step is repeated."""

from typing import Any

from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders
from shared.domain.order import Changed, Order, OrderStatus


class AdvanceOrder:
    """Change an order's state and record the event of the change, once."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(self, order: Order, to: OrderStatus, **details: Any) -> Order:
        """The order in state *to*, with *details* as :meth:`Order.advance` takes them. It is left
        alone if it is there already.

        *order* may be stale: whoever was faster is noticed, and the order read again.

        Raises:
            IllegalTransition: from where the order really is, *to* cannot be reached.
            CancellationRequested: the order does not go forward any more.
            ConcurrentUpdate: the order kept changing while this call looked at it.
        """

        def advance(current: Order) -> Changed | None:
            if current.status is to:
                return None
            return current.advance(to, self._clock(), **details)

        return await self._change_order(order, advance)
