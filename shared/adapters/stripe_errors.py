"""Stripe's errors in the domain's words (docs.stripe.com/error-handling).

An ``IdempotencyError`` stays what it is: a bug of ours, which sent something else under a used key,
and no reason to leave the provider alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from shared.domain.errors import PaymentDeclined, RefundRefused, Unavailable

UNEXPECTED_STATE = "payment_intent_unexpected_state"
MISSING = "resource_missing"
ALREADY_REFUNDED = "charge_already_refunded"

PROVIDER = "payment-gateway"


@contextmanager
def taking() -> Iterator[None]:
    """A refusal of the provider is a declined payment.

    A time-out is an unknown outcome and therefore :class:`Unavailable`: the caller repeats until
    the provider tells.
    """
    try:
        yield
    except stripe.CardError as error:
        raise PaymentDeclined(_decline_code(error)) from error
    except stripe.InvalidRequestError as error:
        # The client's payment method does not exist, or the hold expired before the capture: the
        # provider's final word on this payment.
        raise PaymentDeclined(error.code or "invalid-request") from error
    except stripe.IdempotencyError:
        raise
    except stripe.StripeError as error:
        raise Unavailable(PROVIDER) from error


@contextmanager
def returning() -> Iterator[None]:
    """A refusal of the provider is a refused refund."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        raise RefundRefused(error.code or error.param or "invalid-request") from error
    except stripe.IdempotencyError:
        raise
    except stripe.StripeError as error:
        raise Unavailable(PROVIDER) from error


@contextmanager
def asking() -> Iterator[None]:
    """A question has no answer but the truth: everything else is a fault."""
    try:
        yield
    except stripe.IdempotencyError:
        raise
    except stripe.StripeError as error:
        raise Unavailable(PROVIDER) from error


def is_kept_failure(error: stripe.APIError) -> bool:
    """Whether this 500 is the answer of an earlier request, which its key repeats for a day."""
    headers = {name.lower(): value for name, value in dict(error.headers or {}).items()}
    return error.http_status == 500 and headers.get("idempotent-replayed") == "true"


def _decline_code(error: stripe.CardError) -> str:
    details: Any = error.error
    return str(getattr(details, "decline_code", None) or error.code)
