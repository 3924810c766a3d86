"""What Stripe's own events say to us, signed as it signs them."""

import json
from typing import Any

import pytest
import stripe
from pydantic import SecretStr

from shared.adapters.stripe_answers import CapturesHere
from shared.adapters.stripe_webhooks import StripeWebhooks
from shared.application.payment_gateway import Payment, PaymentRefund
from shared.application.payment_notices import NoticeKind
from shared.domain.errors import PaymentNotFound, Unavailable
from shared.domain.money import Money

SECRET = SecretStr("whsec_contract")


@pytest.fixture
def payment(order_id, provider_time) -> Payment:
    """A payment that will work."""
    return Payment(order_id, Money(1250, "GBP"), "pm_card_visa", placed_at=provider_time())


@pytest.fixture
def webhooks(stripe_client) -> StripeWebhooks:
    """The adapter, on another worker than the one that captures."""
    return StripeWebhooks(stripe_client, SECRET, CapturesHere())


@pytest.fixture
def events_of(http, payments_url) -> Any:
    """Everything that the provider tells about a payment."""

    async def read(payment_id: str) -> list[dict[str, Any]]:
        headers = {"Authorization": "Bearer sk_test_contract"}
        url = f"{payments_url}/v1/events?limit=50"
        async with http.get(url, headers=headers) as response:
            events = (await response.json())["data"]
        return [event for event in events if payment_id in json.dumps(event)]

    return read


async def hear(webhooks: StripeWebhooks, event: dict[str, Any]) -> Any:
    """What is understood of an event."""
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET.get_secret_value())
    return await webhooks.read(body.encode(), signature)


async def kinds(webhooks: StripeWebhooks, events: list[dict[str, Any]], order_id: str) -> set[Any]:
    """What is understood of several events, all of one order."""
    notices = [notice for event in events if (notice := await hear(webhooks, event))]
    assert {notice.order_id for notice in notices} <= {order_id}
    return {notice.kind for notice in notices}


async def test_the_life_of_a_payment(webhooks, stripe_payments, payment, events_of):
    """Held, captured, given back in part: all that matters is that it was captured."""
    payment_id = (await stripe_payments.authorize(payment)).payment_id
    await stripe_payments.capture(payment_id)
    part = PaymentRefund("refund-1", payment_id, Money(500, "GBP"), payment.order_id)
    await stripe_payments.refund(part)

    heard = await kinds(webhooks, await events_of(payment_id), payment.order_id)

    assert heard == {NoticeKind.SETTLED}


async def test_a_capture_that_was_answered_here_is_no_news(
    stripe_client, stripe_payments, payment, events_of, captures
):
    """An order costs no look for what its saga knows already."""
    payment_id = (await stripe_payments.authorize(payment)).payment_id
    await stripe_payments.capture(payment_id)
    webhooks = StripeWebhooks(stripe_client, SECRET, captures)

    heard = await kinds(webhooks, await events_of(payment_id), payment.order_id)

    assert heard == set()


async def test_a_hold_that_ends(webhooks, stripe_payments, payment, events_of, provider_time):
    """Whoever let go of it."""
    payment_id = (await stripe_payments.authorize(payment)).payment_id
    await provider_time.pass_by(days=8)

    heard = await kinds(webhooks, await events_of(payment_id), payment.order_id)

    assert heard == {NoticeKind.HOLD_ENDED}


async def test_a_dispute_is_about_the_order_of_its_payment(
    webhooks, stripe_payments, payment, events_of, http, payments_url
):
    """The event itself does not name it."""
    payment_id = (await stripe_payments.authorize(payment)).payment_id
    await stripe_payments.capture(payment_id)
    await http.post(f"{payments_url}/_emulator/disputes", json={"payment_intent": payment_id})

    heard = await kinds(webhooks, await events_of(payment_id), payment.order_id)

    assert heard == {NoticeKind.SETTLED, NoticeKind.DISPUTED}


async def test_a_dispute_waits_until_its_payment_can_be_asked_for(
    webhooks, stripe_payments, payment, events_of, http, payments_url
):
    """Stripe sends it again."""
    payment_id = (await stripe_payments.authorize(payment)).payment_id
    await stripe_payments.capture(payment_id)
    await http.post(f"{payments_url}/_emulator/disputes", json={"payment_intent": payment_id})
    (dispute,) = [e for e in await events_of(payment_id) if "dispute" in e["type"]]
    await http.post(f"{payments_url}/_emulator/faults", json={"kind": "read", "status": 503})
    try:
        with pytest.raises(Unavailable):
            await hear(webhooks, dispute)
    finally:
        await http.delete(f"{payments_url}/_emulator/faults")


async def test_a_refund_that_fails(webhooks, stripe_payments, payment, events_of, provider_time):
    """The bank sent it back."""
    failing = Payment(payment.order_id, payment.amount, "pm_card_refundFail", payment.placed_at)
    payment_id = (await stripe_payments.authorize(failing)).payment_id
    await stripe_payments.capture(payment_id)
    await stripe_payments.give_back(payment)
    await provider_time.pass_by(minutes=1)

    heard = await kinds(webhooks, await events_of(payment_id), payment.order_id)

    assert heard == {NoticeKind.SETTLED, NoticeKind.REFUND_FAILED}


async def test_a_payment_of_others_is_of_no_order(webhooks, stripe_client, events_of):
    """Other systems may use the same account."""
    intent = await stripe_client.v1.payment_intents.create_async(
        {
            "amount": 500,
            "currency": "gbp",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "capture_method": "automatic",
        }
    )
    (settled,) = [e for e in await events_of(intent.id) if e["type"] == "payment_intent.succeeded"]

    with pytest.raises(PaymentNotFound):
        await hear(webhooks, settled)
