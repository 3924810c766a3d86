"""How reviews and approvals are stored with their order.

Stored documents outlive any deployment: add properties, never rename or reuse one.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.adapters.times import rfc3339
from shared.domain.review import Approval, Decision, Reason, Review

Document = dict[str, Any]


def review_document(review: Review | None) -> Document | None:
    """Why somebody has to approve the order; None if nobody has to."""
    if review is None:
        return None
    return {
        "reasons": [reason.value for reason in review.reasons],
        "riskScore": review.risk_score,
        "deadlineHours": review.deadline_hours,
    }


def review_from(document: Any) -> Review | None:
    """The review that :func:`review_document` stored."""
    if not document:
        return None
    return Review(
        reasons=tuple(Reason(reason) for reason in document["reasons"]),
        risk_score=document["riskScore"],
        deadline_hours=document["deadlineHours"],
    )


def approval_document(approval: Approval | None) -> Document | None:
    """What became of it; None if nobody was asked."""
    if approval is None:
        return None
    document: Document = {
        "requestedAt": rfc3339(approval.requested_at),
        "deadline": rfc3339(approval.deadline),
    }
    if approval.decision and approval.decided_at:
        document["decision"] = approval.decision.value
        document["decidedAt"] = rfc3339(approval.decided_at)
        document["decidedBy"] = approval.decided_by
        document["comment"] = approval.comment
    return document


def approval_from(document: Any) -> Approval | None:
    """The approval that :func:`approval_document` stored."""
    if not document:
        return None
    approval = Approval(
        requested_at=datetime.fromisoformat(document["requestedAt"]),
        deadline=datetime.fromisoformat(document["deadline"]),
    )
    if "decision" not in document:
        return approval
    return replace(
        approval,
        decision=Decision(document["decision"]),
        decided_at=datetime.fromisoformat(document["decidedAt"]),
        decided_by=document["decidedBy"],
        comment=document["comment"],
    )
