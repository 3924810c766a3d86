"""The model: what may become of an order, by what was asked for and answered."""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.order_lives.books import minor_units
from tests.chaos.order_lives.timelines import ATTENTION, NEXT

Json = dict[str, Any]

GOOD_CARD = "pm_card_visa"
# Refunds go well, and a second later the money is back at ours.
UNREFUNDABLE_CARD = "pm_card_refundFail"

APPROVED_FROM = 2_000
"""Orders of so many pence, and larger ones, wait for a decision."""

NOT_APPROVED = {
    "rejected": "Rejected: not-approved",
    "expired": "Rejected: approval-expired",
}
OUT_OF_STOCK = "Rejected: out-of-stock"
DECLINED = "Rejected: payment-declined"


def _states_ahead() -> dict[str, set[str]]:
    """From each state, all that an order can come to."""
    ahead = {state: {state} for state in NEXT}
    for _ in NEXT:
        for state, reached in ahead.items():
            ahead[state] = reached.union(*(NEXT[each] for each in reached))
    return ahead


AHEAD = _states_ahead()


def outcome(order: Json) -> str:
    """The state of an order, with its reason where that is part of the outcome."""
    is_rejected = order["status"] == "Rejected"
    return f"{order['status']}: {order.get('reason')}" if is_rejected else str(order["status"])


@dataclass
class Life:
    """One order of a story: what was asked of it, and how it was last seen."""

    id: str
    key: str
    body: Json
    receipt: Json
    cancel_asked: bool = False
    cancel_accepted: bool = False
    dispatched: bool = False
    delivered: bool = False
    mislaid: str = ""
    """A SKU that it holds no more, though it should."""
    decision: str = ""
    """What somebody said who was asked to approve it."""
    is_disputed: bool = False
    resumed: int = 0
    """How often somebody has tried to go on with it once everything was mended."""
    refunds: dict[str, Json] = field(default_factory=dict)
    """The accepted requests for refunds, by their keys."""
    seen: str = "Pending"
    """The last state it was in, those apart in which it needed attention."""

    @property
    def quantities(self) -> Counter[str]:
        """How many units of each SKU it asks for."""
        return Counter({line["sku"]: line["quantity"] for line in self.body["lines"]})

    @property
    def needs_approval(self) -> bool:
        """Whether it is large."""
        return minor_units(self.receipt["total"]) >= APPROVED_FROM

    @property
    def keeps_its_money(self) -> bool:
        """Whether nothing that the provider does brings all of it back to the customer."""
        return self.is_disputed or self.is_unrefundable

    @property
    def is_unrefundable(self) -> bool:
        """Whether its refunds go well at first, and fail a second later."""
        return bool(self.body["paymentMethod"] == UNREFUNDABLE_CARD)

    @property
    def is_declined(self) -> bool:
        """Whether no bank pays for it."""
        return self.body["paymentMethod"] not in (GOOD_CARD, UNREFUNDABLE_CARD)

    def ends(self, *, cancelled: bool, is_contested: bool, decision: str = "") -> Set[str]:
        """How it may end. *is_contested*: all who ask for its goods cannot have them.

        *decision* is that of who was asked for approval, and empty where nobody was.
        """
        if decision in NOT_APPROVED:
            return {NOT_APPROVED[decision]} | ({"Cancelled"} if cancelled else set())
        refusals = {DECLINED} if self.is_declined else set()
        refusals |= {OUT_OF_STOCK} if is_contested else set()
        if cancelled:
            # A refusal that was on its way already is a proper end as well.
            return refusals | {"Cancelled"}
        if self.is_declined:
            return refusals
        return refusals | {self._kept_as()}

    def _kept_as(self) -> str:
        if not self.dispatched:
            return "Confirmed"
        return "Delivered" if self.delivered else "Shipped"

    def surprises(self, order: Json, *, is_contested: bool) -> Iterator[str]:
        """What of *order*, which has come to rest, does not follow from what was asked."""
        if order["status"] == "Refunded" and not self.refunds:
            yield f"{self.id}: nobody asked to refund it"
        cancelled = "cancellation" in order
        if self.cancel_accepted and not cancelled:
            yield f"{self.id}: its cancellation was accepted and is forgotten"
        if cancelled and not self.cancel_asked:
            yield f"{self.id}: nobody asked to cancel it"
        decision = order.get("approval", {}).get("decision", "")
        if self.decision and decision != self.decision:
            yield f"{self.id}: {self.decision} was accepted, and {decision or 'nothing'} is kept"
        if self.needs_approval != ("approval" in order):
            yield f"{self.id}: it is not known whether it needs approval"
        ends = self.ends(cancelled=cancelled, is_contested=is_contested, decision=decision)
        # Whether all of its money went back is for the books to say.
        if outcome(order) not in ends and not (self.refunds and order["status"] == "Refunded"):
            yield f"{self.id}: it is {outcome(order)}, and should be {' or '.join(sorted(ends))}"

    def look(self, order: Json) -> Iterator[str]:
        """What is wrong about *order* at any moment, given how it was seen before."""
        was, now = self.seen, order["status"]
        if now != ATTENTION:
            self.seen = now
            if now not in AHEAD[was]:
                yield f"{self.id}: it was {was} and is {now}"
        named = ("total", "captured", "refunded")
        amounts = [minor_units(order[name]) for name in named if name in order]
        if amounts != sorted(amounts, reverse=True):
            yield f"{self.id}: total, captured and refunded are {amounts}"
        if order["lines"] != self.receipt["lines"] or order["total"] != self.receipt["total"]:
            yield f"{self.id}: its lines are not those that were accepted"
