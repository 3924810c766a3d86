"""Asking for an order's approval, and looking whether there is a decision."""

from datetime import datetime

import structlog

from activities.outcomes import DONE, ended, refused
from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders
from shared.domain.approval import expire, request_approval
from shared.domain.errors import ApprovalExpired, CancellationRequested, NotApproved
from shared.domain.order import Order
from shared.domain.review import Decision
from shared.durable_contract import Outcome, Step

_log = structlog.get_logger(__name__)


class ApprovalActivities:
    """``request_approval`` and ``check_approval``."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def request_approval(self, step: Step) -> Outcome:
        """The order becomes AwaitingApproval; the outcome has the deadline that holds."""
        order = await self._orders.get(step["orderId"])
        if (end := ended(order)) is not None:
            return end
        deadline = datetime.fromisoformat(step["deadline"])
        try:
            order = await self._change_order(
                order, lambda current: request_approval(current, deadline, self._clock())
            )
        except CancellationRequested as cancelled:
            return refused(cancelled)
        if approval := order.milestones.approval:
            deadline = approval.deadline
        return Outcome(outcome="done", deadline=deadline.isoformat())

    async def check_approval(self, step: Step) -> Outcome:
        """What was decided. ``expired``: if nothing was by now, that is recorded as a decision."""
        order = await self._orders.get(step["orderId"])
        if step["expired"]:
            order = await self._change_order(order, lambda current: expire(current, self._clock()))
        outcome = ended(order) or _decision_on(order)
        _log.info("approval_checked", order_id=order.id, outcome=outcome["outcome"])
        return outcome


def _decision_on(order: Order) -> Outcome:
    approval = order.milestones.approval
    match approval and approval.decision:
        case Decision.APPROVED:
            return DONE
        case Decision.REJECTED:
            return refused(NotApproved(order.id))
        case Decision.EXPIRED:
            return refused(ApprovalExpired(order.id))
    return Outcome(outcome="done", waiting=True)
