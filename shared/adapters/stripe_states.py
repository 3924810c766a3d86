"""What the states of an order's PaymentIntents, read with their charges, come to."""

from collections.abc import Iterable
from typing import Any

import stripe

from shared.application.payment_gateway import MOST_TELLING_FIRST, PaymentState, PaymentStatus
from shared.domain.money import Money


def order_state(intents: Iterable[stripe.PaymentIntent], currency: str) -> PaymentState:
    """All of *intents*, which are of one order, in one."""
    found = list(intents)
    captured = sum(intent.amount_received or 0 for intent in found)
    refunded = sum(refunded_of(intent) for intent in found)
    telling = min(found, key=_weight, default=None)
    return PaymentState(
        _status(telling) if telling else PaymentStatus.NONE,
        telling.id if telling else None,
        Money(captured, currency),
        Money(refunded, currency),
    )


def _weight(intent: stripe.PaymentIntent) -> tuple[int, str]:
    return MOST_TELLING_FIRST.index(_status(intent)), intent.id


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
