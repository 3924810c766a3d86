"""Giving back what Stripe captured: a part of it under an id of ours, or all that is left."""

from collections.abc import Sequence
from typing import Any

import stripe

from shared.adapters.stripe_errors import ALREADY_REFUNDED
from shared.adapters.stripe_keys import with_key
from shared.adapters.stripe_metadata import ORDER_ID, REFUND_ID, metadata_of
from shared.application.payment_gateway import PaymentRefund
from shared.domain.errors import RefundRefused

_FAILED = ("failed", "canceled")
_PAGE = 100


class StripeRefunds:
    """Refunds, each at most once: our id of it is in its metadata, where it is looked for first."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._refunds = client.v1.refunds

    async def part(self, refund: PaymentRefund) -> None:
        """Give back a part, unless that was done: keys are forgotten after a day, refunds are not.

        Raises:
            RefundRefused: this refund was made, and came back from the bank.
        """
        wanted: Any = {
            "payment_intent": refund.payment_id,
            "amount": refund.amount.minor_units,
            "metadata": {ORDER_ID: refund.order_id, REFUND_ID: refund.refund_id},
        }

        async def create(key: str) -> stripe.Refund:
            return await self._refunds.create_async(wanted, {"idempotency_key": key})

        async def made_before() -> stripe.Refund | None:
            return await self._made(refund)

        made = await with_key(refund.refund_id, create, made_before)
        if made.status in _FAILED:
            raise RefundRefused(getattr(made, "failure_reason", None) or made.status)

    async def rest(self, intent_id: str, order_id: str) -> None:
        """Give back all that is left. Two of these at once cannot give back more than there is."""
        try:
            await self._refunds.create_async(
                {"payment_intent": intent_id, "metadata": {ORDER_ID: order_id}}
            )
        except stripe.InvalidRequestError as error:
            if error.code != ALREADY_REFUNDED:
                raise

    async def _made(self, refund: PaymentRefund) -> stripe.Refund | None:
        for made in await self._of_intent(refund.payment_id):
            if metadata_of(made).get(REFUND_ID) == refund.refund_id:
                return made
        return None

    async def _of_intent(self, intent_id: str) -> Sequence[stripe.Refund]:
        page = await self._refunds.list_async({"payment_intent": intent_id, "limit": _PAGE})
        return [refund async for refund in page.auto_paging_iter()]
