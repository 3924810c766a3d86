"""The ends of a saga: confirmed, undone, or handed to a person; and back from there."""

from datetime import datetime
from typing import Any

import structlog

from activities.outcomes import DONE, ended, refused
from shared.application.advance_order import AdvanceOrder
from shared.application.change_order import ChangeOrder
from shared.application.flag_order import FlagOrder
from shared.application.ports import Clock, Orders
from shared.domain.attention import clear
from shared.domain.cancellation import undone
from shared.domain.errors import CancellationRequested
from shared.domain.milestones import Hold, Work
from shared.domain.order import OrderStatus
from shared.durable_contract import Outcome, Step

_log = structlog.get_logger(__name__)


class ConclusionActivities:
    """Confirmed, Rejected, Cancelled, NeedsAttention, and back from there: a step for each."""

    def __init__(
        self, orders: Orders, advance: AdvanceOrder, flag: FlagOrder, clock: Clock
    ) -> None:
        self._orders = orders
        self._advance = advance
        self._flag = flag
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def confirm_order(self, step: Step) -> Outcome:
        """The order becomes Confirmed: its stock is held, and it is paid, or its money held."""
        order = await self._orders.get(step["orderId"])
        if order.status is not OrderStatus.CONFIRMED and (end := ended(order)) is not None:
            return end
        try:
            await self._advance(order, OrderStatus.CONFIRMED, **_held(step))
        except CancellationRequested as cancelled:
            return refused(cancelled)
        _log.info("order_concluded", order_id=order.id, status=OrderStatus.CONFIRMED.value)
        return DONE

    async def reject_order(self, step: Step) -> Outcome:
        """The order becomes Rejected, with the reason; everything it held was given back."""
        return await self._undone(step, OrderStatus.REJECTED)

    async def cancel_order(self, step: Step) -> Outcome:
        """The order becomes Cancelled; everything it held was given back."""
        return await self._undone(step, OrderStatus.CANCELLED)

    async def flag_order(self, step: Step) -> Outcome:
        """The order becomes NeedsAttention: what could not be finished, and which steps failed."""
        order = await self._orders.get(step["orderId"])
        await self._flag(
            order,
            # Sagas that began before there were kinds of work gave up only on undoing.
            Work(step.get("work", Work.UNDO)),
            step["reason"],
            to=step.get("status") or None,
            steps=tuple(step.get("failed", ())),
            attempt=step.get("attempt", 1),
        )
        return DONE

    async def clear_attention(self, step: Step) -> Outcome:
        """The order goes back to where it was, or on to where its finished work leads."""
        order = await self._orders.get(step["orderId"])

        order = await self._change_order(order, lambda current: clear(current, self._clock()))
        _log.info("attention_cleared", order_id=order.id, status=order.status.value)
        return DONE

    async def _undone(self, step: Step, to: OrderStatus) -> Outcome:
        order = await self._orders.get(step["orderId"])
        reason = step.get("reason")
        await self._change_order(order, lambda current: undone(current, to, reason, self._clock()))
        _log.info("order_concluded", order_id=order.id, status=to.value, reason=reason)
        return DONE


def _held(step: Step) -> dict[str, Any]:
    """What confirming records of money that is not taken before the parcel leaves."""
    if "paymentId" not in step:
        return {}
    until = step.get("expiresAt")
    hold = Hold(datetime.fromisoformat(until) if until else None)
    return {"payment_id": step["paymentId"], "hold": hold}
