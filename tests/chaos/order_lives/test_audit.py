"""The checks themselves: books that do not agree are named, each by what is wrong with it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.order_lives.audit import discrepancies
from tests.chaos.order_lives.sample_books import (
    CONFIRMED,
    SHIPPED,
    TOTAL,
    book,
    books,
    entry,
    money,
    paid,
    refund,
    sent,
    told,
    undone,
    with_refunds,
    with_timeline,
)

HELD = paid(book("Pending", "Reserved", "Confirmed", hold={}), amountCapturable=TOTAL)
REJECTED = book("Pending", "Reserved", "Rejected")
CANCELLED = book(*CONFIRMED, "Cancelled", refunded=TOTAL)
REFUNDED = with_refunds(book(*SHIPPED, "Refunded", refunded=TOTAL), refund(TOTAL))
IN_PART = with_refunds(book(*SHIPPED, refunded=100), refund(100))
GOODS: Any = {"lines": [{"sku": "MUG", "quantity": 1}], "restock": True}
RETURNED = with_refunds(book(*SHIPPED, refunded=250), refund(250, **GOODS))
FAILED = paid(CANCELLED, amountRefunded=0, refunds=[{"amount": TOTAL, "status": "failed"}])
BY_CHEQUE = with_timeline(
    FAILED,
    *told(*CONFIRMED, "Cancelled"),
    entry(6, "NeedsAttention", reason="refund-failed"),
    entry(7, "Cancelled", type="AttentionResolved", reason="refund-failed"),
)
UNRECORDED = paid(book("Pending", "Cancelled"), amountCaptured=TOTAL, amountRefunded=TOTAL)

SOUND = {
    "confirmed": books(book(*CONFIRMED)),
    "two confirmed": books(book(*CONFIRMED), book(*CONFIRMED), level=(10, 4)),
    "held": books(HELD),
    "shipped": sent(book(*SHIPPED)),
    "delivered": sent(book(*SHIPPED, "Delivered")),
    "cancelled": undone(CANCELLED),
    "rejected": undone(REJECTED),
    "refunded": sent(REFUNDED),
    "refunded before it was shipped": undone(
        with_refunds(book(*CONFIRMED, "Refunded", refunded=TOTAL), refund(TOTAL))
    ),
    "refunded in part": sent(IN_PART),
    "restocked in part": books(RETURNED, level=(9, 0)),
    "a failed refund seen to by a person": undone(BY_CHEQUE),
}


@pytest.mark.parametrize("sound", SOUND.values(), ids=SOUND)
def test_books_that_agree_are_left_in_peace(sound):
    """A check that always complains says nothing either."""
    assert list(discrepancies(sound)) == []


UNSOUND = [
    ("has not come to an end", books(book("Pending", "Reserved"))),
    ("has not come to an end", books(book(*CONFIRMED, "NeedsAttention"))),
    ("a refund is pending", sent(with_refunds(book(*SHIPPED), refund(100, "pending")))),
    ("reserved 0, orders hold 2", undone(book(*CONFIRMED))),
    ("reserved 2, orders hold 0", books(book(*SHIPPED), level=(8, 2))),
    ("on hand 10, but 10 came and 2 left", undone(book(*SHIPPED))),
    ("on hand 8, but 10 came and 1 left", sent(RETURNED)),
    ("reserved 2, orders hold 0", books(CANCELLED)),
    ("captured 500, the ledger 0", books(paid(book(*CONFIRMED), amountCaptured=0))),
    ("captured 500, the ledger 1000", books(paid(book(*CONFIRMED), amountCaptured=1_000))),
    ("2 payments", books(replace(HELD, payments=[*HELD.payments] * 2))),
    ("refunded 500, the ledger 0", undone(paid(CANCELLED, amountRefunded=0))),
    ("captured 0, the ledger 500", undone(UNRECORDED)),
    ("a refund has failed, and nobody was told", undone(FAILED)),
    ("only 0 given back", undone(book(*CONFIRMED, "Cancelled"))),
    ("only 100 given back", undone(book(*CONFIRMED, "Cancelled", refunded=100))),
    ("500 are held at the provider", undone(paid(REJECTED, amountCapturable=TOTAL))),
    ("0 are held at the provider", books(paid(HELD, amountCapturable=0))),
    ("captured 0 of 500", books(book("Pending", "Reserved", "Confirmed"))),
    ("captured 400 of 500", books(book(*CONFIRMED, captured=money(400)))),
    ("refunded 600, captured 500", books(book(*CONFIRMED, refunded=600))),
    ("its refunds are 0", sent(book(*SHIPPED, refunded=100))),
    ("its refunds are 200", sent(with_refunds(IN_PART, refund(100), refund(100)))),
    ("listed twice", sent(with_refunds(IN_PART, refund(100), refund(100)))),
    ("not Refunded, and all of its money is back", sent(book(*SHIPPED, refunded=TOTAL))),
    ("from Rejected to Confirmed", books(book("Pending", "Reserved", "Rejected", "Confirmed"))),
]


@pytest.mark.parametrize(("named", "unsound"), UNSOUND)
def test_each_discrepancy_is_named(named, unsound):
    """Whoever has to look into it begins with this line."""
    assert any(named in line for line in discrepancies(unsound)), list(discrepancies(unsound))
