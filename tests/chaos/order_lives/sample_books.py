"""Books of small orders, for tests of what compares them."""

from dataclasses import replace
from typing import Any

from tests.chaos.order_lives.books import Books, OrderBook

Json = dict[str, Any]

ID = "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60"
AT = "2026-11-30T12:00:00+00:00"
WAY = {
    "Pending": "OrderSubmitted",
    "Reserved": "StockReserved",
    "Paid": "PaymentCaptured",
    "Confirmed": "OrderConfirmed",
    "Shipped": "OrderShipped",
    "Delivered": "OrderDelivered",
    "Cancelled": "OrderCancelled",
    "Refunded": "OrderRefunded",
    "Rejected": "OrderRejected",
    "NeedsAttention": "OrderNeedsAttention",
}
CONFIRMED = ("Pending", "Reserved", "Paid", "Confirmed")
SHIPPED = (*CONFIRMED, "Shipped")
TOTAL = 500


def money(pence: int) -> Json:
    """An amount as the API writes it."""
    return {"amount": f"{pence / 100:.2f}", "currency": "GBP"}


def entry(number: int, status: str, **changes: Any) -> Json:
    """An entry of a timeline."""
    return {"number": number, "type": WAY[status], "at": AT, "status": status} | changes


def told(*statuses: str) -> list[Json]:
    """The timeline of an order that went this way."""
    return [entry(number, status) for number, status in enumerate(statuses, start=1)]


def book(*statuses: str, refunded: int = 0, **changes: Any) -> OrderBook:
    """Two mugs for 5.00 that went this way, with everything as it should be but *changes*."""
    captured = TOTAL if "Paid" in statuses else 0
    order: Json = {
        "id": ID,
        "status": statuses[-1],
        "total": money(TOTAL),
        "lines": [{"sku": "MUG", "quantity": 2}],
    }
    order |= {"captured": money(captured)} if captured else {}
    order |= {"refunded": money(refunded)} if refunded else {}
    order |= {"shipment": {}} if "Shipped" in statuses else {}
    payment = {"amountCaptured": captured, "amountRefunded": refunded, "amountCapturable": 0}
    return OrderBook(order | changes, told(*statuses), [payment | {"refunds": []}])


def refund(pence: int, state: str = "succeeded", **changes: Any) -> Json:
    """A refund as the API shows it."""
    return {"id": f"refund-{pence}", "amount": money(pence), "state": state, "restock": False} | (
        changes
    )


def books(*orders: OrderBook, level: tuple[int, int] = (10, 2)) -> Books:
    """Ten mugs came, and these orders."""
    return Books(orders, {"MUG": 10}, {"MUG": level})


def undone(*orders: OrderBook) -> Books:
    """The same, with nothing held for them and nothing sent."""
    return books(*orders, level=(10, 0))


def sent(*orders: OrderBook) -> Books:
    """The same, with the two mugs of one of them on their way."""
    return books(*orders, level=(8, 0))


def paid(one: OrderBook, **changes: Any) -> OrderBook:
    """The same order with another payment in the ledger."""
    return replace(one, payments=[{**one.payments[0], **changes}])


def with_refunds(one: OrderBook, *refunds: Json) -> OrderBook:
    """The same order with these refunds."""
    return replace(one, refunds=refunds)


def with_timeline(one: OrderBook, *timeline: Json) -> OrderBook:
    """The same order, of which this is told."""
    return replace(one, timeline=timeline)
