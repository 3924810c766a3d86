"""Stripe's idempotency rules: what makes retrying a payment safe."""

import asyncio

import pytest
import stripe

from emulators.payments.idempotency import RETENTION_SECONDS
from tests.emulators.payments.orders import authorization, error_object, header, keyed


async def test_the_same_key_charges_once(intents, payments):
    """A retried request gets the first answer and has no second effect."""
    first = await intents.create_async(authorization(), keyed("order-42"))

    again = await intents.create_async(authorization(), keyed("order-42"))

    assert again == first
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.last_response.headers
    assert len(await payments.ledger()) == 1


async def test_a_replay_shows_the_first_answer_not_the_present_state(intents):
    """A client that needs the present state has to ask for it."""
    first = await intents.create_async(authorization(), keyed("order-42"))
    await intents.capture_async(first.id)

    again = await intents.create_async(authorization(), keyed("order-42"))

    assert again.status == "requires_capture"


async def test_a_decline_is_replayed(intents, payments):
    """A declined card does not turn good because the request is repeated."""
    declined = authorization(payment_method="pm_card_visa_chargeDeclined")
    answers = []

    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            await intents.create_async(declined, keyed("order-42"))
        answers.append(refused.value.json_body)

    assert answers[0] == answers[1]
    assert len(await payments.ledger()) == 1


@pytest.mark.parametrize("other", [{"amount": 1}, {"metadata": {"order_id": "43"}}])
async def test_the_same_key_with_other_parameters_is_refused(intents, payments, other):
    """A reused key is a bug in the client, not a payment."""
    await intents.create_async(authorization(), keyed("order-42"))

    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        await intents.create_async(authorization(**other), keyed("order-42"))

    assert len(await payments.ledger()) == 1


async def test_the_same_key_on_another_endpoint_is_refused(intents):
    """One key, one operation."""
    intent = await intents.create_async(authorization(), keyed("order-42"))

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await intents.capture_async(intent.id, {}, keyed("order-42"))


async def test_a_key_in_use_is_a_conflict(intents, payments):
    """Of two simultaneous requests only one may run; the other is told to come back."""
    await payments.fault(operation="create", latencyMs=300, count=1)

    answers = await asyncio.gather(
        *(intents.create_async(authorization(), keyed("order-42")) for _ in range(2)),
        return_exceptions=True,
    )

    refused = [answer for answer in answers if isinstance(answer, stripe.StripeError)]
    assert [(error.http_status, error_object(error)["code"]) for error in refused] == [
        (409, "idempotency_key_in_use")
    ]
    assert header(refused[0], "stripe-should-retry") == "true"
    assert len(await payments.ledger()) == 1


async def test_a_refused_parameter_leaves_the_key_free(intents):
    """Nothing was executed, so the corrected request may use the same key."""
    with pytest.raises(stripe.InvalidRequestError):
        await intents.create_async(authorization(amount=0), keyed("order-42"))

    assert (await intents.create_async(authorization(), keyed("order-42"))).amount == 1250


async def test_a_key_is_forgotten_after_a_day(intents, payments, clock):
    """A retry that late is a new payment: the client must not rely on the key for longer."""
    await intents.create_async(authorization(), keyed("order-42"))
    clock.now += RETENTION_SECONDS + 1

    await intents.create_async(authorization(), keyed("order-42"))

    assert len(await payments.ledger()) == 2


async def test_a_key_is_kept_for_a_day(intents, payments, clock):
    """Within the day the key protects."""
    await intents.create_async(authorization(), keyed("order-42"))
    clock.now += RETENTION_SECONDS - 1

    await intents.create_async(authorization(), keyed("order-42"))

    assert len(await payments.ledger()) == 1


@pytest.mark.parametrize("key", ["k" * 256, "tab\tinside"])
async def test_a_key_that_is_none_is_refused(intents, payments, key):
    """A key the provider would not keep protects from nothing."""
    with pytest.raises(stripe.InvalidRequestError, match="Idempotency keys"):
        await intents.create_async(authorization(), keyed(key))

    assert await payments.ledger() == []
