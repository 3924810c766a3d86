"""How orders, timelines and products look on the wire."""

import json
from typing import Any

import azure.functions as func

from shared.domain.money import Money
from shared.domain.order import Order, OrderEvent, OrderStatus
from shared.domain.stock import StockItem

Json = dict[str, Any]

ORDERS_PATH = "/api/orders"


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
    return body


def event_json(event: OrderEvent) -> Json:
    """One entry of the timeline."""
    body = {
        "number": event.number,
        "type": event.type,
        "at": event.at.isoformat(),
        "status": event.status.value,
    }
    return body | ({"reason": event.reason} if event.reason else {})


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
