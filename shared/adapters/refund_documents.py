"""Refunds in the ``orders`` container, each in the partition of its order.

Stored documents outlive any deployment: add properties, never rename or reuse one.
"""

from datetime import datetime
from typing import Any

from shared.adapters.milestone_documents import Document
from shared.adapters.times import optional_moment, optional_rfc3339, rfc3339
from shared.domain.money import Money
from shared.domain.refund import Refund, RefundLine, RefundState

REFUND_ID_PREFIX = "refund-"


def refund_document_id(refund_id: str) -> str:
    """Derived from what was asked for, so that a repeat meets its own refund (409)."""
    return f"{REFUND_ID_PREFIX}{refund_id}"


def refund_operation(refund: Refund) -> Any:
    """What stores *refund* in a batch: a pending one must be new, a settled one is there."""
    document = refund_document(refund)
    if refund.is_pending:
        return ("create", (document,))
    return ("replace", (document["id"], document))


def refund_document(refund: Refund) -> Document:
    """The refund as it is stored."""
    return {
        "id": refund_document_id(refund.id),
        "orderId": refund.order_id,
        "refundId": refund.id,
        "amountMinorUnits": refund.amount.minor_units,
        "currency": refund.amount.currency,
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in refund.lines],
        "restock": refund.restock,
        "reason": refund.reason,
        "fingerprint": refund.fingerprint,
        "requestedAt": rfc3339(refund.requested_at),
        "state": refund.state.value,
        "settledAt": optional_rfc3339(refund.settled_at),
        "failure": refund.failure,
    }


def refund_from(document: Document) -> Refund:
    """The refund that :func:`refund_document` stored."""
    return Refund(
        id=document["refundId"],
        order_id=document["orderId"],
        amount=Money(document["amountMinorUnits"], document["currency"]),
        lines=tuple(RefundLine(line["sku"], line["quantity"]) for line in document["lines"]),
        restock=document["restock"],
        reason=document["reason"],
        fingerprint=document["fingerprint"],
        requested_at=datetime.fromisoformat(document["requestedAt"]),
        state=RefundState(document["state"]),
        settled_at=optional_moment(document["settledAt"]),
        failure=document["failure"],
    )
