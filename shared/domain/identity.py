"""The one identity of an order, derived from what the client sent, never minted.

It is the Cosmos partition key, the Durable instance id, the reservation id, the base of the payment
provider's idempotency keys and the subject of every event.
"""

from uuid import UUID, uuid5

# Part of the contract: another namespace would turn every repeated submission into a second order.
NAMESPACE = UUID("7d0f0c1e-3b1c-5b8e-9d43-5a3f1c2e8a10")


def derive_order_id(scope: str, idempotency_key: str) -> str:
    """The id of the order that *scope* (an authenticated client, a customer, an event source)
    submits under *idempotency_key*; the same pair always gives the same id.
    """
    return str(uuid5(NAMESPACE, f"{scope}\n{idempotency_key}"))


def derive_refund_id(order_id: str, idempotency_key: str) -> str:
    """The id of the refund that is asked for under *idempotency_key*, which is the order's own."""
    return str(uuid5(NAMESPACE, f"refund\n{order_id}\n{idempotency_key}"))


def derive_event_key(source: str, event_id: str) -> str:
    """The one name of an event, whose own id is unique to its source, and may be any text."""
    return str(uuid5(NAMESPACE, f"event\n{source}\n{event_id}"))


def is_order_id(text: str) -> bool:
    """Whether *text* is spelt as :func:`derive_order_id` spells ids."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
