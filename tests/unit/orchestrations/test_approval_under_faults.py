"""Waiting for approval with the real activities, under every fault, whoever decides whenever."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.approval import ApprovalActivities
from orchestrations.fulfil_order import fulfil_order
from shared import durable_contract as names
from shared.application.decide_approval import DecideApproval
from shared.domain.approval import Verdict
from shared.domain.errors import Conflict
from shared.domain.order import OrderStatus
from shared.domain.review import Decision, Reason, Review
from tests.fakes import FakeClock
from tests.scripted_context import ScriptedContext
from tests.unit.orchestrations.test_fulfilment_under_faults import FATES, World

REVIEW = Review((Reason.AMOUNT_THRESHOLD,), 0, 72)


class ReviewedWorld(World):
    """One order to approve, and people who decide about it before some of the saga's steps."""

    def __init__(
        self, fates: Iterator[str], decisions: dict[int, Decision], cancel_before: int, news: int
    ) -> None:
        super().__init__([9, 9], "pm_card_visa", fates)
        self.order = self.orders.orders[self.order.id] = replace(self.order, review=REVIEW)
        self.cancel_before = cancel_before
        self._decisions = decisions
        self._news = news
        self._step = 0

    def _build(self, stock_port: Any, payments_port: Any) -> dict[str, Any]:
        approval = ApprovalActivities(self.orders, FakeClock())
        return super()._build(stock_port, payments_port) | {
            names.REQUEST_APPROVAL: approval.request_approval,
            names.CHECK_APPROVAL: approval.check_approval,
        }

    def activity(self, name: str, step: Any) -> Any:
        """Run one activity; perhaps somebody decides just before."""
        self._step += 1
        if self._step in self._decisions:
            asyncio.run(self._decide(self._decisions[self._step]))
        return super().activity(name, step)

    async def _decide(self, decision: Decision) -> None:
        async def no_saga(_: Any) -> None:
            """The saga hears of it, or does not: that is drawn apart."""

        with suppress(Conflict):
            decide = DecideApproval(self.orders, FakeClock())
            await decide(self.order.id, Verdict(decision, "alice"), no_saga)

    def run(self, flags: dict[str, bool]) -> None:
        """Run the saga to its end, and once more."""
        saga_input = names.FulfilOrder(
            orderId=self.order.id,
            lineCount=len(self.order.lines),
            flags=flags,
            reviewHours=REVIEW.deadline_hours,
        )
        for _ in range(2):
            context = ScriptedContext(saga_input, self.activity, raised=self._news)
            context.run(fulfil_order)


reviewed_worlds = st.builds(
    ReviewedWorld,
    st.lists(st.sampled_from(FATES), max_size=30).map(iter),
    st.dictionaries(
        st.integers(1, 8), st.sampled_from([Decision.APPROVED, Decision.REJECTED]), max_size=3
    ),
    st.integers(0, 8),
    st.integers(0, 3),
)


@settings(max_examples=200, deadline=None)
@given(reviewed_worlds, st.booleans())
def test_nothing_is_done_for_an_order_that_nobody_has_approved(
    world: ReviewedWorld, authorize_first: bool
):
    """No unit reserved, no card touched; and what is approved ends as any other order."""
    world.run({names.AUTHORIZE_FIRST: authorize_first})

    stored = world.orders.orders[world.order.id]
    approval = stored.milestones.approval
    decision = approval and approval.decision
    if decision is not Decision.APPROVED:
        assert stored.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED)
        assert world.stock.reservations == {}
        assert world.payments.states == {}
    elif stored.status is OrderStatus.CONFIRMED:
        assert {item.reserved for item in world.stock.items.values()} == {5}
        assert world.payments.states[stored.id] == "captured"
    timeline = [event.type for event in world.orders.timelines[stored.id]]
    assert timeline.count("ApprovalDecided") == (1 if decision else 0)


@settings(max_examples=100, deadline=None)
@given(reviewed_worlds)
def test_the_end_of_an_order_follows_from_the_decision(world: ReviewedWorld):
    """What the record says was decided is why the order is where it is."""
    world.run({})

    stored = world.orders.orders[world.order.id]
    approval = stored.milestones.approval
    reasons = {Decision.REJECTED: "not-approved", Decision.EXPIRED: "approval-expired"}
    if stored.status is OrderStatus.REJECTED and approval and approval.decision in reasons:
        assert stored.reason == reasons[approval.decision]
    assert stored.status in (OrderStatus.CONFIRMED, OrderStatus.REJECTED, OrderStatus.CANCELLED)
