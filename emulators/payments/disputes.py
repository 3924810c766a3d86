"""Disputes: a customer's bank takes the money back, which a test asks for."""

from dataclasses import replace
from typing import Any

from emulators.payments.charges import charge_to_wire
from emulators.payments.clock import Clock
from emulators.payments.errors import InvalidParameterError, ResourceMissingError
from emulators.payments.events import Events
from emulators.payments.resources import SUCCEEDED, new_id
from emulators.payments.store import Store

DAYS_TO_ANSWER = 7


class Disputes:
    """Opens disputes; at Stripe only a cardholder's bank can."""

    def __init__(self, store: Store, clock: Clock, events: Events) -> None:
        self._store = store
        self._clock = clock
        self._events = events

    def open(self, payment_intent: str, reason: str) -> dict[str, Any]:
        """Dispute all of a captured payment: its charge says so, and an event."""
        intent = self._store.payment_intent(payment_intent)
        if intent is None:
            raise ResourceMissingError("payment_intent", payment_intent, "payment_intent")
        charge = self._store.charge(str(intent.latest_charge))
        if intent.status != SUCCEEDED or charge is None or charge.disputed:
            raise InvalidParameterError(
                f"There is nothing to dispute in {payment_intent}.", "payment_intent"
            )
        disputed = replace(charge, disputed=True)
        now = int(self._clock())
        dispute = {
            "id": new_id("du"),
            "object": "dispute",
            "amount": intent.amount_received,
            "charge": charge.id,
            "created": now,
            "currency": intent.currency,
            "evidence_details": {
                "due_by": now + DAYS_TO_ANSWER * 24 * 60 * 60,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": intent.id,
            "reason": reason,
            "status": "needs_response",
        }
        with self._store.transaction():
            self._store.put_charge(disputed)
            self._events.emit("charge.dispute.created", dispute)
            self._events.emit("charge.updated", charge_to_wire(disputed, intent))
        return dispute
