"""The model itself: what may become of an order, by what was asked and answered."""

from typing import Any

import pytest

from tests.chaos.order_lives.life import GOOD_CARD, Life

DECLINED_CARD = "pm_card_visa_chargeDeclined"
TOTAL = {"amount": "5.00", "currency": "GBP"}
LINES = [{"sku": "MUG", "quantity": 2}]


def life(card: str = GOOD_CARD, **asked: Any) -> Life:
    """An order of two mugs."""
    body = {"lines": LINES, "paymentMethod": card}
    return Life("order-1", "key-1", body, {"lines": LINES, "total": TOTAL}, **asked)


def shown(status: str, **changes: Any) -> Any:
    """The order as the app shows it."""
    return {"status": status, "lines": LINES, "total": TOTAL} | changes


@pytest.mark.parametrize(
    ("order", "is_contested", "ends"),
    [
        (life(), False, {"Confirmed"}),
        (life(), True, {"Confirmed", "Rejected: out-of-stock"}),
        (life(DECLINED_CARD), False, {"Rejected: payment-declined"}),
        (life(DECLINED_CARD), True, {"Rejected: payment-declined", "Rejected: out-of-stock"}),
        (life(dispatched=True), False, {"Shipped"}),
        (life(dispatched=True, delivered=True), False, {"Delivered"}),
        (life(delivered=True), False, {"Confirmed"}),
    ],
)
def test_an_order_ends_as_its_card_its_goods_and_its_parcel_say(order, is_contested, ends):
    """Nothing else decides; faults only make it take longer."""
    assert order.ends(cancelled=False, is_contested=is_contested) == ends


def test_a_cancelled_order_ends_so_or_by_a_refusal_that_was_on_its_way():
    """A parcel that leaves too late changes nothing."""
    assert life(dispatched=True).ends(cancelled=True, is_contested=False) == {"Cancelled"}
    assert "Rejected: payment-declined" in life(DECLINED_CARD).ends(
        cancelled=True, is_contested=False
    )


@pytest.mark.parametrize(
    ("order", "end", "named"),
    [
        (life(), shown("Rejected", reason="processing-failed"), "should be Confirmed"),
        (life(), shown("Shipped"), "it is Shipped, and should be Confirmed"),
        (life(DECLINED_CARD), shown("Confirmed"), "should be Rejected: payment-declined"),
        (life(cancel_asked=True, cancel_accepted=True), shown("Confirmed"), "is forgotten"),
        (life(), shown("Cancelled", cancellation={}), "nobody asked to cancel it"),
    ],
)
def test_an_end_that_does_not_follow_is_a_surprise(order, end, named):
    """The message says how it should have ended."""
    lines = list(order.surprises(end, is_contested=False))

    assert any(named in line for line in lines), lines


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (shown("Confirmed"), shown("Reserved"), "it was Confirmed and is Reserved"),
        (shown("Rejected"), shown("Confirmed"), "it was Rejected and is Confirmed"),
        (shown("Paid"), shown("Paid", captured={"amount": "6.00"}), "are [500, 600]"),
        (shown("Paid"), shown("Paid", total={"amount": "1.00"}), "not those that were accepted"),
    ],
)
def test_what_must_not_happen_at_any_moment_is_seen(before, after, named):
    """Also while the order is far from its end."""
    order = life()
    assert list(order.look(before)) == []

    lines = list(order.look(after))

    assert any(named in line for line in lines), lines


def test_an_order_may_have_skipped_states_since_the_last_look():
    """Nobody sees every change."""
    order = life()

    assert list(order.look(shown("Pending"))) == []
    assert list(order.look(shown("Delivered", captured=TOTAL))) == []
