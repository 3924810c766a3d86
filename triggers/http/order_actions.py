"""What people do to orders: cancel them, look at those that need attention, go on with them."""

from typing import Annotated

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient
from pydantic import Field, StringConstraints

from shared.adapters.durable_sagas import DurableSagas, saga_starter
from shared.application.cancel_order import CancelOrder
from shared.application.ports import Clock, Orders
from shared.application.resolve_attention import ResolveAttention
from shared.application.resume_order import ResumeOrder
from shared.application.submission import Message, Text
from shared.domain.milestones import WorkOutcome
from triggers.http.answering import answering
from triggers.http.principal import FUNCTION_KEY, Callers
from triggers.http.requests import path_order_id, query_limit, read_body
from triggers.http.responses import answer, attention_json, order_json, order_path, resolution_json

_log = structlog.get_logger(__name__)

_MAX_BYTES = 8 * 1024


class _Cancellation(Message):
    """Why an order is to be cancelled, in the words of whoever asks."""

    reason: Annotated[Text, StringConstraints(max_length=200)]


class _Resolution(Message):
    """What a person did about an order, in that person's words."""

    # A JSON string becomes a member only where the rest of the message is not strict about it.
    outcome: Annotated[WorkOutcome, Field(strict=False)]
    resolution: Annotated[Text, StringConstraints(max_length=500)]


class OrderActionsApi:
    """``/orders/{orderId}/cancel``, ``/resume``, ``/resolve`` and ``/resolutions``, and
    ``/ops/attention``.
    """

    def __init__(
        self,
        cancel_order: CancelOrder,
        resume_order: ResumeOrder,
        resolve_attention: ResolveAttention,
        orders: Orders,
        callers: Callers,
        clock: Clock,
    ) -> None:
        self._cancel_order = cancel_order
        self._resume_order = resume_order
        self._resolve_attention = resolve_attention
        self._orders = orders
        self._clock = clock
        self._callers = callers

    @answering
    async def request_cancellation(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /orders/{orderId}/cancel``: 202; the order is Cancelled once all is undone."""
        order_id = path_order_id(req)
        reason = read_body(req, _Cancellation, _MAX_BYTES).reason
        order = await self._cancel_order(order_id, reason, saga_starter(client))
        _log.info("cancellation_requested", order_id=order_id)
        return answer(order_json(order), 202, {"Location": order_path(order)})

    @answering
    async def resume_order(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /orders/{orderId}/resume``: 202; what was given up is tried again."""
        order = await self._resume_order(path_order_id(req), DurableSagas(client))
        _log.info("order_resumed", order_id=order.id)
        return answer(order_json(order), 202, {"Location": order_path(order)})

    @answering
    async def resolve_attention(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /orders/{orderId}/resolve``: 200; what a person did is the record now."""
        order_id = path_order_id(req)
        said = read_body(req, _Resolution, _MAX_BYTES)
        person = self._callers.principal_id(req) or FUNCTION_KEY
        order = await self._resolve_attention(
            order_id, said.outcome, said.resolution, person, saga_starter(client)
        )
        _log.info("attention_resolved", order_id=order_id, outcome=said.outcome.value)
        return answer(order_json(order), headers={"Location": order_path(order)})

    @answering
    async def list_resolutions(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /orders/{orderId}/resolutions``: what people did about it, in their words."""
        order = await self._orders.get(path_order_id(req))
        resolutions = [resolution_json(one) for one in order.milestones.resolutions]
        body = {"orderId": order.id, "resolutions": resolutions}
        return answer(body, headers={"Cache-Control": "no-store"})

    @answering
    async def list_attention(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /ops/attention``: the orders that need a person, those that wait longest first."""
        limit = query_limit(req)
        page = await self._orders.in_attention(limit, req.params.get("continuation"))
        now = self._clock()
        body = {"orders": [attention_json(order, now) for order in page.items]}
        more = {"continuation": page.continuation} if page.continuation else {}
        return answer(body | more, headers={"Cache-Control": "no-store"})
