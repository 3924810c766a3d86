"""Payments by Stripe: manual-capture PaymentIntents, keyed by the order.

An intent is created first and confirmed second. Creating takes nothing, so repeating it with its
idempotency key is a harmless way to learn the intent's id, also for an undo that does not know
whether anything happened. The later steps carry no key of ours: an intent can be confirmed,
captured and refunded in full only once anyway.
"""

from datetime import UTC, datetime
from typing import Any

import stripe

from shared.adapters.stripe_answers import CapturesHere
from shared.adapters.stripe_errors import asking, returning, taking
from shared.adapters.stripe_intents import StripeIntents
from shared.adapters.stripe_refunds import StripeRefunds
from shared.adapters.stripe_states import is_refunded, order_state
from shared.application.payment_gateway import (
    Authorization,
    Payment,
    PaymentRefund,
    PaymentState,
)
from shared.application.ports import Clock
from shared.domain.errors import AlreadyCaptured, ConcurrentUpdate, PaymentDeclined
from shared.domain.money import Money


class StripePayments:
    """The ``PaymentGateway`` port."""

    def __init__(self, client: stripe.StripeClient, clock: Clock, captures: CapturesHere) -> None:
        self._intents = StripeIntents(client, clock)
        self._refunds = StripeRefunds(client)
        self._captures = captures

    async def authorize(self, payment: Payment) -> Authorization:
        with taking():
            intent_id = await self._intents.of_payment(payment)
            intent = await self._intents.confirm(intent_id, payment.method)
        _require(intent, "requires_capture", "succeeded")
        return Authorization(intent.id, _expiry(intent))

    async def capture(self, payment_id: str) -> None:
        async with self._captures.capture(payment_id):
            with taking():
                intent = await self._intents.capture(payment_id)
            _require(intent, "succeeded")

    async def void(self, payment_id: str) -> None:
        with returning():
            intent = await self._intents.cancel(payment_id)
        if intent.status == "succeeded":
            raise AlreadyCaptured(payment_id)

    async def refund(self, refund: PaymentRefund) -> None:
        with returning():
            await self._refunds.part(refund)

    async def give_back(self, payment: Payment) -> Money:
        with returning():
            found = await self._intents.of_order(payment)
            captured = [await self._return(intent_id, payment.order_id) for intent_id in found]
        return Money(sum(captured), payment.amount.currency)

    async def state(self, payment: Payment) -> PaymentState:
        with asking():
            intents = await self._intents.known(payment)
        return order_state(intents, payment.amount.currency)

    async def _return(self, intent_id: str, order_id: str) -> int:
        """Let go of the intent; what had been captured of it."""
        intent = await self._intents.get(intent_id)
        if intent.status == "succeeded":
            if not is_refunded(intent):
                await self._refunds.rest(intent_id, order_id)
        elif intent.status != "canceled":
            intent = await self._intents.cancel(intent_id)
            if intent.status == "succeeded":
                # A late capture won: the next repeat sees the new state and refunds.
                raise ConcurrentUpdate("payment of order", order_id)
        return intent.amount_received or 0


def _require(intent: stripe.PaymentIntent, *statuses: str) -> None:
    if intent.status not in statuses:
        raise PaymentDeclined(intent.status)
    if is_refunded(intent):
        raise PaymentDeclined("refunded")


def _expiry(intent: stripe.PaymentIntent) -> datetime | None:
    charge: Any = intent.latest_charge
    details = charge.payment_method_details if charge else None
    moment = getattr(details.card, "capture_before", None) if details else None
    return None if moment is None else datetime.fromtimestamp(moment, UTC)
