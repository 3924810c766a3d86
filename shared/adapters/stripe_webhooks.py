"""Stripe's webhooks as notices (docs.stripe.com/webhooks, docs.stripe.com/api/events/types)."""

from collections.abc import Mapping
from typing import Any

import stripe
from pydantic import SecretStr

from shared.adapters.stripe_answers import CapturesHere
from shared.adapters.stripe_errors import asking
from shared.adapters.stripe_metadata import ORDER_ID, metadata_of
from shared.application.payment_notices import NoticeKind, PaymentNotice
from shared.domain.errors import InvalidSignature, PaymentNotFound, WebhooksNotSetUp
from shared.domain.identity import is_order_id

# What is missing here is acknowledged and left alone: a hold that was made, since the saga that
# asked for it learns it; a refund, likewise, and one that nobody asked for is found by comparing
# the books; every other event of the account.
_KINDS: Mapping[str, NoticeKind] = {
    "payment_intent.succeeded": NoticeKind.SETTLED,
    "payment_intent.payment_failed": NoticeKind.DECLINED,
    "payment_intent.canceled": NoticeKind.HOLD_ENDED,
    "refund.failed": NoticeKind.REFUND_FAILED,
    "charge.dispute.created": NoticeKind.DISPUTED,
}
# Accounts with an older API version have no refund.failed.
_UPDATES = frozenset({"refund.updated", "charge.refund.updated"})


class StripeWebhooks:
    """The ``PaymentNotices`` port."""

    def __init__(
        self, client: stripe.StripeClient, secret: SecretStr | None, captures: CapturesHere
    ) -> None:
        self._client = client
        self._secret = secret
        self._captures = captures

    async def read(self, body: bytes, signature: str | None) -> PaymentNotice | None:
        event = self._verified(body, signature)
        about = event.data.object
        kind = _kind(event.type, about)
        if kind is None:
            return None
        payment_id = _payment_id(about)
        if kind is NoticeKind.SETTLED and await self._captures.was_answered(payment_id):
            return None
        return PaymentNotice(
            id=event.id,
            kind=kind,
            about=str(about.id),
            payment_id=payment_id,
            order_id=await self._order_id(about, payment_id),
        )

    def _verified(self, body: bytes, signature: str | None) -> Any:
        if self._secret is None:
            raise WebhooksNotSetUp
        try:
            return self._client.construct_event(
                body, signature or "", self._secret.get_secret_value()
            )
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise InvalidSignature from error

    async def _order_id(self, about: Any, payment_id: str) -> str:
        """Written on what we created; disputes and refunds by hand have their payment's."""
        order_id = metadata_of(about).get(ORDER_ID)
        if order_id is None and payment_id:
            order_id = await self._order_of_payment(payment_id)
        if order_id is None or not is_order_id(order_id):
            raise PaymentNotFound(payment_id)
        return order_id

    async def _order_of_payment(self, payment_id: str) -> str | None:
        with asking():
            try:
                intent = await self._client.v1.payment_intents.retrieve_async(payment_id)
            except stripe.InvalidRequestError as error:
                raise PaymentNotFound(payment_id) from error
        return metadata_of(intent).get(ORDER_ID)


def _kind(event_type: str, about: Any) -> NoticeKind | None:
    if event_type in _UPDATES:
        return NoticeKind.REFUND_FAILED if about.status == "failed" else None
    return _KINDS.get(event_type)


def _payment_id(about: Any) -> str:
    if about.object == "payment_intent":
        return str(about.id)
    return str(about.payment_intent or "")
