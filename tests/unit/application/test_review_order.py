"""Applying the policy: what it costs, and what happens when the customer is not known."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.application.ports import Page
from shared.application.review_order import ReviewOrder
from shared.domain.errors import Unavailable
from shared.domain.money import Money
from shared.domain.order import OrderStatus
from shared.domain.order_summary import OrderSummary
from shared.domain.review import Review
from shared.domain.review_policy import HighAmount, NewCustomer, ReviewPolicy, Velocity
from tests.builders import order
from tests.fakes import FakeClock, FixedReviewPolicy, InMemoryCustomerOrders

POLICY = ReviewPolicy(
    {"GBP": Money(100_000, "GBP")},
    score_to_review=80,
    order_rules=(HighAmount({"GBP": Money(500, "GBP")}, 50),),
    history_rules=(NewCustomer(30), Velocity(2, 24, 10)),
)


@dataclass
class Queried(InMemoryCustomerOrders):
    """A read model that counts what it is asked, and may be out of reach."""

    asked: list[tuple[str, int]] = field(default_factory=list)
    is_down: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    async def page(
        self, customer_id: str, limit: int, continuation: str | None
    ) -> Page[OrderSummary]:
        self.asked.append((customer_id, limit))
        if self.is_down:
            raise Unavailable("cosmos-db")
        return await super().page(customer_id, limit, continuation)


@pytest.fixture
def customers() -> Queried:
    """Nobody has ordered anything yet."""
    return Queried()


async def reviewed(customers: Queried, minor_units: int, policy: Any = POLICY) -> Review | None:
    """What becomes of an order of that total."""
    review = ReviewOrder(FixedReviewPolicy(policy), customers, FakeClock())
    return await review(order(total=Money(minor_units, "GBP")))


@pytest.mark.parametrize(("total", "reason"), [(499, None), (100_000, "amount-threshold")])
async def test_an_order_that_is_decided_at_sight_costs_no_query(customers, total, reason):
    """Nearly all orders: one that is small, and one that is large enough by itself."""
    review = await reviewed(customers, total)

    assert (review and review.reasons[0]) == reason
    assert customers.asked == []


async def test_the_customer_is_looked_up_once_where_that_decides(customers):
    """All rules share one query, with as many orders as any of them looks at."""
    review = await reviewed(customers, 500)

    assert review == Review(("high-amount", "new-customer"), 80, 72)  # type: ignore[arg-type]
    assert customers.asked == [("customer-17850", 20)]


async def test_a_known_customer_does_not_wait(customers):
    """That is what the rule is for."""
    await customers.put([OrderSummary.of(order(status=OrderStatus.DELIVERED))])

    assert await reviewed(customers, 500) is None


async def test_an_order_is_reviewed_when_its_customer_cannot_be_looked_up(customers):
    """An outage must not be a way around the rules, nor keep the shop from selling."""
    customers.is_down = True

    review = await reviewed(customers, 500)

    assert review is not None
    assert list(review.reasons) == ["high-amount", "history-unknown"]
