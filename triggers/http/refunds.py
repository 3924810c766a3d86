"""Refunds of an order: asking for one, and looking at them."""

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient

from shared.adapters.durable_sagas import saga_starter
from shared.application.ports import Orders
from shared.application.refund_messages import RefundRequest
from shared.application.request_refund import RequestRefund
from triggers.http.answering import answering
from triggers.http.requests import (
    MAX_ORDER_BYTES,
    idempotency_key,
    path_order_id,
    path_refund_id,
    read_body,
)
from triggers.http.responses import answer, refund_json, refund_path

_log = structlog.get_logger(__name__)

_RETRY_AFTER_SECONDS = "1"


class RefundsApi:
    """``/orders/{orderId}/refunds``."""

    def __init__(self, request_refund: RequestRefund, orders: Orders) -> None:
        self._request_refund = request_refund
        self._orders = orders

    @answering
    async def request_refund(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /orders/{orderId}/refunds``: 202; the money is promised, and on its way."""
        order_id, key = path_order_id(req), idempotency_key(req)
        wanted = read_body(req, RefundRequest, MAX_ORDER_BYTES)
        receipt = await self._request_refund(order_id, wanted, key, saga_starter(client))
        refund = receipt.refund
        _log.info("refund_requested", order_id=order_id, refund_id=refund.id)
        headers = {"Location": refund_path(refund), "Retry-After": _RETRY_AFTER_SECONDS}
        if receipt.replayed:
            headers["Idempotent-Replayed"] = "true"
        return answer(refund_json(refund), 202, headers)

    @answering
    async def list_refunds(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /orders/{orderId}/refunds``: every refund of the order, oldest first."""
        order_id = path_order_id(req)
        await self._orders.get(order_id)
        refunds = await self._orders.refunds(order_id)
        body = {"orderId": order_id, "refunds": [refund_json(refund) for refund in refunds]}
        return answer(body, headers={"Cache-Control": "no-store"})

    @answering
    async def get_refund(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /orders/{orderId}/refunds/{refundId}``: one point read."""
        refund = await self._orders.refund(path_order_id(req), path_refund_id(req))
        return answer(refund_json(refund), headers={"Cache-Control": "no-store"})
