"""What follows inside the app from a change of an order: its saga, its line in a list."""

import structlog

from shared.application.bounded import for_each
from shared.application.ports import CustomerOrders, StartSaga
from shared.application.set_aside import FeedPage, SetAside
from shared.domain.errors import OrderError
from shared.domain.order import Order, OrderStatus
from shared.domain.order_summary import OrderSummary

_log = structlog.get_logger(__name__)


class FollowOrders:
    """Follow a page of changed orders. Repeatable: the page comes again until all of it worked."""

    def __init__(
        self, customer_orders: CustomerOrders, set_aside: SetAside, concurrency: int
    ) -> None:
        self._customer_orders = customer_orders
        self._set_aside = set_aside
        self._concurrency = concurrency

    async def __call__(self, page: FeedPage[Order], start_missing_saga: StartSaga) -> None:
        """Return once the page is done with.

        Raises:
            Transient: it is not; deliver it again.
        """
        try:
            await self._follow(page, start_missing_saga)
        except OrderError as failure:
            _log.warning("follow_failed", code=failure.code)
            raise
        if page.items:
            _log.info("orders_followed", count=len(page.items))

    async def _follow(self, page: FeedPage[Order], start_missing_saga: StartSaga) -> None:
        # An order that still waits for its saga may have been stored by a process that died before
        # it could start it, or wake it. First of all: somebody waits for the goods.
        owing = [order for order in page.items if _may_lack_a_saga(order)]
        await for_each(owing, start_missing_saga, at_most=self._concurrency)
        await self._customer_orders.put([OrderSummary.of(order) for order in page.items])
        await self._set_aside(page.unreadable)


def _may_lack_a_saga(order: Order) -> bool:
    """Whether somebody was to start or wake a saga right after this change. That of an order which
    has come further than Pending runs, or was recorded as running, and is left alone.
    """
    is_under_way = not order.status.is_settled and order.status is not OrderStatus.PENDING
    return order.owes_work and (not is_under_way or order.has_news)
