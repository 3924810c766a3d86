"""Approving an order that waits for it, or not."""

from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders, StartSaga
from shared.domain.approval import Verdict, decide
from shared.domain.order import Order


class DecideApproval:
    """Records the first decision about an order, and wakes the saga that waits for it."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(self, order_id: str, verdict: Verdict, wake_saga: StartSaga) -> Order:
        """The order with its decision. The same one again changes nothing, whoever it comes from.

        Raises:
            OrderNotFound
            ApprovalDecided: another decision was made before, or it is too late for any.
            ActionNotAllowed: the order does not wait for approval.
        """
        order = await self._orders.get(order_id)
        decided = await self._change_order(
            order, lambda current: decide(current, verdict, self._clock())
        )
        await wake_saga(decided)
        return decided
