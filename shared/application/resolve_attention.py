"""Recording what a person did about an order that needed attention."""

from shared.application.ports import Clock, Orders, StartSaga
from shared.domain.milestones import WorkOutcome
from shared.domain.order import Order
from shared.domain.refund import SUPERSEDED
from shared.domain.resolution import resolve


class ResolveAttention:
    """Takes an order off the list, with its books as the person says they are."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._clock = clock

    async def __call__(
        self, order_id: str, outcome: WorkOutcome, text: str, by: str, start_saga: StartSaga
    ) -> Order:
        """The order, from where its work was to lead. What else it is owed is started.

        Raises:
            OrderNotFound
            ActionNotAllowed: it needs no attention, or not any more.
            OutcomeNotPossible: its work cannot have ended so.
            ConcurrentUpdate: somebody else is at it; nothing was recorded.
        """
        order = await self._orders.get(order_id)
        now = self._clock()
        changed, closed = resolve(order, outcome, text, by, now)
        refunds = [await self._orders.refund(order_id, one.id) for one in closed]
        failure = None if outcome is WorkOutcome.DONE else SUPERSEDED
        settled = [one.settled(now, failure) for one in refunds if one.is_pending]
        await self._orders.record(*changed, *settled)
        await start_saga(changed[0])
        return changed[0]
