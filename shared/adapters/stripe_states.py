"""What the states of an order's PaymentIntents, read with their charges, come to."""

from collections.abc import Iterable
from typing import Any

import stripe

from shared.application.payment_gateway import PaymentState, PaymentStatus
from shared.domain.money import Money

# What matters most of several payments of one order: whether money is kept, then whether held.
_WEIGHT = (
    PaymentStatus.CAPTURED,
    PaymentStatus.HELD,
    PaymentStatus.RETURNED,
    PaymentStatus.DECLINED,
    PaymentStatus.NONE,
)


def order_state(intents: Iterable[stripe.PaymentIntent], currency: str) -> PaymentState:
    """All of *intents*, which are of one order, in one."""
    found = sorted((_WEIGHT.index(_status(i)), i.id, i) for i in intents)
    captured = sum(intent.amount_received or 0 for *_, intent in found)
    refunded = sum(refunded_of(intent) for *_, intent in found)
    weight, payment_id = found[0][:2] if found else (_WEIGHT.index(PaymentStatus.NONE), None)
    return PaymentState(
        _WEIGHT[weight], payment_id, Money(captured, currency), Money(refunded, currency)
    )


def refunded_of(intent: stripe.PaymentIntent) -> int:
    """What of the intent's captured amount was given back."""
    charge: Any = intent.latest_charge
    return int(charge.amount_refunded) if charge and intent.status == "succeeded" else 0


def is_refunded(intent: stripe.PaymentIntent) -> bool:
    """Whether all that was captured was given back."""
    return intent.status == "succeeded" and refunded_of(intent) == intent.amount_received


def _status(intent: stripe.PaymentIntent) -> PaymentStatus:
    if intent.status == "succeeded":
        return PaymentStatus.RETURNED if is_refunded(intent) else PaymentStatus.CAPTURED
    if intent.status == "requires_capture":
        return PaymentStatus.HELD
    if intent.status == "canceled":
        return PaymentStatus.RETURNED
    return PaymentStatus.DECLINED if intent.last_payment_error else PaymentStatus.NONE
