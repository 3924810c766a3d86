from decimal import Decimal
from zlib import crc32

from devstack.catalogue import SCARCE_ONE_IN, order_body, quantities, stock_shelves
from devstack.retail import Invoice, Row


def row(sku: str = "MUG", quantity: int = 1, price: str = "2.00", invoice: str = "1") -> Row:
    """One ordered row."""
    return Row(invoice, sku, "A mug", quantity, Decimal(price), "17850", "EIRE")


def invoice(*rows: Row, number: str = "1") -> Invoice:
    """One invoice of *rows*."""
    return Invoice(number, rows)


def test_the_most_frequent_price_becomes_the_catalogue_price():
    """The file sells one article at several prices; a catalogue has one."""
    products = stock_shelves([invoice(row(price="9"), row(price="2"), row(price="2"))])

    assert products["MUG"].price == Decimal(2)


def test_of_equally_frequent_prices_the_lowest_counts():
    """The catalogue must not depend on the order of rows."""
    products = stock_shelves([invoice(row(price="9"), row(price="2"))])

    assert products["MUG"].price == Decimal(2)


def test_the_shelves_hold_what_is_asked_for():
    """With stock for everyone, every refusal for stock is one that was planned."""
    products = stock_shelves([invoice(row(quantity=2)), invoice(row(quantity=3), number="2")])

    assert products["MUG"].on_hand == 5


def test_a_scarce_article_has_half_of_it():
    """Without scarcity no run would ever show a rejection and its undo."""
    scarce = next(
        sku for sku in map(str, range(10_000)) if crc32(sku.encode()) % SCARCE_ONE_IN == 0
    )

    products = stock_shelves([invoice(row(scarce, quantity=5))])

    assert products[scarce].on_hand == 2


def test_the_expected_total_uses_catalogue_prices():
    """The app refuses an order whose client expects another price than the catalogue's."""
    order = invoice(row(price="9", quantity=2), row("CUP", price="0.1"))
    products = stock_shelves([invoice(row(price="2"), row(price="2")), order])

    body = order_body(order, products)

    assert body["expectedTotal"] == {"amount": "4.10", "currency": "GBP"}
    assert body["shippingAddress"]["country"] == "IE"


def test_the_same_article_twice_stays_two_lines():
    """Merging them is the app's promise, so its customers leave it to the app."""
    order = invoice(row(quantity=1), row(quantity=2))

    assert len(order_body(order, stock_shelves([order]))["lines"]) == 2
    assert quantities(order) == {"MUG": 3}
