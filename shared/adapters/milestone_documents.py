"""How the milestones of an order are stored.

Stored documents outlive any deployment: add properties, never rename or reuse one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.adapters.approval_documents import approval_document, approval_from
from shared.adapters.times import rfc3339
from shared.domain.milestones import Attention, Cancellation, Milestones, Shipment, Work

Document = dict[str, Any]


def milestones_document(marks: Milestones) -> Document:
    """What is stored of *marks*: nothing of what has not happened."""
    document = {
        "cancellation": _cancellation_document(marks.cancellation),
        "shipment": _shipment_document(marks.shipment),
        "attention": _attention_document(marks.attention),
        "approval": approval_document(marks.approval),
        "capturedMinorUnits": marks.captured_minor_units,
        "refundedMinorUnits": marks.refunded_minor_units,
    }
    return {name: value for name, value in document.items() if value}


def milestones_from(document: Mapping[str, Any]) -> Milestones:
    """The milestones that :func:`milestones_document` stored."""
    return Milestones(
        cancellation=_cancellation_from(document.get("cancellation")),
        shipment=_shipment_from(document.get("shipment")),
        attention=_attention_from(document.get("attention")),
        approval=approval_from(document.get("approval")),
        captured_minor_units=document.get("capturedMinorUnits", 0),
        refunded_minor_units=document.get("refundedMinorUnits", 0),
    )


def _cancellation_document(cancellation: Cancellation | None) -> Document | None:
    if cancellation is None:
        return None
    return {"reason": cancellation.reason, "at": rfc3339(cancellation.at)}


def _cancellation_from(document: Any) -> Cancellation | None:
    if not document:
        return None
    return Cancellation(document["reason"], datetime.fromisoformat(document["at"]))


def _shipment_document(shipment: Shipment | None) -> Document | None:
    if shipment is None:
        return None
    return {
        "dispatchedAt": rfc3339(shipment.dispatched_at),
        "carrier": shipment.carrier,
        "trackingNumber": shipment.tracking_number,
        "settled": shipment.settled,
    }


def _shipment_from(document: Any) -> Shipment | None:
    if not document:
        return None
    return Shipment(
        dispatched_at=datetime.fromisoformat(document["dispatchedAt"]),
        carrier=document["carrier"],
        tracking_number=document["trackingNumber"],
        settled=document["settled"],
    )


def _attention_document(attention: Attention | None) -> Document | None:
    if attention is None:
        return None
    return {
        "since": rfc3339(attention.since),
        "work": attention.work.value,
        "reason": attention.reason,
        "backTo": attention.back_to,
        "steps": list(attention.steps),
        "tried": attention.tried,
    }


def _attention_from(document: Any) -> Attention | None:
    if not document:
        return None
    return Attention(
        since=datetime.fromisoformat(document["since"]),
        work=Work(document["work"]),
        reason=document["reason"],
        back_to=document["backTo"],
        steps=tuple(document["steps"]),
        tried=document["tried"],
    )
