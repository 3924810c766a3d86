"""Which orders need approval: by their amount, and by rules that add up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.money import Money
from shared.domain.order import Address, Order, OrderStatus
from shared.domain.order_summary import OrderSummary
from shared.domain.review import Reason, Review
from shared.domain.review_policy import (
    AddressMismatch,
    Findings,
    HighAmount,
    History,
    NewCustomer,
    ReviewPolicy,
    Velocity,
)
from tests.builders import order

NOW = order().placed_at
NONE: dict[str, Money] = {}


def gbp(minor_units: int) -> Money:
    """Pounds."""
    return Money(minor_units, "GBP")


def costing(minor_units: int, currency: str = "GBP", **changes: Any) -> Order:
    """An order of that total."""
    return order(total=Money(minor_units, currency), **changes)


def earlier(*hours_ago: float, status: OrderStatus = OrderStatus.CONFIRMED) -> History:
    """What a customer ordered before."""
    placed = (NOW - timedelta(hours=hours) for hours in hours_ago)
    return History([OrderSummary.of(order(placed_at=at, status=status)) for at in placed], NOW)


@pytest.mark.parametrize(
    ("total", "currency", "reviewed"),
    [
        (99_999, "GBP", False),
        (100_000, "GBP", True),
        (100_001, "GBP", True),
        (100_000, "EUR", False),
        (200_000, "JPY", True),
        (1_999, "JPY", False),
    ],
)
def test_a_threshold_holds_from_its_amount_on_and_in_its_currency(total, currency, reviewed):
    """At or above: the amount itself is the first one that is looked at."""
    policy = ReviewPolicy({"GBP": gbp(100_000), "JPY": Money(2_000, "JPY")}, deadline_hours=5)

    review = policy.verdict(policy.at_sight(costing(total, currency)))

    assert review == (Review((Reason.AMOUNT_THRESHOLD,), 0, 5) if reviewed else None)


def test_an_empty_policy_lets_everything_through():
    """Without a policy in App Configuration, nothing waits."""
    policy = ReviewPolicy(NONE)

    found = policy.at_sight(costing(99_999_999))

    assert policy.verdict(found) is None
    assert not policy.depends_on_history(found)


HOME = Address("A. Person", "1 Some Street", "London", "N1 1AA", "GB")


@pytest.mark.parametrize(
    ("billing", "applies"),
    [
        (None, False),
        (HOME, False),
        (replace(HOME, name="Another Name", line1="Elsewhere 5", city="Paris"), False),
        (replace(HOME, postal_code="n11aa"), False),
        (replace(HOME, postal_code="N1 1AB"), True),
        (replace(HOME, country="FR"), True),
    ],
)
def test_addresses_differ_by_country_or_postal_code(billing, applies):
    """How somebody spells a street says nothing."""
    assert AddressMismatch(1).applies(order(billing_address=billing)) is applies


@pytest.mark.parametrize(
    ("history", "applies"),
    [
        (earlier(), True),
        (earlier(1, 2, status=OrderStatus.REJECTED), True),
        (earlier(1, status=OrderStatus.PENDING), True),
        (earlier(1, status=OrderStatus.CONFIRMED), False),
        (earlier(1, status=OrderStatus.DELIVERED), False),
    ],
)
def test_a_customer_is_new_until_an_order_has_gone_through(history, applies):
    """Ten rejected orders make nobody a regular."""
    assert NewCustomer(1).applies(history) is applies


@pytest.mark.parametrize(
    ("hours_ago", "applies"),
    [((), False), ((1,), False), ((1, 2), True), ((1, 25), False), ((24, 24), True)],
)
def test_velocity_counts_the_orders_of_the_last_hours(hours_ago, applies):
    """Two within a day, in this rule."""
    assert Velocity(orders=2, hours=24, score=1).applies(earlier(*hours_ago)) is applies


RISKS = ReviewPolicy(
    NONE,
    score_to_review=100,
    order_rules=(HighAmount({"GBP": gbp(500)}, 60), AddressMismatch(40)),
    history_rules=(NewCustomer(30), Velocity(2, 24, 20)),
)
ABROAD = replace(HOME, country="FR")


@pytest.mark.parametrize(
    ("placed", "history", "score", "reasons"),
    [
        (costing(499), earlier(), 30, None),
        (costing(500), earlier(), 90, None),
        (costing(500, billing_address=ABROAD), None, 100, ["high-amount", "address-mismatch"]),
        (
            costing(499, billing_address=ABROAD),
            earlier(1, 2, status=OrderStatus.REJECTED),
            90,
            None,
        ),
        (
            costing(500),
            earlier(1, 2, status=OrderStatus.REJECTED),
            110,
            ["high-amount", "new-customer", "velocity"],
        ),
    ],
)
def test_scores_of_what_applies_add_up(placed, history, score, reasons):
    """A review names every rule that contributed."""
    found = RISKS.at_sight(placed)
    if history:
        found = RISKS.with_history(found, history)

    review = RISKS.verdict(found)

    assert found.score == score
    assert (review and list(review.reasons)) == reasons


@pytest.mark.parametrize(
    ("found", "asks"),
    [
        (Findings((), 0), False),
        (Findings((Reason.ADDRESS_MISMATCH,), 40), False),
        (Findings((Reason.HIGH_AMOUNT,), 60), True),
        (Findings((Reason.HIGH_AMOUNT, Reason.ADDRESS_MISMATCH), 100), False),
        (Findings((Reason.AMOUNT_THRESHOLD, Reason.HIGH_AMOUNT), 60), False),
    ],
)
def test_the_history_is_asked_for_only_where_it_decides(found, asks):
    """It costs a query: not when the order is reviewed anyway, nor when it cannot be."""
    assert RISKS.depends_on_history(found) is asks


def test_the_rules_say_how_far_back_they_look():
    """One query brings enough for all of them, and no more."""
    busy = replace(RISKS, history_rules=(NewCustomer(1), Velocity(50, 24, 1)))

    assert (RISKS.orders_to_look_at, busy.orders_to_look_at) == (20, 50)
