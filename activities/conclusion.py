"""The ends of a fulfilment: confirmed, rejected, or handed to a person."""

import structlog

from activities.outcomes import DONE
from shared.application.advance_order import AdvanceOrder
from shared.application.ports import Orders
from shared.domain.order import OrderStatus
from shared.durable_contract import Outcome, Step

_log = structlog.get_logger(__name__)


class ConclusionActivities:
    """``confirm_order``, ``reject_order`` and ``flag_order``."""

    def __init__(self, orders: Orders, advance: AdvanceOrder) -> None:
        self._orders = orders
        self._advance = advance

    async def confirm_order(self, step: Step) -> Outcome:
        """The order becomes Confirmed: its stock is held and it is paid."""
        return await self._conclude(step, OrderStatus.CONFIRMED)

    async def reject_order(self, step: Step) -> Outcome:
        """The order becomes Rejected, with the reason; everything it held was given back."""
        return await self._conclude(step, OrderStatus.REJECTED)

    async def flag_order(self, step: Step) -> Outcome:
        """The order becomes NeedsAttention: the reason names what could not be undone."""
        return await self._conclude(step, OrderStatus.NEEDS_ATTENTION)

    async def _conclude(self, step: Step, status: OrderStatus) -> Outcome:
        order = await self._orders.get(step["orderId"])
        reason = step.get("reason")
        await self._advance(order, status, reason=reason)
        _log.info("order_concluded", order_id=order.id, status=status.value, reason=reason)
        return DONE
