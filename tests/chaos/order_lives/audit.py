"""What is written about orders in different places, compared: every disagreement gets a line."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.order_lives.books import (
    EVERY_END,
    HOLDING,
    PAID,
    REFUND_FAILED,
    UNDONE,
    Books,
    OrderBook,
    minor_units,
)
from tests.chaos.order_lives.timelines import timeline_faults


def discrepancies(books: Books) -> Iterator[str]:
    """Everything that does not agree once all orders have come to rest."""
    for book in books.orders:
        yield from _unrest(book)
        yield from money_faults(book)
        yield from refund_faults(book)
        yield from timeline_faults(book)
    yield from stock_faults(books)


def _unrest(book: OrderBook) -> Iterator[str]:
    if book.order["status"] not in EVERY_END:
        yield f"{book.name}: it has not come to an end"
    yield from (f"{book.name}: a refund is pending" for one in book.refunds if is_pending(one))


def is_pending(refund: dict[str, object]) -> bool:
    """Whether a refund has neither succeeded nor failed."""
    return refund["state"] == "pending"


def money_faults(book: OrderBook) -> Iterator[str]:
    """State against money, and our record against the provider's ledger."""
    captured, refunded = book.money("captured"), book.money("refunded")
    total, status = book.money("total"), book.order["status"]
    is_held = status in HOLDING and "hold" in book.order
    if len(book.payments) > 1:
        yield f"{book.name}: it has {len(book.payments)} payments"
    yield from _ledger_faults(book, captured, refunded)
    if book.ledger("amountCapturable") != (total if is_held else 0):
        yield f"{book.name}: {book.ledger('amountCapturable')} are held at the provider"
    if status in PAID and captured != (0 if is_held else total):
        yield f"{book.name}: captured {captured} of {total}"
    if status in PAID and refunded == captured and not is_held:
        yield f"{book.name}: it is not Refunded, and all of its money is back"
    if status in UNDONE and captured != refunded:
        yield f"{book.name}: captured {captured}, and only {refunded} given back"
    if not 0 <= refunded <= captured <= total:
        yield f"{book.name}: refunded {refunded}, captured {captured}, total {total}"


def _ledger_faults(book: OrderBook, captured: int, refunded: int) -> Iterator[str]:
    taken, returned = book.ledger("amountCaptured"), book.ledger("amountRefunded")
    if captured != taken:
        yield f"{book.name}: captured {captured}, the ledger {taken}"
    if book.is_paid_by_hand:
        returned = max(refunded, returned)
    if refunded != returned:
        yield f"{book.name}: refunded {refunded}, the ledger {returned}"


def refund_faults(book: OrderBook) -> Iterator[str]:
    """Refunds one by one against their sum; an order that is undone gives back the rest as well."""
    paid = sum(minor_units(one["amount"]) for one in book.refunds if one["state"] == "succeeded")
    refunded = book.money("refunded")
    if paid > refunded or (paid != refunded and book.order["status"] not in UNDONE):
        yield f"{book.name}: refunded {refunded}, and its refunds are {paid}"
    if book.failed_refunds and not book.needed_attention(REFUND_FAILED):
        yield f"{book.name}: a refund has failed, and nobody was told"
    if len({one["id"] for one in book.refunds}) != len(book.refunds):
        yield f"{book.name}: a refund is listed twice"


def stock_faults(books: Books) -> Iterator[str]:
    """Reserved is what confirmed orders hold; what was dispatched is on hand no more."""
    held, gone = Counter[str](), Counter[str]()
    for book in books.orders:
        for line in book.order["lines"]:
            held[line["sku"]] += line["quantity"] if book.order["status"] in HOLDING else 0
            gone[line["sku"]] += line["quantity"] if "shipment" in book.order else 0
        gone.subtract(_restocked(book))
    for sku, (on_hand, reserved) in books.levels.items():
        if reserved != held[sku]:
            yield f"{sku}: reserved {reserved}, orders hold {held[sku]}"
        if on_hand != books.stocked[sku] - gone[sku]:
            due = f"{books.stocked[sku]} came and {gone[sku]} left"
            yield f"{sku}: on hand {on_hand}, but {due}"


def _restocked(book: OrderBook) -> Counter[str]:
    units = Counter[str]()
    for refund in book.refunds:
        if refund["restock"] and refund["state"] == "succeeded":
            units.update({line["sku"]: line["quantity"] for line in refund["lines"]})
    return units
