"""Events: everything that happens to a payment, on record."""

import pytest
import stripe

from tests.emulators.payments.orders import authorization, keyed


async def types(payments, **parameters):
    """The types of all events, oldest first."""
    listed = await payments.client().v1.events.list_async(parameters)
    return [event.type async for event in listed.auto_paging_iter()][::-1]


async def test_a_paid_and_refunded_order_leaves_its_trail(payments, intents, refunds):
    """What an app that listens instead of asking would live on."""
    held = await intents.create_async(authorization())
    await intents.capture_async(held.id)
    await refunds.create_async({"payment_intent": held.id})

    assert await types(payments, limit=3) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]


async def test_an_event_keeps_the_state_and_the_request(payments, intents):
    """It tells of the moment it was written in, and who caused it."""
    held = await intents.create_async(authorization(), keyed("order-42"))
    await intents.capture_async(held.id)
    events = payments.client().v1.events

    listed = await events.list_async({"type": "payment_intent.amount_capturable_updated"})

    event = await events.retrieve_async(listed.data[0].id)
    assert event.data.object.to_dict() == held.to_dict()
    assert event.request.idempotency_key == "order-42"
    assert event.request.id == held.last_response.request_id
    assert (event.livemode, event.api_version) == (False, "2026-10-28.endive")


async def test_a_repeated_request_is_one_event(payments, intents):
    """A replay has no effect, so there is nothing to tell."""
    for _ in range(2):
        await intents.create_async(authorization(confirm=False), keyed("order-42"))

    assert await types(payments) == ["payment_intent.created"]


async def test_a_decline_is_an_event(payments, intents):
    """The shop's mail to the customer hangs on it."""
    with pytest.raises(stripe.CardError):
        await intents.create_async(authorization(payment_method="pm_card_visa_chargeDeclined"))

    assert await types(payments) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


async def test_what_time_does_is_caused_by_no_request(payments, intents):
    """An expiry is the provider's doing, and the only news of it is the event."""
    held = await intents.create_async(authorization())
    await payments.tell("clock", advanceSeconds=8 * 24 * 60 * 60)

    listed = await payments.client().v1.events.list_async({"type": "payment_intent.canceled"})

    assert [event.data.object["id"] for event in listed.data] == [held.id]
    assert listed.data[0].data.object["cancellation_reason"] == "automatic"
    assert listed.data[0].request.id is None


async def test_a_refund_that_fails_is_told(payments, intents, refunds):
    """Nobody asks again about a refund that succeeded."""
    intent = await intents.create_async(
        authorization(payment_method="pm_card_refundFail", capture_method="automatic")
    )
    await refunds.create_async({"payment_intent": intent.id})
    await payments.advance(60)

    assert (await types(payments))[-3:] == [
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]


async def test_a_dispute_is_told_and_blocks_refunds(payments, intents, refunds):
    """Refunding what the bank takes back anyway would pay twice."""
    intent = await intents.create_async(authorization(capture_method="automatic"))
    dispute = await payments.tell("disputes", payment_intent=intent.id)
    listed = await payments.client().v1.events.list_async({"type": "charge.dispute.created"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async({"payment_intent": intent.id})

    assert [event.data.object["id"] for event in listed.data] == [dispute["id"]]
    assert refused.value.code == "charge_disputed"
