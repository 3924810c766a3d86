"""Checks that nothing was lost or doubled: stock against orders, orders against payments."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devstack.catalogue import Product, order_body, quantities
from devstack.customers import Purchase
from devstack.storefront import Level


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock levels of a run: as planned, before the first order and after the last."""

    products: Mapping[str, Product]
    before: Mapping[str, Level]
    after: Mapping[str, Level]


def stock_faults(stock: Stock, purchases: Iterable[Purchase]) -> Iterator[str]:
    """What is wrong with the stock, one line per SKU: on-hand changed, or reserved is no sum.

    An order from an earlier run of a kept state may have been reserved before this run started, or
    during it, so it leaves a range; without such orders the range is one number.
    """
    new: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for purchase in purchases:
        if purchase.known_before:
            known.update(quantities(purchase.invoice))
        elif purchase.confirmed:
            new.update(quantities(purchase.invoice))
    for sku, product in stock.products.items():
        level = stock.after[sku]
        expected = stock.before[sku].reserved + new[sku]
        if level.on_hand != product.on_hand:
            yield f"{sku}: on hand {level.on_hand}, was {product.on_hand}"
        if abs(level.reserved - expected) > known[sku]:
            yield f"{sku}: reserved {level.reserved}, confirmed orders hold {expected}"


def payment_faults(
    products: Mapping[str, Product], purchases: Iterable[Purchase], ledger: Mapping[str, Any]
) -> Iterator[str]:
    """What is wrong with the payments, one line per order: only Confirmed ones are paid, once."""
    kept: defaultdict[str, list[int]] = defaultdict(list)
    for payment in ledger["payments"]:
        amount = payment["amountCaptured"] - payment["amountRefunded"]
        if amount:
            kept[payment["metadata"].get("orderId", "")].append(amount)
    for purchase in purchases:
        if not purchase.accepted:
            continue
        total = order_body(purchase.invoice, products)["expectedTotal"]["amount"]
        expected = [int(total.replace(".", ""))] if purchase.confirmed else []
        if kept[purchase.order_id] != expected:
            yield (
                f"invoice {purchase.invoice.number} ({purchase.status}): "
                f"payments kept {kept[purchase.order_id]}, due {expected}"
            )
