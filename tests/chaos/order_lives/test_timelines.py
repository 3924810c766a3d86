"""What is told of an order in an impossible way, or published otherwise than it happened."""

from typing import Any

import pytest

from tests.chaos.order_lives.sample_books import (
    CONFIRMED,
    ID,
    TOTAL,
    book,
    entry,
    money,
    told,
    with_timeline,
)
from tests.chaos.order_lives.timelines import announcement_faults, timeline_faults

Json = dict[str, Any]

BACK_AGAIN = (*told(*CONFIRMED, "NeedsAttention"), entry(6, "Confirmed", type="AttentionCleared"))


@pytest.mark.parametrize(
    "sound",
    [
        book(*CONFIRMED),
        with_timeline(book(*CONFIRMED), *BACK_AGAIN),
        with_timeline(book("Shipped"), *BACK_AGAIN, entry(7, "Shipped")),
    ],
)
def test_a_possible_way_is_left_in_peace(sound):
    """Also one by way of somebody's desk."""
    assert list(timeline_faults(sound)) == []


@pytest.mark.parametrize(
    ("named", "unsound"),
    [
        ("from Cancelled to Shipped", book(*CONFIRMED, "Cancelled", "Shipped")),
        ("from Pending to Confirmed", book("Pending", "Confirmed")),
        (
            "from Cancelled to Confirmed",
            book(*CONFIRMED, "Cancelled", "NeedsAttention", "Confirmed"),
        ),
        ("the timeline goes from", book("Reserved", "Paid", "Confirmed")),
        ("the timeline goes from", book(*CONFIRMED, status="Shipped")),
        ("2 times OrderConfirmed", book(*CONFIRMED, "NeedsAttention", "Confirmed")),
        (
            "numbered [1, 2, 4",
            with_timeline(book("Paid"), *told("Pending", "Reserved"), entry(4, "Paid")),
        ),
    ],
)
def test_an_impossible_way_is_named(named, unsound):
    """Whatever the app itself thinks of it."""
    assert any(named in line for line in timeline_faults(unsound)), list(timeline_faults(unsound))


def announced(event: Json, **changes: Any) -> Json:
    """The event as the topic gets it."""
    kind = "OrderAccepted" if event["type"] == "OrderSubmitted" else event["type"]
    amount = {"amount": money(TOTAL)} if kind == "PaymentCaptured" else {}
    return {"type": f"Orders.{kind}", "data": {**event, "orderId": ID} | amount | changes}


ALL = [announced(event) for event in book(*CONFIRMED).timeline]


@pytest.mark.parametrize("published", [ALL, [*ALL[:2], *ALL], [*ALL, ALL[0]]])
def test_everything_published_in_order_and_perhaps_again_is_right(published):
    """At least once, which consumers know."""
    assert list(announcement_faults(book(*CONFIRMED), published)) == []


@pytest.mark.parametrize(
    ("named", "published"),
    [
        ("published [1, 2, 3], due [1, 2, 3, 4]", ALL[:3]),
        ("published [1, 2, 4], due", [*ALL[:2], ALL[3]]),
        ("published [1, 3, 2, 4], due", [ALL[0], ALL[2], ALL[1], ALL[3]]),
        ("published [], due", []),
        ("event 4 was published in two ways", [*ALL, announced(entry(4, "Shipped"))]),
        ("'status': 'Shipped'", [*ALL[:3], announced(entry(4, "Confirmed"), status="Shipped")]),
        ("Orders.OrderShipped", [*ALL[:3], announced(entry(4, "Confirmed", type="OrderShipped"))]),
        ("'reason': 'why'", [*ALL[:3], announced(entry(4, "Confirmed"), reason="why")]),
        (
            "captured 500, published 400",
            [*ALL[:2], announced(entry(3, "Paid"), amount=money(400)), ALL[3]],
        ),
        (
            "refunded 0, published 100",
            [*ALL[:3], announced(entry(4, "Confirmed"), amount=money(100))],
        ),
    ],
)
def test_what_was_published_otherwise_than_it_happened_is_named(named, published):
    """Missing, out of order, or not what the timeline and the record say."""
    lines = list(announcement_faults(book(*CONFIRMED), published))

    assert any(named in line for line in lines), lines
