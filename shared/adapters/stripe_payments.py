"""Payments by Stripe: manual-capture PaymentIntents, keyed by the order.

An intent is created first and confirmed second. Creating takes nothing, so repeating it with its
idempotency key is a harmless way to learn the intent's id, also for an undo that does not know
whether anything happened. The later steps carry no key of ours: an intent can be confirmed,
captured and refunded in full only once anyway, and Stripe keeps a key's answer for a day, also when
that answer was a 500 (docs.stripe.com/api/idempotent_requests).
"""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from shared.application.ports import Payment
from shared.domain.errors import ConcurrentUpdate, PaymentDeclined, Unavailable

_UNEXPECTED_STATE = "payment_intent_unexpected_state"
_ALREADY_REFUNDED = "charge_already_refunded"


class StripePayments:
    """The ``PaymentGateway`` port."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds

    async def authorize(self, payment: Payment) -> str:
        with _translated_errors():
            intent_id = await self._create(payment)
            confirm = self._intents.confirm_async(intent_id, {"payment_method": payment.method})
            status = await self._status_after(confirm, intent_id)
        if status not in ("requires_capture", "succeeded"):
            raise PaymentDeclined(status)
        return intent_id

    async def capture(self, payment_id: str) -> None:
        with _translated_errors():
            capture = self._intents.capture_async(payment_id)
            status = await self._status_after(capture, payment_id)
        if status != "succeeded":
            raise PaymentDeclined(status)

    async def give_back(self, payment: Payment) -> None:
        with _translated_errors():
            intent = await self._intents.retrieve_async(await self._create(payment))
            if intent.status == "succeeded":
                await self._refund(intent.id)
            elif intent.status != "canceled":
                await self._cancel(payment, intent.id)

    async def _status_after(self, step: Awaitable[stripe.PaymentIntent], intent_id: str) -> str:
        """The state that *step* leaves the intent in.

        A repeat is refused because the intent has moved on already; then its state tells.
        """
        try:
            return (await step).status
        except stripe.InvalidRequestError as error:
            if error.code != _UNEXPECTED_STATE:
                raise
            return (await self._intents.retrieve_async(intent_id)).status

    async def _create(self, payment: Payment) -> str:
        intent = await self._intents.create_async(
            {
                "amount": payment.amount.minor_units,
                "currency": payment.amount.currency.lower(),
                "capture_method": "manual",
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "metadata": {"orderId": payment.order_id},
            },
            {"idempotency_key": f"{payment.order_id}:create"},
        )
        return intent.id

    async def _cancel(self, payment: Payment, intent_id: str) -> None:
        try:
            await self._intents.cancel_async(intent_id)
        except stripe.InvalidRequestError as error:
            if error.code != _UNEXPECTED_STATE:
                raise
            # A late capture won: the next repeat sees the new state and refunds.
            raise ConcurrentUpdate("payment of order", payment.order_id) from error

    async def _refund(self, intent_id: str) -> None:
        try:
            await self._refunds.create_async({"payment_intent": intent_id})
        except stripe.InvalidRequestError as error:
            if error.code != _ALREADY_REFUNDED:
                raise


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Stripe's errors in the domain's words (docs.stripe.com/error-handling).

    A time-out is an unknown outcome and therefore :class:`Unavailable`: the caller repeats with the
    same idempotency keys until the provider tells.
    """
    try:
        yield
    except stripe.CardError as error:
        raise PaymentDeclined(_decline_code(error)) from error
    except stripe.InvalidRequestError as error:
        # The client's payment method does not exist, or the hold expired before the capture: the
        # provider's final word on this payment.
        raise PaymentDeclined(error.code or "invalid-request") from error
    except stripe.StripeError as error:
        raise Unavailable("payment-gateway") from error


def _decline_code(error: stripe.CardError) -> str:
    details: Any = error.error
    return str(getattr(details, "decline_code", None) or error.code)
