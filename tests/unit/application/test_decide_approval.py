"""Deciding about an order: recorded once, and the saga woken."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.approval import ApprovalActivities
from shared.application.change_order import ChangeOrder
from shared.application.decide_approval import DecideApproval
from shared.application.owed_sagas import OwedSaga, owed_sagas
from shared.domain.approval import Verdict, request_approval
from shared.domain.cancellation import request_cancellation
from shared.domain.errors import ActionNotAllowed, ApprovalDecided
from shared.domain.order import Order, OrderEvent, OrderStatus
from shared.domain.refund import Refund
from shared.domain.review import Decision, Reason, Review
from shared.durable_contract import Outcome
from tests.builders import ORDER_ID, order
from tests.fakes import FakeClock, InMemoryOrders

REVIEWED = order(review=Review((Reason.AMOUNT_THRESHOLD,), 0, 72))
APPROVE, REJECT = Verdict(Decision.APPROVED, "alice"), Verdict(Decision.REJECTED, "bob")


class Slow(InMemoryOrders):
    """Orders whose every call lets others go first, as often as *turns* say."""

    def __init__(self, turns: Sequence[int] = ()) -> None:
        super().__init__()
        self._turns = iter(turns)

    async def _wait(self) -> None:
        for _ in range(next(self._turns, 0)):
            await asyncio.sleep(0)

    async def get(self, order_id: str) -> Order:
        await self._wait()
        return await super().get(order_id)

    async def record(self, order: Order, event: OrderEvent, *refunds: Refund) -> None:
        await self._wait()
        await super().record(order, event, *refunds)


class Desk:
    """An order that waits for approval, and those who decide about it."""

    def __init__(self, turns: Sequence[int] = ()) -> None:
        self.orders, self.clock = Slow(turns), FakeClock()
        self.woken: list[OwedSaga] = []
        self._decide = DecideApproval(self.orders, self.clock)
        self._activities = ApprovalActivities(self.orders, self.clock)
        self.deadline = REVIEWED.placed_at + timedelta(hours=72)
        changed = request_approval(REVIEWED, self.deadline, REVIEWED.placed_at)
        assert changed is not None
        waiting, event = changed
        self.orders.orders[ORDER_ID] = waiting
        self.orders.timelines[ORDER_ID] = [REVIEWED.submitted(), event]

    async def decide(self, verdict: Verdict) -> Order:
        """Somebody decides."""

        async def wake(order: Order) -> None:
            self.woken += owed_sagas(order)

        return await self._decide(ORDER_ID, verdict, wake)

    async def check(self, *, expired: bool) -> Outcome:
        """The saga looks."""
        return await self._activities.check_approval({"orderId": ORDER_ID, "expired": expired})

    async def cancel(self) -> None:
        """The customer thinks again."""
        order = await self.orders.get(ORDER_ID)
        await ChangeOrder(self.orders)(
            order, lambda now: request_cancellation(now, "no more", self.clock())
        )

    @property
    def decisions(self) -> list[str | None]:
        """What the timeline says was decided."""
        timeline = self.orders.timelines[ORDER_ID]
        return [event.reason for event in timeline if event.type == "ApprovalDecided"]


@pytest.fixture
def desk() -> Desk:
    """Nobody has decided yet."""
    return Desk()


async def test_a_decision_wakes_the_saga_that_waits_for_it(desk):
    """It runs under the id of the order, and is told what it was told at first."""
    await desk.decide(APPROVE)

    (saga,) = desk.woken
    assert (saga.instance_id, saga.wake) == (ORDER_ID, True)
    assert saga.payload["reviewHours"] == 72


async def test_the_same_decision_again_wakes_the_saga_again_and_records_nothing(desk):
    """A client that got no answer repeats; perhaps the first one died before it woke anybody."""
    first = await desk.decide(APPROVE)
    second = await desk.decide(APPROVE)

    assert second == first
    assert desk.decisions == ["approved"]
    assert len(desk.woken) == 2


async def test_another_decision_is_refused_and_has_no_effect(desk):
    """The saga may be charging the card by now."""
    await desk.decide(APPROVE)

    with pytest.raises(ApprovalDecided):
        await desk.decide(REJECT)

    assert desk.decisions == ["approved"]


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (None, {"outcome": "done", "waiting": True}),
        (APPROVE, {"outcome": "done"}),
        (REJECT, {"outcome": "refused", "reason": "not-approved"}),
    ],
)
async def test_the_saga_is_told_what_was_decided(desk, verdict, outcome):
    """However often it looks."""
    if verdict:
        await desk.decide(verdict)

    assert [await desk.check(expired=False) for _ in range(2)] == [outcome, outcome]


async def test_at_the_deadline_the_saga_decides_unless_somebody_has(desk):
    """The approver who was faster by a second is not overruled by a timer."""
    late, in_time = Desk(), desk
    await in_time.decide(APPROVE)

    assert await in_time.check(expired=True) == {"outcome": "done"}
    for _ in range(2):
        assert await late.check(expired=True) == {
            "outcome": "refused",
            "reason": "approval-expired",
        }
    assert late.decisions == ["expired"]


async def test_a_cancelled_order_is_undone_whatever_was_decided(desk):
    """The saga hears of the cancellation first."""
    await desk.decide(APPROVE)
    await desk.cancel()

    assert await desk.check(expired=True) == {"outcome": "refused", "reason": "cancelled"}


async def test_asking_for_approval_twice_answers_with_the_first_deadline(desk):
    """A saga that was lost and started anew does not begin to wait anew."""
    activities = ApprovalActivities(desk.orders, desk.clock)
    later = desk.deadline + timedelta(hours=5)

    asked = await activities.request_approval({"orderId": ORDER_ID, "deadline": later.isoformat()})

    assert asked == {"outcome": "done", "deadline": desk.deadline.isoformat()}


@pytest.mark.parametrize("status", [OrderStatus.CONFIRMED, OrderStatus.REJECTED])
async def test_nobody_is_asked_about_an_order_that_has_ended(desk, status):
    """The saga was started once more."""
    desk.orders.orders[ORDER_ID] = order(status=status)
    activities = ApprovalActivities(desk.orders, desk.clock)

    step = {"orderId": ORDER_ID, "deadline": desk.deadline.isoformat()}

    assert await activities.request_approval(step) == {  # type: ignore[arg-type]
        "outcome": "settled",
        "status": status.value,
    }


REASONS = {
    None: None,
    Decision.APPROVED: None,
    Decision.REJECTED: "not-approved",
    Decision.EXPIRED: "approval-expired",
}
TURNS = st.lists(st.integers(0, 3), max_size=16)


@given(turns=TURNS, with_cancellation=st.booleans(), repeats=st.booleans())
def test_of_two_decisions_and_the_deadline_one_wins_however_they_interleave(
    turns, with_cancellation, repeats
):
    """Record, timeline and saga tell the same, and whoever lost is told so."""
    desk = Desk(turns)

    async def race() -> list[object]:
        racing = [desk.decide(APPROVE), desk.decide(REJECT), desk.check(expired=True)]
        racing += [desk.decide(APPROVE)] if repeats else []
        racing += [desk.cancel()] if with_cancellation else []
        return await asyncio.gather(*racing, return_exceptions=True)

    answers = asyncio.run(race())

    approval = desk.orders.orders[ORDER_ID].milestones.approval
    assert approval is not None
    decision = approval.decision
    assert desk.decisions == ([decision.value] if decision else [])
    assert decision or with_cancellation
    for verdict, answer in zip((APPROVE, REJECT), answers, strict=False):
        won = verdict.decision is decision
        assert isinstance(answer, Order if won else (ApprovalDecided, ActionNotAllowed))
    looked = asyncio.run(desk.check(expired=True))
    if not with_cancellation:
        assert looked.get("reason") == REASONS[decision]
        assert looked == answers[2]
