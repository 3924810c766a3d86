"""Submitting orders and reading them."""

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient

from shared.adapters.durable_sagas import saga_starter
from shared.application.ports import Orders
from shared.application.submission import OrderSubmission
from shared.application.submit_order import SubmitOrder
from shared.domain.order import Order
from triggers.http.answering import answering
from triggers.http.principal import Callers
from triggers.http.requests import MAX_ORDER_BYTES, idempotency_key, path_order_id, read_body
from triggers.http.responses import answer, event_json, order_json, order_path, submitted_json

_log = structlog.get_logger(__name__)

# A typical order is final after this long.
_RETRY_AFTER_SECONDS = "1"


class OrdersApi:
    """``/orders``."""

    def __init__(self, submit_order: SubmitOrder, orders: Orders, callers: Callers) -> None:
        self._submit_order = submit_order
        self._orders = orders
        self._callers = callers

    @answering
    async def submit_order(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /orders``: 202 with the order, once it is stored and its saga started."""
        key = idempotency_key(req)
        submission = read_body(req, OrderSubmission, MAX_ORDER_BYTES)
        scope = self._scope(req, submission)
        receipt = await self._submit_order(submission, scope, key, saga_starter(client))
        _log.info("order_accepted", order_id=receipt.order.id, replayed=receipt.replayed)
        headers = {"Location": order_path(receipt.order), "Retry-After": _RETRY_AFTER_SECONDS}
        if receipt.replayed:
            headers["Idempotent-Replayed"] = "true"
        return answer(submitted_json(receipt.order), 202, headers)

    @answering
    async def get_order(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /orders/{orderId}``: one point read; 304 when the client has this version."""
        order = await self._orders.get(path_order_id(req))
        etag = _etag(order)
        if etag in _candidates(req):
            return func.HttpResponse(status_code=304, headers={"ETag": etag})
        return answer(order_json(order), headers={"ETag": etag, "Cache-Control": "no-cache"})

    @answering
    async def get_order_events(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /orders/{orderId}/events``: the timeline, oldest first."""
        order_id = path_order_id(req)
        events = await self._orders.events(order_id)
        return answer({"orderId": order_id, "events": [event_json(event) for event in events]})

    def _scope(self, req: func.HttpRequest, submission: OrderSubmission) -> str:
        """Whose idempotency keys these are: the authenticated client's, else the customer's."""
        return self._callers.principal_id(req) or submission.customer_id


def _etag(order: Order) -> str:
    """Strong: what is shown of an order changes with its version only."""
    return f'"{order.version}"'


def _candidates(req: func.HttpRequest) -> list[str]:
    """The entity tags of If-None-Match; weak ones compare equal here (RFC 9110, 13.1.2)."""
    header = req.headers.get("if-none-match", "")
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
