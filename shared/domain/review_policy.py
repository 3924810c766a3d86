"""Which orders need somebody's approval: thresholds, and rules that add up to a score.

Rules about what the customer did before are asked only where they decide, since their answer costs
a query; so the score of an order counts what it took to decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.money import Money
from shared.domain.order import KEEPS_MONEY, Address, Order, OrderStatus
from shared.domain.order_summary import OrderSummary
from shared.domain.review import Reason, Review

_WENT_THROUGH = KEEPS_MONEY | {OrderStatus.REFUNDED}

DEFAULT_DEADLINE_HOURS = 72.0

# What a customer's history is judged by, at least.
_NEWEST = 20

Amounts = Mapping[str, Money]
"""By currency; an order in any other currency is not concerned."""


def reaches(total: Money, amounts: Amounts) -> bool:
    """Whether *total* is at or above the amount of its currency."""
    amount = amounts.get(total.currency)
    return amount is not None and total >= amount


@dataclass(frozen=True, slots=True)
class HighAmount:
    """The total is at or above an amount."""

    amounts: Amounts
    score: int
    reason = Reason.HIGH_AMOUNT

    def applies(self, order: Order) -> bool:
        """Whether *order* is so."""
        return reaches(order.total, self.amounts)


@dataclass(frozen=True, slots=True)
class AddressMismatch:
    """The bill goes to another country or postal code than the goods."""

    score: int
    reason = Reason.ADDRESS_MISMATCH

    def applies(self, order: Order) -> bool:
        """Whether *order* is so."""
        billing = order.billing_address
        return billing is not None and _place(billing) != _place(order.shipping_address)


@dataclass(frozen=True, slots=True)
class History:
    """The newest orders of a customer before the one that is judged, as of *now*."""

    newest: Sequence[OrderSummary]
    now: datetime


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """None of the customer's newest orders has gone through."""

    score: int
    reason = Reason.NEW_CUSTOMER
    newest = _NEWEST
    """How many orders the rule looks at."""

    def applies(self, history: History) -> bool:
        """Whether the customer is so."""
        return not any(summary.status in _WENT_THROUGH for summary in history.newest)


@dataclass(frozen=True, slots=True)
class Velocity:
    """The customer has placed so many orders within so many hours before this one."""

    orders: int
    hours: float
    score: int
    reason = Reason.VELOCITY

    @property
    def newest(self) -> int:
        """How many orders the rule looks at."""
        return self.orders

    def applies(self, history: History) -> bool:
        """Whether the customer is so."""
        since = history.now - timedelta(hours=self.hours)
        return sum(summary.placed_at >= since for summary in history.newest) >= self.orders


OrderRule = HighAmount | AddressMismatch
HistoryRule = NewCustomer | Velocity


@dataclass(frozen=True, slots=True)
class Findings:
    """Reasons to look at an order, and what they add up to."""

    reasons: tuple[Reason, ...] = ()
    score: int = 0

    def plus(self, rules: Sequence[OrderRule | HistoryRule]) -> "Findings":
        """With all of *rules*, which apply."""
        reasons = dict.fromkeys((*self.reasons, *(rule.reason for rule in rules)))
        return Findings(tuple(reasons), self.score + sum(rule.score for rule in rules))


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """What decides whether an order needs approval. The empty one lets all of them through."""

    thresholds: Amounts
    deadline_hours: float = DEFAULT_DEADLINE_HOURS
    score_to_review: int | None = None
    """From which score on; None: no score leads to a review."""
    order_rules: tuple[OrderRule, ...] = ()
    history_rules: tuple[HistoryRule, ...] = ()

    @property
    def orders_to_look_at(self) -> int:
        """How many of the customer's newest orders the rules look at."""
        return max((rule.newest for rule in self.history_rules), default=0)

    def at_sight(self, order: Order) -> Findings:
        """What can be said of *order* by itself."""
        found = Findings().plus([rule for rule in self.order_rules if rule.applies(order)])
        if reaches(order.total, self.thresholds):
            found = Findings((Reason.AMOUNT_THRESHOLD, *found.reasons), found.score)
        return found

    def depends_on_history(self, found: Findings) -> bool:
        """Whether what the customer did before makes a difference to what was *found*."""
        if self.score_to_review is None or self._leads_to_review(found):
            return False
        at_most = found.score + sum(rule.score for rule in self.history_rules)
        return at_most >= self.score_to_review

    def with_history(self, found: Findings, history: History) -> Findings:
        """What was *found*, and what the customer's *history* adds to it."""
        return found.plus([rule for rule in self.history_rules if rule.applies(history)])

    def verdict(self, found: Findings) -> Review | None:
        """The review that what was *found* leads to; None if the order needs no approval."""
        if not self._leads_to_review(found):
            return None
        return self.review(found)

    def review(self, found: Findings) -> Review:
        """The review for what was *found*."""
        return Review(found.reasons, found.score, self.deadline_hours)

    def _leads_to_review(self, found: Findings) -> bool:
        needed = self.score_to_review
        by_score = needed is not None and found.score >= needed
        return by_score or Reason.AMOUNT_THRESHOLD in found.reasons


def _place(address: Address) -> tuple[str, str]:
    return address.country, "".join(address.postal_code.split()).upper()
