"""What the shop sells and what its customers ask for, derived from the selected invoices.

Nothing is random: the same file gives the same prices, stock and payments on every run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zlib import crc32

from devstack.countries import country_code
from devstack.retail import Invoice, Row

CURRENCY = "GBP"

# One article in 200 has half of what is asked for, so that some orders find no stock.
SCARCE_ONE_IN = 200
# One order in 25 is paid with a card that is declined.
DECLINED_ONE_IN = 25
GOOD_CARD = "pm_card_visa"
DECLINED_CARD = "pm_card_visa_chargeDeclined"

MAX_ON_HAND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Product:
    """An article with its price and the stock it starts with."""

    sku: str
    name: str
    price: Decimal
    on_hand: int

    def body(self) -> dict[str, Any]:
        """How it is written to ``POST /products/import``."""
        return {
            "sku": self.sku,
            "name": self.name,
            "price": _money(self.price),
            "onHand": self.on_hand,
        }


def stock_shelves(invoices: Iterable[Invoice]) -> dict[str, Product]:
    """Every article that *invoices* ask for, by SKU."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for invoice in invoices:
        for row in invoice.rows:
            rows[row.sku].append(row)
    return {sku: _product(sku, asked) for sku, asked in rows.items()}


def _product(sku: str, rows: list[Row]) -> Product:
    name = next((row.description for row in rows if row.description), sku)
    return Product(sku, name, _usual_price(rows), _on_hand(sku, sum(row.quantity for row in rows)))


def _usual_price(rows: list[Row]) -> Decimal:
    """The most frequent price; of equally frequent ones, the lowest."""
    counts = Counter(row.unit_price for row in rows)
    return min(counts, key=lambda price: (-counts[price], price))


def _on_hand(sku: str, asked_for: int) -> int:
    scarce = crc32(sku.encode()) % SCARCE_ONE_IN == 0
    return min(asked_for // 2 if scarce else asked_for, MAX_ON_HAND)


def idempotency_key(invoice: Invoice) -> str:
    """The same whenever the invoice is submitted, so that repeating a run repeats no order."""
    return f"invoice-{invoice.number}"


def order_body(invoice: Invoice, products: Mapping[str, Product]) -> dict[str, Any]:
    """How *invoice* is written to ``POST /orders``, with an address the file does not have."""
    total = sum((products[row.sku].price * row.quantity for row in invoice.rows), Decimal())
    declined = crc32(invoice.number.encode()) % DECLINED_ONE_IN == 0
    return {
        "customerId": invoice.customer,
        "currency": CURRENCY,
        "lines": [{"sku": row.sku, "quantity": row.quantity} for row in invoice.rows],
        "shippingAddress": {
            "name": f"Customer {invoice.customer}",
            "line1": "1 Market Street",
            "city": "Springfield",
            "postalCode": "AB1 2CD",
            "country": country_code(invoice.rows[0].country),
        },
        "paymentMethod": DECLINED_CARD if declined else GOOD_CARD,
        "expectedTotal": _money(total),
    }


def _money(amount: Decimal) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": CURRENCY}


def quantities(invoice: Invoice) -> Counter[str]:
    """How many units of each SKU the invoice asks for."""
    asked: Counter[str] = Counter()
    for row in invoice.rows:
        asked[row.sku] += row.quantity
    return asked
