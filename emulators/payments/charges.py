"""Charges: one attempt each to take a payment's money."""

from typing import Any

from emulators.payments.errors import ResourceMissingError
from emulators.payments.resources import SUCCEEDED, Charge, PaymentIntent
from emulators.payments.store import Store

_BRANDS = ("mastercard", "amex", "discover", "diners", "jcb", "unionpay")


class Charges:
    """Looks charges up; they come into being and change with their PaymentIntents."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def retrieve(self, charge_id: str, _: dict[str, Any]) -> dict[str, Any]:
        wire = self.wire(charge_id)
        if wire is None:
            raise ResourceMissingError("charge", charge_id, "id", in_path=True)
        return wire

    def wire(self, charge_id: str | None) -> dict[str, Any] | None:
        """The charge as it is now, None where there is none."""
        charge = self._store.charge(charge_id) if charge_id else None
        intent = self._store.payment_intent(charge.payment_intent) if charge else None
        return charge_to_wire(charge, intent) if charge and intent else None


def charge_to_wire(charge: Charge, intent: PaymentIntent) -> dict[str, Any]:
    """The charge's own facts, and what became of its money, which *intent* knows."""
    paid = charge.failure_code is None
    captured = paid and intent.status == SUCCEEDED
    refunded = intent.amount_refunded if paid else 0
    return {
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": intent.amount_received if captured else 0,
        "amount_refunded": refunded,
        "balance_transaction": None,
        "captured": captured,
        "created": charge.created,
        "currency": charge.currency,
        "customer": None,
        "description": charge.description,
        "disputed": charge.disputed,
        "failure_code": charge.failure_code,
        "failure_message": charge.failure_message,
        "livemode": False,
        "metadata": charge.metadata,
        "paid": paid,
        "payment_intent": charge.payment_intent,
        "payment_method": charge.payment_method,
        "payment_method_details": {"type": "card", "card": _card(charge)},
        "refunded": captured and refunded == intent.amount_received,
        "status": "succeeded" if paid else "failed",
    }


def _card(charge: Charge) -> dict[str, Any]:
    brand = next((brand for brand in _BRANDS if f"_{brand}" in charge.payment_method), "visa")
    card: dict[str, Any] = {"brand": brand, "country": "US", "amount_authorized": charge.amount}
    if charge.capture_before is not None:
        card["capture_before"] = charge.capture_before
    return card
