"""Whether an order that is being taken in needs somebody's approval."""

from dataclasses import replace

import structlog

from shared.application.ports import Clock, CustomerOrders, ReviewPolicies
from shared.domain.errors import Unavailable
from shared.domain.order import Order
from shared.domain.review import Reason, Review
from shared.domain.review_policy import Findings, History, ReviewPolicy

_log = structlog.get_logger(__name__)


class ReviewOrder:
    """Applies the policy of the moment, once for each order."""

    def __init__(
        self, policies: ReviewPolicies, customer_orders: CustomerOrders, clock: Clock
    ) -> None:
        self._policies = policies
        self._customer_orders = customer_orders
        self._clock = clock

    async def __call__(self, order: Order) -> Review | None:
        """Why *order* needs approval, and how long it waits for it; None if it needs none.

        An order whose customer's history would decide and cannot be read is reviewed.

        Raises:
            Unavailable: the policy is not known.
        """
        policy = await self._policies.current()
        found = policy.at_sight(order)
        if not policy.depends_on_history(found):
            return policy.verdict(found)
        try:
            found = await self._with_history(policy, found, order.customer_id)
        except Unavailable:
            _log.warning("customer_history_unknown", order_id=order.id)
            reasons = (*found.reasons, Reason.HISTORY_UNKNOWN)
            return policy.review(replace(found, reasons=reasons))
        return policy.verdict(found)

    async def _with_history(
        self, policy: ReviewPolicy, found: Findings, customer_id: str
    ) -> Findings:
        newest = await self._customer_orders.page(customer_id, policy.orders_to_look_at, None)
        return policy.with_history(found, History(newest.items, self._clock()))
