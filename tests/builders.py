"""Valid values for tests that care about one detail only."""

from datetime import UTC, datetime
from typing import Any

from shared.application.submission import OrderSubmission
from shared.domain.money import Money
from shared.domain.order import Address, Order, OrderLine
from shared.domain.stock import Product, StockItem

ORDER_ID = "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60"


def submission_json(**changes: Any) -> dict[str, Any]:
    """The body of a valid ``POST /orders``, with *changes*."""
    return {
        "customerId": "customer-17850",
        "currency": "GBP",
        "lines": [{"sku": "MUG-BLUE", "quantity": 2}],
        "shippingAddress": {
            "name": "A. Person",
            "line1": "1 Some Street",
            "city": "London",
            "postalCode": "N1 1AA",
            "country": "GB",
        },
        "paymentMethod": "pm_card_visa",
    } | changes


def submission(**changes: Any) -> OrderSubmission:
    """A valid submission, with *changes* to its JSON."""
    return OrderSubmission.model_validate(submission_json(**changes))


def stock_item(sku: str = "MUG-BLUE", on_hand: int = 10, price: int = 250) -> StockItem:
    """A product in stock, priced in pence."""
    return StockItem(Product(sku, f"Product {sku}", Money(price, "GBP")), on_hand)


def order(*quantities: tuple[str, int], **changes: Any) -> Order:
    """A pending order of *quantities* by SKU at 2.50 each."""
    lines = tuple(
        OrderLine(sku, f"Product {sku}", quantity, Money(250, "GBP"))
        for sku, quantity in quantities or (("MUG-BLUE", 2),)
    )
    values: dict[str, Any] = {
        "id": ORDER_ID,
        "customer_id": "customer-17850",
        "lines": lines,
        "total": Money.total((line.total for line in lines), "GBP"),
        "shipping_address": Address("A. Person", "1 Some Street", "London", "N1 1AA", "GB"),
        "payment_method": "pm_card_visa",
        "flags": {},
        "fingerprint": "f" * 64,
        "placed_at": datetime(2026, 11, 23, 12, tzinfo=UTC),
    }
    return Order(**values | changes)
