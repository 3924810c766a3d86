"""A payment's way from creation to its end, through the official SDK."""

import asyncio

import pytest
import stripe

from tests.emulators.payments.orders import authorization, error_object


async def test_authorizes_and_captures_later(intents, payments):
    """The way of every paid order: money is held first, taken when stock is certain."""
    authorized = await intents.create_async(authorization(metadata={"order_id": "42"}))

    captured = await intents.capture_async(authorized.id)

    assert (authorized.status, authorized.amount_capturable) == ("requires_capture", 1250)
    assert (captured.status, captured.amount_received) == ("succeeded", 1250)
    assert await payments.ledger() == [
        {
            "id": captured.id,
            "status": "succeeded",
            "amount": 1250,
            "currency": "gbp",
            "amountCaptured": 1250,
            "amountRefunded": 0,
            "amountCapturable": 0,
            "metadata": {"order_id": "42"},
            "refunds": [],
        }
    ]


async def test_automatic_capture_takes_the_money_at_once(intents):
    """Stripe's default when no capture method is asked for."""
    intent = await intents.create_async(
        {"amount": 500, "currency": "EUR", "confirm": True, "payment_method": "pm_card_mastercard"}
    )

    assert (intent.status, intent.amount_received) == ("succeeded", 500)
    assert (intent.capture_method, intent.currency) == ("automatic_async", "eur")


async def test_confirms_in_steps(intents):
    """Checkout pages create first, choose a card later and confirm last."""
    created = await intents.create_async(
        {"amount": 500, "currency": "eur", "automatic_payment_methods": {"enabled": True}}
    )

    confirmed = await intents.confirm_async(created.id, {"payment_method": "pm_card_visa"})

    assert (created.status, confirmed.status) == ("requires_payment_method", "succeeded")


async def test_a_payment_method_without_confirmation_waits_for_it(intents):
    """Naming a card charges nothing."""
    created = await intents.create_async(authorization(confirm=False))

    assert (created.status, created.amount_capturable) == ("requires_confirmation", 0)


async def test_a_partial_capture_releases_the_rest(intents):
    """What was not shipped must not stay held on the customer's card."""
    authorized = await intents.create_async(authorization())

    captured = await intents.capture_async(authorized.id, {"amount_to_capture": 1000})

    assert (captured.amount_received, captured.amount_capturable) == (1000, 0)


async def test_captures_no_more_than_was_authorized(intents):
    """The hold is the limit."""
    authorized = await intents.create_async(authorization())

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.capture_async(authorized.id, {"amount_to_capture": 1251})

    assert refused.value.code == "amount_too_large"


async def test_canceling_releases_the_authorization(intents):
    """The undo of an order that was authorized and then fell through."""
    authorized = await intents.create_async(authorization())

    canceled = await intents.cancel_async(authorized.id, {"cancellation_reason": "abandoned"})

    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert canceled.cancellation_reason == "abandoned"


@pytest.mark.parametrize("operation", ["capture_async", "cancel_async", "confirm_async"])
async def test_what_the_state_forbids_is_refused_with_the_state(intents, operation):
    """The client learns from the error itself that its earlier attempt went through."""
    authorized = await intents.create_async(authorization())
    await intents.capture_async(authorized.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await getattr(intents, operation)(authorized.id)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert error_object(refused.value)["payment_intent"]["status"] == "succeeded"


async def test_confirming_without_a_payment_method_is_refused(intents):
    """There is nothing to charge."""
    created = await intents.create_async({"amount": 500, "currency": "eur"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.confirm_async(created.id)

    assert refused.value.code == "payment_intent_unexpected_state"


async def test_updates_metadata_key_by_key(intents):
    """Stripe merges metadata; an empty value removes its key."""
    created = await intents.create_async(authorization(metadata={"order_id": "42", "note": "x"}))

    updated = await intents.update_async(created.id, {"metadata": {"note": "", "shop": "7"}})

    assert updated.metadata.to_dict() == {"order_id": "42", "shop": "7"}
    assert await intents.retrieve_async(created.id) == updated


async def test_lists_newest_first_and_page_by_page(intents):
    """A reconciliation walks every payment exactly once."""
    created = [(await intents.create_async(authorization())).id for _ in range(5)]

    listed = await intents.list_async({"limit": 2})

    assert [intent.id async for intent in listed.auto_paging_iter()] == created[::-1]


async def test_an_unknown_payment_is_a_404(intents):
    """A lost id must not look like an outage."""
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await intents.retrieve_async("pi_nothing")

    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


async def test_the_synchronous_client_works_too(payments):
    """Scripts use the SDK without asyncio."""
    client = stripe.StripeClient("sk_test_local", base_addresses={"api": payments.url})

    intent = await asyncio.to_thread(client.v1.payment_intents.create, authorization())

    assert intent.status == "requires_capture"
