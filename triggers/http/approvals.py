"""Deciding about orders that wait for approval."""

from datetime import datetime
from typing import Annotated, Literal

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient
from pydantic import StringConstraints

from shared.adapters.durable_sagas import saga_starter
from shared.application.decide_approval import DecideApproval
from shared.application.ports import Clock, Orders
from shared.application.submission import Message, Text
from shared.domain.approval import Verdict
from shared.domain.order import Order
from shared.domain.review import Decision
from triggers.http.answering import answering
from triggers.http.approvals_json import Json, approval_json
from triggers.http.principal import Callers
from triggers.http.requests import path_order_id, query_limit, read_body
from triggers.http.responses import answer, money_json, order_json, order_path

_log = structlog.get_logger(__name__)

_MAX_BYTES = 8 * 1024
_NO_STORE = {"Cache-Control": "no-store"}

_DECISIONS = {"approve": Decision.APPROVED, "reject": Decision.REJECTED}


class _Approval(Message):
    """What somebody decides about an order."""

    decision: Literal["approve", "reject"]
    comment: Annotated[Text, StringConstraints(max_length=500)] | None = None


class ApprovalsApi:
    """``/orders/{orderId}/approval`` and ``/ops/approvals``, for those with the approver role."""

    def __init__(
        self,
        decide_approval: DecideApproval,
        orders: Orders,
        callers: Callers,
        approver_role: str,
        clock: Clock,
    ) -> None:
        self._decide_approval = decide_approval
        self._orders = orders
        self._callers = callers
        self._approver_role = approver_role
        self._clock = clock

    @answering
    async def decide_approval(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /orders/{orderId}/approval``: 202; the saga goes on by the decision."""
        approver = self._callers.with_role(self._approver_role, req)
        order_id = path_order_id(req)
        asked = read_body(req, _Approval, _MAX_BYTES)
        verdict = Verdict(_DECISIONS[asked.decision], approver, asked.comment or "")
        order = await self._decide_approval(order_id, verdict, saga_starter(client))
        _log.info("approval_decided", order_id=order_id, decision=verdict.decision.value)
        return answer(order_json(order), 202, {"Location": order_path(order)})

    @answering
    async def get_approval(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /orders/{orderId}/approval``: what was decided, by whom, and the comment."""
        self._callers.with_role(self._approver_role, req)
        order = await self._orders.get(path_order_id(req))
        return answer(_details_json(order), headers=_NO_STORE)

    @answering
    async def list_approvals(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /ops/approvals``: the orders that wait for a decision, the next due first."""
        self._callers.with_role(self._approver_role, req)
        limit = query_limit(req)
        page = await self._orders.awaiting_approval(limit, req.params.get("continuation"))
        now = self._clock()
        body = {"orders": [_waiting_json(order, now) for order in page.items]}
        more = {"continuation": page.continuation} if page.continuation else {}
        return answer(body | more, headers=_NO_STORE)


def _details_json(order: Order) -> Json:
    """The same, and who decided what for which reason: for approvers."""
    body: Json = {"orderId": order.id, "status": order.status.value} | approval_json(order)
    approval = order.milestones.approval
    if approval and approval.decision:
        body |= {"decidedBy": approval.decided_by} if approval.decided_by else {}
        body |= {"comment": approval.comment} if approval.comment else {}
    return body


def _waiting_json(order: Order, now: datetime) -> Json:
    """An order that waits for a decision: why, and how long still."""
    due = order.approval_due or now
    path = order_path(order)
    return {
        "id": order.id,
        "total": money_json(order.total),
        "placedAt": order.placed_at.isoformat(),
        **approval_json(order),
        "secondsLeft": max(0, round((due - now).total_seconds())),
        "links": {"self": path, "approval": f"{path}/approval"},
    }
