"""How changes of orders are told to the outside: CloudEvents 1.0, a public contract.

``docs/events/order-changed.v1.schema.json`` is the same for consumers. Only ids, states, times
and amounts go out: no personal data, and nothing that a consumer could not look up with the right
to do so.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.order import OrderEvent
from shared.domain.timeline import EventType

TYPE_PREFIX = "Orders."

# Inbound submissions are called Orders.OrderSubmitted. What we say of an order that we took in has
# another name, so that a subscription which feeds the topic back into the app cannot make a loop.
_NAMES: Mapping[str, str] = {EventType.SUBMITTED: "OrderAccepted"}


def announcement_id(event: OrderEvent) -> str:
    """The same however often the event is sent, so that consumers can tell a repeat."""
    return f"{event.order_id}/{event.number}"


def announcement_type(event: OrderEvent) -> str:
    """``Orders.`` and what happened."""
    return TYPE_PREFIX + _NAMES.get(event.type, event.type)


def announcement(event: OrderEvent, source: str) -> dict[str, Any]:
    """The CloudEvent, in CloudEvents' JSON format."""
    at = event.at.isoformat()
    data: dict[str, Any] = {
        "orderId": event.order_id,
        "number": event.number,
        "status": event.status.value,
        "at": at,
    }
    if event.reason:
        data["reason"] = event.reason
    if event.amount:
        data["amount"] = {"amount": event.amount.amount, "currency": event.amount.currency}
    return {
        "specversion": "1.0",
        "id": announcement_id(event),
        "source": source,
        "type": announcement_type(event),
        "subject": event.order_id,
        "time": at,
        "datacontenttype": "application/json",
        # The CloudEvents extension "sequence": in text order, per subject.
        "sequence": f"{event.number:06d}",
        "data": data,
    }
