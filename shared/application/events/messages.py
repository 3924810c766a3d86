"""What events may say, by type. docs/events/ has the same as JSON Schemas, for those who send them.

Fields that are not known are left alone: a sender may say more, under the same version.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from shared.application.events.envelope import Envelope, explained
from shared.application.submission import (
    MAX_QUANTITY,
    Identifier,
    Message,
    MoneyMessage,
    OrderSubmission,
    Sku,
)
from shared.domain.errors import MalformedEvent

# A duplicate is known by a record that is kept for a while. An event older than that could be one.
MAX_AGE = timedelta(days=30)
# Clocks differ, but not by more.
MAX_AHEAD = timedelta(minutes=10)

_VERSIONS = ("", "1", "1.0")


OrderId = Annotated[
    str, StringConstraints(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")]


class EventData(Message):
    """What events of other systems have in common."""

    model_config = ConfigDict(extra="ignore")


class StockAdjusted(EventData):
    """Goods came in, or were lost, broken or counted anew: *delta* units more or less on hand."""

    sku: Sku
    delta: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]


class ShipmentDispatched(EventData):
    """The parcel of an order has left the warehouse."""

    order_id: OrderId
    carrier: Label | None = None
    tracking_number: Label | None = None


class ShipmentDelivered(EventData):
    """The parcel of an order has reached the customer."""

    order_id: OrderId


class PaymentSettled(EventData):
    """The provider has taken the money of an order."""

    order_id: OrderId
    payment_id: Identifier
    amount: MoneyMessage | None = None


class PaymentFailed(EventData):
    """A payment came to nothing, perhaps after it had been taken (a dispute, a reversal)."""

    order_id: OrderId
    payment_id: Identifier
    reason: Code | None = None


MESSAGES: Mapping[str, type[Message]] = {
    "Orders.OrderSubmitted": OrderSubmission,
    "Inventory.StockAdjusted": StockAdjusted,
    "Shipping.ShipmentDispatched": ShipmentDispatched,
    "Shipping.ShipmentDelivered": ShipmentDelivered,
    "Payments.PaymentSettled": PaymentSettled,
    "Payments.PaymentFailed": PaymentFailed,
}


def schema_id(event_type: str) -> str:
    """The ``$id`` of the type's JSON Schema, which CloudEvents may name as ``dataschema``."""
    return f"urn:orders:schema:{event_type}:1"


def message_of(envelope: Envelope) -> Message:
    """What the event says.

    Raises:
        MalformedEvent: its type or version is unknown, or its data breaks a rule.
    """
    kind = MESSAGES.get(envelope.type)
    if kind is None:
        raise MalformedEvent("unknown-type", f"no event here is called {envelope.type}")
    if envelope.version not in (*_VERSIONS, schema_id(envelope.type)):
        known = f"version 1 ({schema_id(envelope.type)}) is known, {envelope.version} is not"
        raise MalformedEvent("unknown-version", known)
    if envelope.data is None:
        raise MalformedEvent("invalid-data", "it has no data")
    try:
        return kind.model_validate(envelope.data)
    except ValidationError as error:
        raise MalformedEvent("invalid-data", explained(error)) from None


def check_age(envelope: Envelope, now: datetime) -> None:
    """Refuse events from another time; those without a time are as old as their arrival.

    Raises:
        MalformedEvent
    """
    if envelope.time is None:
        return
    when = envelope.time.isoformat()
    if envelope.time > now + MAX_AHEAD:
        raise MalformedEvent("from-the-future", f"it is dated {when}, which is still to come")
    if envelope.time < now - MAX_AGE:
        detail = f"it is dated {when}; after {MAX_AGE.days} days a repeat can no longer be told"
        raise MalformedEvent("too-old", detail)
