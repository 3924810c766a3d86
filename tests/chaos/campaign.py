"""Thousands of orders made of the project's own file, and what must become of them.

The outcome of no order depends on another's: there is stock for all, so only the card decides.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, replace

from devstack.catalogue import DECLINED_CARD, Product, order_body, quantities, stock_shelves
from devstack.cli import SAMPLE_ORDERS
from devstack.mail import order_id
from devstack.retail import Invoice, select
from devstack.retail_file import read_rows

# Larger ones cost more time than they show anything new here: each line is a reservation more.
MOST_LINES = 10

CONFIRMED = "Confirmed"
DECLINED = "Rejected: payment-declined"


@dataclass(frozen=True)
class Campaign:
    """So many orders, and the shelves to serve them all from."""

    invoices: tuple[Invoice, ...]
    products: dict[str, Product]

    @property
    def outcomes(self) -> dict[str, str]:
        """The end of each order, by its id."""
        return {
            order_id(invoice): DECLINED if self._declined(invoice) else CONFIRMED
            for invoice in self.invoices
        }

    @property
    def reserved(self) -> Counter[str]:
        """How many units of each SKU are held in the end."""
        units: Counter[str] = Counter(dict.fromkeys(self.products, 0))
        for invoice in self.invoices:
            if not self._declined(invoice):
                units.update(quantities(invoice))
        return units

    @property
    def charges(self) -> dict[str, int]:
        """What is taken for each order in the end, in pence; nothing for one that is not here."""
        return {
            order_id(invoice): int(self._body(invoice)["expectedTotal"]["amount"].replace(".", ""))
            for invoice in self.invoices
            if not self._declined(invoice)
        }

    @property
    def work(self) -> int:
        """About how many requests it costs the database."""
        return sum(len(quantities(invoice)) + 8 for invoice in self.invoices)

    def _declined(self, invoice: Invoice) -> bool:
        return bool(self._body(invoice)["paymentMethod"] == DECLINED_CARD)

    def _body(self, invoice: Invoice):
        return order_body(invoice, self.products)


def campaign(orders: int) -> Campaign:
    """The invoices of the file again and again, each time under new numbers."""
    selection = select(read_rows(SAMPLE_ORDERS), limit=10_000)
    small = [invoice for invoice in selection.invoices if len(invoice.rows) <= MOST_LINES]
    again = ((f"{invoice.number}-{n}", invoice) for n in itertools.count() for invoice in small)
    invoices = tuple(
        replace(invoice, number=number) for number, invoice in itertools.islice(again, orders)
    )
    return Campaign(invoices, _shelves_for_all(invoices))


def _shelves_for_all(invoices: tuple[Invoice, ...]) -> dict[str, Product]:
    asked: Counter[str] = Counter()
    for invoice in invoices:
        asked.update(quantities(invoice))
    products = stock_shelves(invoices)
    return {sku: replace(product, on_hand=asked[sku]) for sku, product in products.items()}
