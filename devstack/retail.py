"""Decides what becomes of each row of an Online Retail file.

Every row is either a line of an order or refused for exactly one reason: the first rule of
:data:`RULES` that applies. docs/data.md explains the rules to readers.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from devstack.countries import country_code

HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

MAX_QUANTITY = 1_000_000
MAX_LINES = 2_000
# 999,999.99 is the most the payment provider charges at once, so no single unit can cost more.
MAX_UNIT_PRICE = Decimal("999999.99")

# Postage, carriage, manual entries, samples, discounts, bank and marketplace fees, charity, bad
# debt, matching pads: codes that the shop books like sales but that are no articles in stock.
_NO_PRODUCTS = frozenset(
    {"POST", "DOT", "M", "S", "D", "B", "C2", "C3", "PADS", "CRUK", "AMAZONFEE", "BANK CHARGES"}
)
_VOUCHER_TEST_OR_ADJUSTMENT = re.compile(r"GIFT_|TEST|ADJUST")

_INVOICE = re.compile(r"[A-Za-z0-9-]{1,32}")
_STOCK_CODE = re.compile(r"[!-~][ -~]{0,63}")
_SKU = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,63}")
_CUSTOMER = re.compile(r"([A-Za-z0-9][A-Za-z0-9._@:-]{0,63})?")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,12}")
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


class Refusal(StrEnum):
    """Why a row is not part of an order."""

    UNREADABLE = "unreadable"
    CANCELLATION = "cancellation"
    ADJUSTMENT = "adjustment"
    NO_PRODUCT = "no product"
    NO_SKU = "stock code is no SKU"
    QUANTITY_NOT_POSITIVE = "quantity not positive"
    PRICE_NOT_POSITIVE = "price not positive"
    PRICE_BELOW_A_PENNY = "price finer than a penny"
    OVER_LIMIT = "over a limit"
    UNKNOWN_COUNTRY = "unknown country"


@dataclass(frozen=True, slots=True)
class Row:
    """A readable row: one article on one invoice."""

    invoice: str
    sku: str
    description: str
    quantity: int
    unit_price: Decimal
    customer: str
    country: str


Rule = tuple[Refusal, Callable[[Row], bool]]

# In this order: a cancelled line also has a negative quantity, and counts as cancelled.
RULES: tuple[Rule, ...] = (
    (Refusal.CANCELLATION, lambda row: row.invoice.startswith("C")),
    (Refusal.ADJUSTMENT, lambda row: row.invoice.startswith("A")),
    (
        Refusal.NO_PRODUCT,
        lambda row: row.sku in _NO_PRODUCTS or bool(_VOUCHER_TEST_OR_ADJUSTMENT.match(row.sku)),
    ),
    (Refusal.NO_SKU, lambda row: not _SKU.fullmatch(row.sku)),
    (Refusal.QUANTITY_NOT_POSITIVE, lambda row: row.quantity <= 0),
    (Refusal.PRICE_NOT_POSITIVE, lambda row: row.unit_price <= 0),
    (Refusal.PRICE_BELOW_A_PENNY, lambda row: row.unit_price != round(row.unit_price, 2)),
    (
        Refusal.OVER_LIMIT,
        lambda row: row.quantity > MAX_QUANTITY or row.unit_price > MAX_UNIT_PRICE,
    ),
    (Refusal.UNKNOWN_COUNTRY, lambda row: country_code(row.country) is None),
)


def judge(fields: Sequence[str]) -> Row | Refusal:
    """The fate of one row by itself: the row it is, or why it is refused."""
    row = read(fields)
    if row is None:
        return Refusal.UNREADABLE
    return next((reason for reason, applies in RULES if applies(row)), row)


def read(fields: Sequence[str]) -> Row | None:
    """The row that *fields* hold, stripped, codes in upper case; None if they hold none."""
    if len(fields) != len(HEADER):
        return None
    invoice, sku, description, quantity, _, price, customer, country = map(str.strip, fields)
    shapes = (
        (_INVOICE, invoice),
        (_STOCK_CODE, sku),
        (_WHOLE_NUMBER, quantity),
        (_DECIMAL, price),
        (_CUSTOMER, customer),
    )
    if not all(shape.fullmatch(text) for shape, text in shapes):
        return None
    return Row(
        invoice.upper(),
        sku.upper(),
        _printable(description),
        int(quantity),
        Decimal(price),
        customer,
        country,
    )


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


@dataclass(frozen=True, slots=True)
class Invoice:
    """The rows of one invoice that are ordered, at least one."""

    number: str
    rows: tuple[Row, ...]

    @property
    def customer(self) -> str:
        """The customer, or a guest known by the invoice alone."""
        named = (row.customer for row in self.rows if row.customer)
        return next(named, f"guest-{self.number}")


@dataclass(frozen=True, slots=True)
class Selection:
    """The invoices taken from a file and what became of all their rows."""

    rows_read: int
    invoices_read: int
    invoices: tuple[Invoice, ...]
    refused: dict[Refusal, int]

    @property
    def rows_ordered(self) -> int:
        """How many rows are lines of an order."""
        return sum(len(invoice.rows) for invoice in self.invoices)


def select(rows: Iterable[Sequence[str]], limit: int) -> Selection:
    """Take the first *limit* invoices in the order of the file, whatever becomes of them.

    Rows that name no invoice are taken as long as fewer invoices have been met, or just as many.
    """
    taken: dict[str, list[Row]] = {}
    refused: dict[Refusal, int] = {}
    rows_read = 0
    full = False
    for fields in rows:
        number = invoice_number(fields)
        if number and number not in taken:
            full = full or len(taken) == limit
            if full:
                continue
            taken[number] = []
        if not number and full:
            continue
        rows_read += 1
        fate = _within_limits(judge(fields), taken.get(number, []))
        if isinstance(fate, Row):
            taken[number].append(fate)
        else:
            refused[fate] = refused.get(fate, 0) + 1
    invoices = tuple(Invoice(number, tuple(lines)) for number, lines in taken.items() if lines)
    return Selection(rows_read, len(taken), invoices, refused)


def invoice_number(fields: Sequence[str]) -> str:
    """The invoice a row belongs to, even if nothing else of it can be read; empty for none."""
    return fields[0].strip().upper() if fields else ""


def _within_limits(fate: Row | Refusal, lines: list[Row]) -> Row | Refusal:
    """Refuse a line that its order has no room for: by count, or by quantity of one article."""
    if isinstance(fate, Refusal):
        return fate
    same_article = sum(line.quantity for line in lines if line.sku == fate.sku)
    if len(lines) == MAX_LINES or same_article + fate.quantity > MAX_QUANTITY:
        return Refusal.OVER_LIMIT
    return fate
