"""How the milestones of an order are stored.

Stored documents outlive any deployment: add properties, never rename or reuse one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.adapters.approval_documents import approval_document, approval_from
from shared.adapters.times import optional_moment, optional_rfc3339, rfc3339
from shared.domain.milestones import (
    Attention,
    Cancellation,
    Hold,
    Milestones,
    OpenRefund,
    Resolution,
    Shipment,
    Work,
    WorkOutcome,
)

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
        "openRefunds": [_open_refund_document(refund) for refund in marks.open_refunds],
        "refundedQuantities": dict(marks.refunded_quantities),
        "hold": _hold_document(marks.hold),
        "resolutions": [_resolution_document(one) for one in marks.resolutions],
        "notices": list(marks.notices),
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
        open_refunds=tuple(map(_open_refund_from, document.get("openRefunds", ()))),
        refunded_quantities=document.get("refundedQuantities", {}),
        hold=_hold_from(document.get("hold")),
        resolutions=tuple(map(_resolution_from, document.get("resolutions", ()))),
        notices=tuple(document.get("notices", ())),
    )


def _open_refund_document(refund: OpenRefund) -> Document:
    return {
        "id": refund.id,
        "minorUnits": refund.minor_units,
        "restockLines": refund.restock_lines,
        "paid": refund.paid,
    }


def _open_refund_from(document: Mapping[str, Any]) -> OpenRefund:
    return OpenRefund(
        document["id"], document["minorUnits"], document["restockLines"], document["paid"]
    )


def _hold_document(hold: Hold | None) -> Document | None:
    if hold is None:
        return None
    return {
        "expiresAt": optional_rfc3339(hold.expires_at),
        "renewal": hold.renewal,
        "renewingSince": optional_rfc3339(hold.renewing_since),
    }


def _hold_from(document: Any) -> Hold | None:
    if not document:
        return None
    return Hold(
        expires_at=optional_moment(document["expiresAt"]),
        renewal=document["renewal"],
        renewing_since=optional_moment(document["renewingSince"]),
    )


def _resolution_document(resolution: Resolution) -> Document:
    return {
        "at": rfc3339(resolution.at),
        "work": resolution.work,
        "outcome": resolution.outcome.value,
        "reason": resolution.reason,
        "by": resolution.by,
        "text": resolution.text,
    }


def _resolution_from(document: Mapping[str, Any]) -> Resolution:
    return Resolution(
        at=datetime.fromisoformat(document["at"]),
        work=document["work"],
        outcome=WorkOutcome(document["outcome"]),
        reason=document["reason"],
        by=document["by"],
        text=document["text"],
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
