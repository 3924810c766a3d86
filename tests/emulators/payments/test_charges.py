"""Charges, and holds that nobody captures in time, through the official SDK."""

import pytest
import stripe

from tests.emulators.payments.orders import authorization, error_object

WEEK = 7 * 24 * 60 * 60
EXPAND = {"expand": ["latest_charge"]}


async def test_a_hold_says_until_when_it_can_be_captured(intents, clock):
    """Shipping too late means shipping unpaid: the date has to be known."""
    held = await intents.create_async(authorization(metadata={"orderId": "42"}, **EXPAND))

    charge = held.latest_charge
    assert charge.payment_method_details.card.capture_before == clock.now + WEEK
    assert (charge.captured, charge.refunded, charge.amount_captured) == (False, False, 0)
    assert (charge.payment_intent, charge.metadata.to_dict()) == (held.id, {"orderId": "42"})


async def test_the_charge_follows_capture_and_refund(payments, intents, refunds):
    """Accounting reads the money's way from the charge."""
    held = await intents.create_async(authorization())
    captured = await intents.capture_async(held.id, {"amount_to_capture": 1000, **EXPAND})
    await refunds.create_async({"payment_intent": held.id, "amount": 400})

    charge = await payments.client().v1.charges.retrieve_async(captured.latest_charge.id)

    assert (captured.latest_charge.captured, captured.latest_charge.amount_captured) == (True, 1000)
    assert (charge.amount_refunded, charge.refunded) == (400, False)


async def test_without_expansion_a_charge_is_an_id(intents):
    """As at Stripe; code that forgets to expand has to find out."""
    held = await intents.create_async(authorization())

    assert held.latest_charge.startswith("ch_")
    assert (await intents.retrieve_async(held.id, EXPAND)).latest_charge.id == held.latest_charge


async def test_a_declined_attempt_is_a_failed_charge(payments, intents):
    """Attempts are kept, with the reason."""
    with pytest.raises(stripe.CardError) as declined:
        await intents.create_async(authorization(payment_method="pm_card_visa_chargeDeclined"))
    failed = error_object(declined.value)["payment_intent"]["latest_charge"]

    charge = await payments.client().v1.charges.retrieve_async(failed)

    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")


async def test_a_hold_past_its_time_is_canceled_by_the_provider(payments, intents):
    """The money is free again, and a capture that comes too late takes nothing."""
    held = await intents.create_async(authorization())
    await payments.advance(WEEK)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.capture_async(held.id)

    expired = await intents.retrieve_async(held.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    assert expired.amount_capturable == 0


async def test_a_hold_is_good_until_its_time(payments, intents):
    """One second earlier the order is still paid."""
    held = await intents.create_async(authorization())
    await payments.advance(WEEK - 1)

    captured = await intents.capture_async(held.id)

    assert captured.status == "succeeded"


async def test_a_captured_payment_does_not_expire(payments, intents):
    """What was taken stays taken."""
    held = await intents.create_async(authorization())
    await intents.capture_async(held.id)
    await payments.advance(WEEK + 1)

    assert (await intents.retrieve_async(held.id)).status == "succeeded"


async def test_holds_can_be_made_short(payments, intents, clock):
    """A test of expiry must not have to move everything by a week."""
    await payments.tell("clock", holdSeconds=60)
    held = await intents.create_async(authorization(**EXPAND))
    clock.now += 60

    assert held.latest_charge.payment_method_details.card.capture_before == clock.now
    assert (await intents.retrieve_async(held.id)).status == "canceled"


async def test_what_cannot_be_expanded_is_named(intents):
    """An id where an object was asked for would only fail much later."""
    with pytest.raises(stripe.APIError, match="does not support expanding 'customer'"):
        await intents.create_async(authorization(expand=["customer"]))
