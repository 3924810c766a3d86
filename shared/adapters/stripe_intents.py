"""Finding the PaymentIntents of an order at Stripe, and creating the one that is missing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import stripe

from shared.adapters.stripe_errors import MISSING, UNEXPECTED_STATE
from shared.adapters.stripe_keys import with_key
from shared.adapters.stripe_metadata import ORDER_ID, RENEWAL, metadata_of
from shared.application.payment_gateway import Payment
from shared.application.ports import Clock

# Stripe forgets keys after 24 hours; an hour is more than its search, which knows a new intent
# within a minute, can be behind. So every intent is found one way or the other.
KEYS_LAST = timedelta(hours=23)

_WITH_CHARGE: Any = ["latest_charge"]

# States of an intent that took part in something, the most important first.
_USED = ("succeeded", "requires_capture", "processing", "canceled")


class StripeIntents:
    """The intents that orders have, had, or are about to have."""

    def __init__(self, client: stripe.StripeClient, clock: Clock) -> None:
        self._intents = client.v1.payment_intents
        self._clock = clock

    async def of_payment(self, payment: Payment) -> str:
        """The id of the payment's intent, which is created if there is none. That takes nothing."""
        if payment.payment_id is not None:
            return payment.payment_id
        if self._is_old(payment):
            found = await self._search(payment.order_id)
            # One that never held anything is in nobody's way, and may be a failed creation's.
            used = [i for i in found if _renewal(i) == payment.renewal and i.status in _USED]
            if used:
                return min(used, key=lambda intent: _USED.index(intent.status)).id
        return await self._create(payment)

    async def of_order(self, payment: Payment) -> Sequence[str]:
        """The ids of all intents of the order, and of the one that a late repeat would use."""
        found = {payment.payment_id} if payment.payment_id else set()
        if self._is_old(payment) or payment.renewal:
            found |= {intent.id for intent in await self._search(payment.order_id)}
        if payment.payment_id is None or payment.renewal:
            found.add(await self._create(payment))
        return sorted(found)

    async def known(self, payment: Payment) -> Sequence[stripe.PaymentIntent]:
        """All intents of the order that Stripe has, as they are now; none is created."""
        known = {payment.payment_id} if payment.payment_id else set()
        if payment.payment_id is None or payment.renewal or self._is_old(payment):
            known |= {intent.id for intent in await self._search(payment.order_id)}
        found = [await self._find(intent_id) for intent_id in sorted(known)]
        return [intent for intent in found if intent is not None]

    async def get(self, intent_id: str) -> stripe.PaymentIntent:
        """The intent as it is now, with its charge."""
        return await self._intents.retrieve_async(intent_id, {"expand": _WITH_CHARGE})

    async def _find(self, intent_id: str) -> stripe.PaymentIntent | None:
        try:
            return await self.get(intent_id)
        except stripe.InvalidRequestError as error:
            if error.code != MISSING:
                raise
            return None

    async def confirm(self, intent_id: str, method: str) -> stripe.PaymentIntent:
        """The intent after its amount was put on hold, with its charge."""
        confirm: Any = {"payment_method": method, "expand": _WITH_CHARGE}
        try:
            return await self._intents.confirm_async(intent_id, confirm)
        except stripe.InvalidRequestError as error:
            return await self._moved_on(intent_id, error)

    async def capture(self, intent_id: str) -> stripe.PaymentIntent:
        """The intent after its amount was taken, with its charge."""
        try:
            return await self._intents.capture_async(intent_id, {"expand": _WITH_CHARGE})
        except stripe.InvalidRequestError as error:
            return await self._moved_on(intent_id, error)

    async def cancel(self, intent_id: str) -> stripe.PaymentIntent:
        """The intent after its hold was let go of."""
        try:
            return await self._intents.cancel_async(intent_id)
        except stripe.InvalidRequestError as error:
            return await self._moved_on(intent_id, error)

    async def _moved_on(
        self, intent_id: str, error: stripe.InvalidRequestError
    ) -> stripe.PaymentIntent:
        """A repeat is refused because the intent is past it already; then its state tells."""
        if error.code != UNEXPECTED_STATE:
            raise error
        return await self.get(intent_id)

    async def _search(self, order_id: str) -> Sequence[stripe.PaymentIntent]:
        query = f"metadata['{ORDER_ID}']:'{order_id}'"
        found = await self._intents.search_async({"query": query, "limit": 100})
        return found.data

    async def _create(self, payment: Payment) -> str:
        # The same key with other parameters is refused: what is sent for a first hold may not
        # change from one version of the app to the next.
        metadata = {ORDER_ID: payment.order_id}
        key = f"{payment.order_id}:create"
        if payment.renewal:
            metadata[RENEWAL] = str(payment.renewal)
            key += f":renewal-{payment.renewal}"

        async def create(generation: str) -> stripe.PaymentIntent:
            return await self._intents.create_async(
                {
                    "amount": payment.amount.minor_units,
                    "currency": payment.amount.currency.lower(),
                    "capture_method": "manual",
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": metadata,
                },
                {"idempotency_key": generation},
            )

        return (await with_key(key, create)).id

    def _is_old(self, payment: Payment) -> bool:
        return self._clock() - payment.placed_at > KEYS_LAST


def _renewal(intent: stripe.PaymentIntent) -> int:
    return int(metadata_of(intent).get(RENEWAL, 0))
