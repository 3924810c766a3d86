"""The documents of the ``customer-orders`` container, and how they map to the domain."""

from datetime import datetime

from shared.adapters.milestone_documents import Document
from shared.adapters.times import rfc3339
from shared.domain.money import Money
from shared.domain.order import OrderStatus
from shared.domain.order_summary import OrderSummary


def summary_document(summary: OrderSummary) -> Document:
    """The summary as it is stored."""
    return {
        "id": summary.order_id,
        "customerId": summary.customer_id,
        "placedAt": rfc3339(summary.placed_at),
        "currency": summary.total.currency,
        "totalMinorUnits": summary.total.minor_units,
        "lineCount": summary.line_count,
        **mutable_properties(summary),
    }


def mutable_properties(summary: OrderSummary) -> Document:
    """What changes after intake."""
    return {
        "status": summary.status.value,
        "reason": summary.reason,
        "updatedAt": rfc3339(summary.updated_at),
        "version": summary.version,
    }


def summary_from(document: Document) -> OrderSummary:
    """The summary that :func:`summary_document` stored."""
    return OrderSummary(
        order_id=document["id"],
        customer_id=document["customerId"],
        status=OrderStatus(document["status"]),
        reason=document["reason"],
        total=Money(document["totalMinorUnits"], document["currency"]),
        line_count=document["lineCount"],
        placed_at=datetime.fromisoformat(document["placedAt"]),
        updated_at=datetime.fromisoformat(document["updatedAt"]),
        version=document["version"],
    )
