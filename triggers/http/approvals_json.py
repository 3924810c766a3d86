"""How the approval of an order looks on the wire."""

from typing import Any

from shared.domain.order import Order

Json = dict[str, Any]


def approval_json(order: Order) -> Json:
    """What everybody may know who may see the order; empty if nobody was asked."""
    approval, review = order.milestones.approval, order.review
    if approval is None:
        return {}
    body: Json = {
        "requestedAt": approval.requested_at.isoformat(),
        "deadline": approval.deadline.isoformat(),
    }
    if review:
        body |= {"reasons": list(review.reasons), "riskScore": review.risk_score}
    if approval.decision and approval.decided_at:
        body["decision"] = approval.decision.value
        body["decidedAt"] = approval.decided_at.isoformat()
    return body
