"""The documents of the ``orders`` and ``stock`` containers, and how they map to the domain.

Stored documents outlive any deployment: add properties, never rename or reuse one.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from shared.adapters.approval_documents import review_document, review_from
from shared.adapters.milestone_documents import milestones_document, milestones_from
from shared.adapters.times import rfc3339
from shared.domain.money import Money
from shared.domain.order import Address, Order, OrderEvent, OrderLine, OrderStatus
from shared.domain.reconciliation import next_check
from shared.domain.stock import Product, StockItem

Document = dict[str, Any]

STOCK_ID = "stock"

# Of the moments by which an order is found: until when it waits for a decision, and when it is due
# to be looked at.
APPROVAL_DUE = "approvalDue"
CHECK_AT = "checkAt"

_WAS_PAID = ("Paid", "Confirmed", "Shipped", "Delivered")
EVENT_ID_PREFIX = "event-"


def event_id(number: int) -> str:
    """Numbered, not random: a repeated change meets its own event (409)."""
    return f"{EVENT_ID_PREFIX}{number:04d}"


def reservation_id(order_id: str) -> str:
    """One reservation per order in each SKU's partition."""
    return f"reservation-{order_id}"


def processed_id(event_key: str) -> str:
    """One record per event that has changed the stock level, in the SKU's partition."""
    return f"processed-{event_key}"


def order_document(order: Order) -> Document:
    """The order as it is stored."""
    return {
        "id": order.id,
        "orderId": order.id,
        "customerId": order.customer_id,
        "currency": order.total.currency,
        "totalMinorUnits": order.total.minor_units,
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unitPriceMinorUnits": line.unit_price.minor_units,
            }
            for line in order.lines
        ],
        "shippingAddress": asdict(order.shipping_address),
        "paymentMethod": order.payment_method,
        "flags": dict(order.flags),
        "fingerprint": order.fingerprint,
        "placedAt": rfc3339(order.placed_at),
        **_what_few_orders_have(order),
        **mutable_properties(order),
    }


def _what_few_orders_have(order: Order) -> Document:
    document = {
        "billingAddress": order.billing_address and asdict(order.billing_address),
        "review": review_document(order.review),
    }
    return {name: value for name, value in document.items() if value}


def mutable_properties(order: Order) -> Document:
    """What changes after intake: the properties that a state change patches."""
    return {
        "status": order.status.value,
        "version": order.version,
        "updatedAt": rfc3339(order.updated_at or order.placed_at),
        "reason": order.reason,
        "paymentId": order.payment_id,
        "milestones": milestones_document(order.milestones) | _moments_to_be_found_by(order),
    }


def _moments_to_be_found_by(order: Order) -> Document:
    """What orders are listed by, and indexed for: there only as long as it applies."""
    moments = {APPROVAL_DUE: order.approval_due, CHECK_AT: next_check(order)}
    return {name: rfc3339(moment) for name, moment in moments.items() if moment}


def order_from(document: Document) -> Order:
    """The order that :func:`order_document` stored."""
    currency = document["currency"]
    return Order(
        id=document["id"],
        customer_id=document["customerId"],
        lines=tuple(
            OrderLine(
                line["sku"],
                line["name"],
                line["quantity"],
                Money(line["unitPriceMinorUnits"], currency),
            )
            for line in document["lines"]
        ),
        total=Money(document["totalMinorUnits"], currency),
        shipping_address=Address(**document["shippingAddress"]),
        payment_method=document["paymentMethod"],
        flags=document["flags"],
        fingerprint=document["fingerprint"],
        placed_at=datetime.fromisoformat(document["placedAt"]),
        status=OrderStatus(document["status"]),
        version=document["version"],
        updated_at=datetime.fromisoformat(document["updatedAt"]),
        reason=document["reason"],
        payment_id=document["paymentId"],
        milestones=milestones_from(_milestones_of(document)),
        billing_address=_address_from(document.get("billingAddress")),
        review=review_from(document.get("review")),
    )


def _address_from(document: Document | None) -> Address | None:
    return Address(**document) if document else None


def _milestones_of(document: Document) -> Document:
    if "milestones" in document:
        return dict(document["milestones"])
    # Stored before milestones were: what was paid then was taken in full, and nothing given back.
    paid = document["status"] in _WAS_PAID
    return {"capturedMinorUnits": document["totalMinorUnits"]} if paid else {}


def event_document(event: OrderEvent) -> Document:
    """An entry of the timeline, in the partition of its order."""
    return {
        "id": event_id(event.number),
        "orderId": event.order_id,
        "number": event.number,
        "type": event.type,
        "at": rfc3339(event.at),
        "status": event.status.value,
        "reason": event.reason,
    } | _money_document(event.amount)


def event_from(document: Document) -> OrderEvent:
    """The event that :func:`event_document` stored."""
    return OrderEvent(
        order_id=document["orderId"],
        number=document["number"],
        type=document["type"],
        at=datetime.fromisoformat(document["at"]),
        status=OrderStatus(document["status"]),
        reason=document["reason"],
        amount=_money_from(document),
    )


def _money_document(amount: Money | None) -> Document:
    return {"amountMinorUnits": amount.minor_units, "currency": amount.currency} if amount else {}


def _money_from(document: Document) -> Money | None:
    if "amountMinorUnits" not in document:
        return None
    return Money(document["amountMinorUnits"], document["currency"])


def stock_document(item: StockItem) -> Document:
    """A product with its level."""
    return {
        "id": STOCK_ID,
        "sku": item.product.sku,
        "name": item.product.name,
        "priceMinorUnits": item.product.price.minor_units,
        "currency": item.product.price.currency,
        "onHand": item.on_hand,
        "reserved": item.reserved,
    }


def stock_from(document: Document) -> StockItem:
    """The item that :func:`stock_document` stored."""
    price = Money(document["priceMinorUnits"], document["currency"])
    product = Product(document["sku"], document["name"], price)
    return StockItem(product, document["onHand"], document["reserved"])
