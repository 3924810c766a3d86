"""Changing an order and recording the event of the change, once, whoever else changes it."""

from collections.abc import Callable

from shared.application.ports import Orders
from shared.domain.errors import ConcurrentUpdate
from shared.domain.order import Changed, Order
from shared.domain.refund import Refund

Change = Callable[[Order], Changed | None]
"""What to make of an order as it is now; None if there is nothing left to be done."""

# Each failure means that somebody else's change was stored: orders have few who change them.
_ATTEMPTS = 5


class ChangeOrder:
    """Apply a change to whatever the order is by then."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    async def __call__(self, order: Order, change: Change, *refunds: Refund) -> Order:
        """The order after *change*, stored with its event, and with *refunds* as they are now.

        *order* may be stale: whoever was faster is noticed, and the order read again. What *change*
        raises is raised, and then nothing was stored.

        Raises:
            ConcurrentUpdate: the order kept changing while this call looked at it.
            RefundExists: as :meth:`Orders.record` does.
        """
        for _ in range(_ATTEMPTS):
            changed = change(order)
            if changed is None:
                return order
            try:
                await self._orders.record(*changed, *refunds)
            except ConcurrentUpdate:
                # Another writer, or our own write whose answer was lost: the stored order tells.
                order = await self._orders.get(order.id)
            else:
                return changed[0]
        raise ConcurrentUpdate("order", order.id)
