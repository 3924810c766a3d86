"""One decision about an order, whoever makes it, and nothing about orders that do not wait."""

from datetime import timedelta

import pytest

from shared.domain.actions import Action, allowed_actions
from shared.domain.approval import Verdict, decide, expire, request_approval
from shared.domain.cancellation import request_cancellation
from shared.domain.errors import ActionNotAllowed, ApprovalDecided, CancellationRequested
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.review import Approval, Decision
from tests.builders import order

NOW = order().placed_at
DEADLINE = NOW + timedelta(hours=72)
APPROVE = Verdict(Decision.APPROVED, "alice", "known for years")
REJECT = Verdict(Decision.REJECTED, "bob")


def made(changed: Changed | None) -> Order:
    """The changed order."""
    assert changed is not None
    return changed[0]


@pytest.fixture
def waiting() -> Order:
    """An order that somebody may decide about."""
    return made(request_approval(order(), DEADLINE, NOW))


def test_an_order_that_waits_can_be_approved_or_cancelled(waiting):
    """Answers and problems name what may be asked for."""
    assert allowed_actions(waiting) == (Action.CANCEL, Action.APPROVE)
    assert waiting.approval_due == DEADLINE


def test_asking_again_keeps_the_deadline_that_was_set_first(waiting):
    """A saga that is started once more must not give itself more time."""
    later = DEADLINE + timedelta(hours=1)

    assert request_approval(waiting, later, NOW) is None


def test_a_cancelled_order_is_not_put_up_for_approval():
    """Nobody is to look at what is being undone."""
    cancelled, _ = request_cancellation(order(), "no longer wanted", NOW)

    with pytest.raises(CancellationRequested):
        request_approval(cancelled, DEADLINE, NOW)


@pytest.mark.parametrize("verdict", [APPROVE, REJECT])
def test_a_decision_says_who_made_it_when_and_leaves_the_state_to_the_saga(waiting, verdict):
    """The event has the decision alone: who it was, and what they said, is for approvers."""
    changed = decide(waiting, verdict, NOW)

    assert changed is not None
    decided, event = changed
    assert decided.milestones.approval == Approval(
        requested_at=NOW,
        deadline=DEADLINE,
        decision=verdict.decision,
        decided_at=NOW,
        decided_by=verdict.by,
        comment=verdict.comment,
    )
    assert (event.type, event.reason) == ("ApprovalDecided", verdict.decision.value)
    assert decided.status is OrderStatus.AWAITING_APPROVAL
    assert allowed_actions(decided) == (Action.CANCEL,)


def test_the_same_decision_changes_nothing_whoever_makes_it(waiting):
    """Two approvers who agree have decided once."""
    approved = made(decide(waiting, APPROVE, NOW))

    assert decide(approved, Verdict(Decision.APPROVED, "bob", "me too"), NOW) is None


def test_another_decision_is_refused_and_says_what_was_decided(waiting):
    """The first one holds."""
    approved = made(decide(waiting, APPROVE, NOW))

    with pytest.raises(ApprovalDecided) as refusal:
        decide(approved, REJECT, NOW)

    assert (refusal.value.decision, refusal.value.state) == ("approved", "AwaitingApproval")


def test_the_deadline_is_a_decision_that_no_later_one_changes(waiting):
    """Too late is too late, also for who agrees with nobody."""
    expired = made(expire(waiting, DEADLINE))

    for verdict in (APPROVE, REJECT):
        with pytest.raises(ApprovalDecided):
            decide(expired, verdict, DEADLINE)
    assert expire(expired, DEADLINE) is None


def test_the_deadline_changes_nothing_about_what_was_decided(waiting):
    """A timer that fires while the decision is on its way finds it made."""
    assert expire(made(decide(waiting, APPROVE, NOW)), DEADLINE) is None


@pytest.mark.parametrize("status", [s for s in OrderStatus if s.value != "AwaitingApproval"])
def test_what_does_not_wait_cannot_be_decided_about(status):
    """Whatever state it is in, the answer names it."""
    with pytest.raises(ActionNotAllowed) as refusal:
        decide(order(status=status), APPROVE, NOW)

    assert refusal.value.state == status.value
    assert Action.APPROVE not in refusal.value.allowed


def test_an_order_that_is_being_cancelled_waits_for_nobody(waiting):
    """Neither an approver nor the deadline has a say in it any more."""
    cancelled, _ = request_cancellation(waiting, "no longer wanted", NOW)

    with pytest.raises(ActionNotAllowed):
        decide(cancelled, APPROVE, NOW)
    assert expire(cancelled, DEADLINE) is None
    assert cancelled.approval_due is None
