"""How orders, timelines and products look on the wire."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import azure.functions as func

from shared.application.ports import Page, WorkerProgress
from shared.domain.actions import allowed_actions
from shared.domain.milestones import Resolution
from shared.domain.money import Money
from shared.domain.order import Order, OrderEvent, OrderStatus
from shared.domain.order_summary import OrderSummary
from shared.domain.refund import Refund
from shared.domain.stock import StockItem
from triggers.http.approvals_json import approval_json

Json = dict[str, Any]

ORDERS_PATH = "/api/orders"
CUSTOMERS_PATH = "/api/customers"


def answer(
    body: Json, status: int = 200, headers: dict[str, str] | None = None
) -> func.HttpResponse:
    """A JSON answer."""
    return func.HttpResponse(
        json.dumps(body), status_code=status, headers=headers or {}, mimetype="application/json"
    )


def order_path(order: Order) -> str:
    """Where the order can be read, relative to the server."""
    return f"{ORDERS_PATH}/{order.id}"


def money_json(money: Money) -> Json:
    """A decimal string with its currency."""
    return {"amount": money.amount, "currency": money.currency}


def submitted_json(order: Order) -> Json:
    """The order as intake answers it: the same today and in a year, whatever became of it."""
    path = order_path(order)
    return {
        "id": order.id,
        "status": OrderStatus.PENDING.value,
        "customerId": order.customer_id,
        "placedAt": order.placed_at.isoformat(),
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unitPrice": money_json(line.unit_price),
                "total": money_json(line.total),
            }
            for line in order.lines
        ],
        "total": money_json(order.total),
        "links": {"self": path, "events": f"{path}/events"},
    }


def order_json(order: Order) -> Json:
    """The order as it is now. Address and payment method stay inside."""
    body = submitted_json(order)
    body["status"] = order.status.value
    body["updatedAt"] = (order.updated_at or order.placed_at).isoformat()
    if order.reason:
        body["reason"] = order.reason
    if order.payment_id:
        body["paymentId"] = order.payment_id
    return body | _milestones_json(order) | {"actions": list(allowed_actions(order))}


def _milestones_json(order: Order) -> Json:
    marks = order.milestones
    body: Json = {}
    if marks.captured_minor_units:
        body["captured"] = money_json(order.captured)
    if marks.refunded_minor_units:
        body["refunded"] = money_json(order.refunded)
    if marks.refunding_minor_units:
        body["refunding"] = money_json(Money(marks.refunding_minor_units, order.total.currency))
    if hold := marks.hold:
        body["hold"] = {"expiresAt": hold.expires_at.isoformat()} if hold.expires_at else {}
    if cancellation := marks.cancellation:
        body["cancellation"] = {
            "reason": cancellation.reason,
            "requestedAt": cancellation.at.isoformat(),
        }
    if shipment := marks.shipment:
        body["shipment"] = {"dispatchedAt": shipment.dispatched_at.isoformat()}
        body["shipment"] |= {"carrier": shipment.carrier} if shipment.carrier else {}
        number = shipment.tracking_number
        body["shipment"] |= {"trackingNumber": number} if number else {}
    if approval := approval_json(order):
        body["approval"] = approval
    return body


def refund_path(refund: Refund) -> str:
    """Where the refund can be read, relative to the server."""
    return f"{ORDERS_PATH}/{refund.order_id}/refunds/{refund.id}"


def refund_json(refund: Refund) -> Json:
    """A refund, and what became of it."""
    body: Json = {
        "id": refund.id,
        "orderId": refund.order_id,
        "state": refund.state.value,
        "amount": money_json(refund.amount),
        "reason": refund.reason,
        "restock": refund.restock,
        "requestedAt": refund.requested_at.isoformat(),
        "links": {"self": refund_path(refund), "order": f"{ORDERS_PATH}/{refund.order_id}"},
    }
    if refund.lines:
        body["lines"] = [{"sku": line.sku, "quantity": line.quantity} for line in refund.lines]
    if refund.settled_at:
        body["settledAt"] = refund.settled_at.isoformat()
    return body | ({"failure": refund.failure} if refund.failure else {})


def attention_json(order: Order, now: datetime) -> Json:
    """An order that needs a person: since when, why, and what was tried."""
    body: Json = {
        "id": order.id,
        "reason": order.reason,
        "total": money_json(order.total),
        "links": {
            "self": order_path(order),
            "resume": f"{order_path(order)}/resume",
            "resolve": f"{order_path(order)}/resolve",
        },
    }
    if attention := order.milestones.attention:
        body |= {
            "since": attention.since.isoformat(),
            "ageSeconds": round((now - attention.since).total_seconds()),
            "work": attention.work.value,
            "failedSteps": list(attention.steps),
            "tried": attention.tried,
            "leadsTo": attention.back_to,
        }
    return body


def resolution_json(resolution: Resolution) -> Json:
    """What a person did about an order: for operators, since it is in that person's words."""
    return {
        "at": resolution.at.isoformat(),
        "work": resolution.work,
        "outcome": resolution.outcome.value,
        "reason": resolution.reason,
        "by": resolution.by,
        "resolution": resolution.text,
    }


def event_json(event: OrderEvent) -> Json:
    """One entry of the timeline."""
    body: Json = {
        "number": event.number,
        "type": event.type,
        "at": event.at.isoformat(),
        "status": event.status.value,
    }
    if event.amount:
        body["amount"] = money_json(event.amount)
    return body | ({"reason": event.reason} if event.reason else {})


def summary_json(summary: OrderSummary) -> Json:
    """An order in its customer's list."""
    body = {
        "id": summary.order_id,
        "status": summary.status.value,
        "placedAt": summary.placed_at.isoformat(),
        "updatedAt": summary.updated_at.isoformat(),
        "lineCount": summary.line_count,
        "total": money_json(summary.total),
        "links": {"self": f"{ORDERS_PATH}/{summary.order_id}"},
    }
    return body | ({"reason": summary.reason} if summary.reason else {})


def customer_orders_json(customer_id: str, limit: int, page: Page[OrderSummary]) -> Json:
    """Part of a customer's orders, and where the next part is."""
    path = f"{CUSTOMERS_PATH}/{quote(customer_id, safe='')}/orders"
    body: Json = {
        "customerId": customer_id,
        "orders": [summary_json(summary) for summary in page.items],
        "links": {"self": path},
    }
    if page.continuation:
        body["continuation"] = page.continuation
        query = urlencode({"limit": limit, "continuation": page.continuation})
        body["links"]["next"] = f"{path}?{query}"
    return body


def relay_worker_json(progress: WorkerProgress, lag_seconds: float) -> Json:
    """How a worker of the relay fares, with its lag as of now."""
    body: Json = {
        "worker": progress.worker,
        "lagSeconds": lag_seconds,
        "published": progress.published,
        "reportedAt": progress.reported_at.isoformat(),
    }
    if progress.oldest_unpublished:
        body["oldestUnpublished"] = progress.oldest_unpublished.isoformat()
    if progress.failing_since:
        body["failingSince"] = progress.failing_since.isoformat()
        body["lastError"] = progress.last_error
    return body


def product_json(item: StockItem) -> Json:
    """A product with its stock level."""
    return {
        "sku": item.product.sku,
        "name": item.product.name,
        "price": money_json(item.product.price),
        "onHand": item.on_hand,
        "reserved": item.reserved,
        "available": item.available,
    }
