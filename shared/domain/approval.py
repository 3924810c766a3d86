"""Asking for approval, and the one decision about it: whoever is first has decided."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.actions import Action, require
from shared.domain.errors import ApprovalDecided
from shared.domain.order import Changed, Order, OrderStatus
from shared.domain.review import Approval, Decision
from shared.domain.timeline import EventType


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides, and what they say to it: stored with the order, told to approvers."""

    decision: Decision
    by: str
    comment: str = ""


def request_approval(order: Order, deadline: datetime, at: datetime) -> Changed | None:
    """The order as one that waits; None if it was asked for before, which keeps its deadline.

    Raises:
        IllegalTransition, CancellationRequested
    """
    if order.milestones.approval is not None:
        return None
    approval = Approval(requested_at=at, deadline=deadline)
    return order.advance(OrderStatus.AWAITING_APPROVAL, at, approval=approval)


def decide(order: Order, verdict: Verdict, at: datetime) -> Changed | None:
    """The order with the decision; None if the same was decided before, by whomever.

    Raises:
        ApprovalDecided: it was decided otherwise, or nobody decided in time.
        ActionNotAllowed: it does not wait for approval.
    """
    approval = order.milestones.approval
    if approval and approval.decision is verdict.decision:
        return None
    if approval and approval.decision:
        raise ApprovalDecided(order.id, approval.decision, order.status)
    require(order, Action.APPROVE)
    return _decided(order, verdict, at)


def expire(order: Order, at: datetime) -> Changed | None:
    """The order as one that nobody approved in time; None if it does not wait any more."""
    if order.approval_due is None:
        return None
    return _decided(order, Verdict(Decision.EXPIRED, by=""), at)


def _decided(order: Order, verdict: Verdict, at: datetime) -> Changed | None:
    # Invariant: a decision is written on an order without one only, and the order's version is the
    # arbiter between two who both saw it so.
    approval = order.milestones.approval
    if approval is None:
        return None
    decided = replace(
        approval,
        decision=verdict.decision,
        decided_at=at,
        decided_by=verdict.by,
        comment=verdict.comment,
    )
    return order.note(
        EventType.APPROVAL_DECIDED, at, reason=verdict.decision.value, approval=decided
    )
