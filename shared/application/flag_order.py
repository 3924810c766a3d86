"""Handing an order to a person: listed and published, never only logged."""

import structlog

from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders
from shared.domain.attention import flag
from shared.domain.milestones import Work
from shared.domain.order import Changed, Order, OrderStatus
from shared.metrics import count_attention

_log = structlog.get_logger(__name__)


class FlagOrder:
    """Makes an order NeedsAttention, with what is left to be done."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(
        self,
        order: Order,
        work: Work,
        reason: str,
        *,
        to: str | None = None,
        steps: tuple[str, ...] = (),
        attempt: int = 1,
        fact: str | None = None,
    ) -> Order:
        """The order as NeedsAttention, once for each *attempt* at the work. *to* is the state that
        finishing it leads to, and without it the one that the order is in. *fact* is what somebody
        else has told, so that it is known when it is told again.

        Raises:
            IllegalTransition: the order has come to an end that leaves nothing to be done.
        """
        is_news = False

        def flagged(current: Order) -> Changed | None:
            nonlocal is_news
            back_to = OrderStatus(to) if to else current.status
            change = flag(
                current,
                work,
                reason,
                self._clock(),
                back_to=back_to,
                steps=steps,
                attempt=attempt,
                fact=fact,
            )
            is_news = change is not None
            return change

        changed = await self._change_order(order, flagged)
        if is_news:
            count_attention(work.value, reason)
        _log.error("order_needs_attention", order_id=order.id, work=work.value, reason=reason)
        return changed
