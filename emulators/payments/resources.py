"""PaymentIntents, charges and refunds: what is stored of each, and how the wire shows it."""

import secrets
import string
from dataclasses import asdict, dataclass, field
from typing import Any

_ALPHABET = string.ascii_letters + string.digits

REQUIRES_PAYMENT_METHOD = "requires_payment_method"
REQUIRES_CONFIRMATION = "requires_confirmation"
REQUIRES_CAPTURE = "requires_capture"
SUCCEEDED = "succeeded"
CANCELED = "canceled"
FAILED = "failed"


def new_id(prefix: str) -> str:
    """A fresh id in Stripe's form, such as ``pi_3kX...``."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIntent:
    """One payment. Invariant: amount_refunded <= amount_received <= amount."""

    id: str
    client_secret: str
    created: int
    amount: int
    currency: str
    capture_method: str
    status: str
    metadata: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    payment_method: str | None = None
    automatic_payment_methods: dict[str, Any] | None = None
    amount_capturable: int = 0
    amount_received: int = 0
    amount_refunded: int = 0
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    last_payment_error: dict[str, Any] | None = None
    latest_charge: str | None = None

    @property
    def manual_capture(self) -> bool:
        return self.capture_method == "manual"

    def to_wire(self) -> dict[str, Any]:
        wire = asdict(self)
        # At Stripe this is a fact of the charge, not of the PaymentIntent.
        del wire["amount_refunded"]
        return wire | {
            "object": "payment_intent",
            "confirmation_method": "automatic",
            "customer": None,
            "livemode": False,
            "next_action": None,
            "payment_method_types": ["card"],
        }

    def to_ledger(self) -> dict[str, Any]:
        """The payment as ``/_emulator/ledger`` shows it."""
        return {
            "id": self.id,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "amountCaptured": self.amount_received,
            "amountRefunded": self.amount_refunded,
            "amountCapturable": self.amount_capturable,
            "metadata": self.metadata,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One attempt to take a payment's money; what became of the money, the payment knows."""

    id: str
    created: int
    amount: int
    currency: str
    payment_intent: str
    payment_method: str
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    capture_before: int | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back out of one payment, settled at once; some fail afterwards."""

    id: str
    created: int
    amount: int
    currency: str
    payment_intent: str
    charge: str | None
    reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    status: str = SUCCEEDED
    failure_reason: str | None = None

    def to_wire(self) -> dict[str, Any]:
        wire = asdict(self) | {"object": "refund"}
        if self.failure_reason is None:
            del wire["failure_reason"]
        return wire

    def to_ledger(self) -> dict[str, Any]:
        """The refund as ``/_emulator/ledger`` shows it."""
        return {
            "id": self.id,
            "amount": self.amount,
            "status": self.status,
            "metadata": self.metadata,
        }
