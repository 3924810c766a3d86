"""What issuers refuse, by Stripe's documented test payment methods."""

import pytest
import stripe

from tests.emulators.payments.orders import authorization, error_object

DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
]


@pytest.mark.parametrize(("card", "code", "decline_code"), DECLINES)
async def test_a_declined_card_says_why(intents, card, code, decline_code):
    """The reason decides whether the customer is asked for another card or told to retry."""
    with pytest.raises(stripe.CardError) as declined:
        await intents.create_async(authorization(payment_method=card))

    assert declined.value.http_status == 402
    assert declined.value.code == code
    assert getattr(declined.value.error, "decline_code", None) == decline_code


async def test_a_declined_payment_exists_and_can_be_paid_with_another_card(intents, payments):
    """A decline ends the attempt, not the payment."""
    with pytest.raises(stripe.CardError) as declined:
        await intents.create_async(authorization(payment_method="pm_card_visa_chargeDeclined"))
    failed = error_object(declined.value)["payment_intent"]

    paid = await intents.confirm_async(failed["id"], {"payment_method": "pm_card_visa"})

    assert failed["status"] == "requires_payment_method"
    assert failed["last_payment_error"]["decline_code"] == "generic_decline"
    assert (paid.status, paid.last_payment_error) == ("requires_capture", None)
    assert len(await payments.ledger()) == 1


async def test_an_unknown_payment_method_is_missing(intents, payments):
    """A token from another account charges nobody and leaves no payment behind."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.create_async(authorization(payment_method="pm_nobody"))

    assert (refused.value.code, refused.value.param) == ("resource_missing", "payment_method")
    assert await payments.ledger() == []


async def test_a_payment_method_that_is_not_emulated_is_refused_by_name(intents):
    """Pretending that a 3-D Secure card simply pays would hide a missing customer action."""
    with pytest.raises(stripe.APIError, match="does not support the payment method"):
        await intents.create_async(authorization(payment_method="pm_card_authenticationRequired"))
