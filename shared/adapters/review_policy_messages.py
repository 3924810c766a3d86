"""What the policy of reviews may say in App Configuration."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.application.submission import Message
from shared.domain.money import Money
from shared.domain.review_policy import (
    DEFAULT_DEADLINE_HOURS,
    AddressMismatch,
    HighAmount,
    HistoryRule,
    NewCustomer,
    OrderRule,
    Velocity,
)

# A month. Who decides about an order after that does not do anybody a favour.
_MOST_HOURS = 30 * 24
# One page of a customer's list of orders.
_MOST_ORDERS = 100


def _are_amounts(amounts: dict[str, str]) -> dict[str, str]:
    for currency, amount in amounts.items():
        Money.parse(amount, currency)
    return amounts


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amounts = Annotated[dict[Currency, str], AfterValidator(_are_amounts)]
Hours = Annotated[float, Field(gt=0, le=_MOST_HOURS)]
Score = Annotated[int, Field(ge=0, le=1_000_000)]


def money_by_currency(amounts: dict[str, str]) -> dict[str, Money]:
    """The domain's values."""
    return {currency: Money.parse(amount, currency) for currency, amount in amounts.items()}


class ApprovalMessage(Message):
    """The value of ``orders:approval``."""

    thresholds: Amounts
    deadline_hours: Hours = DEFAULT_DEADLINE_HOURS


class AmountRule(Message):
    """The total is at or above an amount."""

    rule: Literal["amount"]
    amounts: Amounts
    score: Score

    def to_rule(self) -> OrderRule:
        """The domain's value."""
        return HighAmount(money_by_currency(self.amounts), self.score)


class AddressMismatchRule(Message):
    """The bill goes elsewhere than the goods."""

    rule: Literal["address-mismatch"]
    score: Score

    def to_rule(self) -> OrderRule:
        """The domain's value."""
        return AddressMismatch(self.score)


class NewCustomerRule(Message):
    """No order of the customer has gone through yet."""

    rule: Literal["new-customer"]
    score: Score

    def to_rule(self) -> HistoryRule:
        """The domain's value."""
        return NewCustomer(self.score)


class VelocityRule(Message):
    """The customer has placed so many orders within so many hours."""

    rule: Literal["velocity"]
    orders: Annotated[int, Field(ge=1, le=_MOST_ORDERS)]
    hours: Hours
    score: Score

    def to_rule(self) -> HistoryRule:
        """The domain's value."""
        return Velocity(self.orders, self.hours, self.score)


Rule = Annotated[
    AmountRule | AddressMismatchRule | NewCustomerRule | VelocityRule, Field(discriminator="rule")
]


class RiskMessage(Message):
    """The value of ``orders:risk``."""

    score_to_review: Annotated[int, Field(ge=1)]
    rules: Annotated[list[Rule], Field(max_length=20)]

    def order_rules(self) -> tuple[OrderRule, ...]:
        """Those that look at the order alone."""
        return tuple(
            rule.to_rule()
            for rule in self.rules
            if isinstance(rule, AmountRule | AddressMismatchRule)
        )

    def history_rules(self) -> tuple[HistoryRule, ...]:
        """Those that look at what the customer did before."""
        return tuple(
            rule.to_rule()
            for rule in self.rules
            if isinstance(rule, NewCustomerRule | VelocityRule)
        )
