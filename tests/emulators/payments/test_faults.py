"""What a client of the payment provider has to survive."""

import pytest
import stripe

from tests.emulators.payments.orders import authorization, header, keyed


async def test_an_answer_lost_after_the_charge_is_recovered_by_the_key(intents, payments):
    """The worst case of all payments: charged, and nobody told."""
    await payments.fault(operation="create", drop="after", count=1)
    with pytest.raises(stripe.APIConnectionError):
        await intents.create_async(authorization(), keyed("order-42"))
    charged = await payments.ledger()

    recovered = await intents.create_async(authorization(), keyed("order-42"))

    assert [payment["id"] for payment in charged] == [recovered.id]
    assert await payments.ledger() == charged


async def test_a_connection_cut_before_the_charge_charges_nothing(intents, payments):
    """The same error at the client, the opposite effect."""
    await payments.fault(operation="create", drop="before", count=1)

    with pytest.raises(stripe.APIConnectionError):
        await intents.create_async(authorization(), keyed("order-42"))

    assert await payments.ledger() == []


@pytest.mark.parametrize(
    ("status", "error"), [(503, stripe.APIError), (429, stripe.RateLimitError)]
)
async def test_an_outage_leaves_the_key_free(intents, payments, status, error):
    """Overload is answered before execution, so the same key works once it is over."""
    await payments.fault(operation="create", status=status, count=1)
    with pytest.raises(error):
        await intents.create_async(authorization(), keyed("order-42"))

    recovered = await intents.create_async(authorization(), keyed("order-42"))

    assert recovered.status == "requires_capture"


async def test_an_internal_error_is_kept_for_the_key(intents, payments):
    """Stripe replays a 500, so a client that only repeats never learns more: it must look."""
    await payments.fault(operation="create", status=500, count=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            await intents.create_async(authorization(), keyed("order-42"))

    assert header(failed.value, "idempotent-replayed") == "true"
    assert await payments.ledger() == []


async def test_the_sdk_retries_a_cut_connection_by_itself(payments):
    """With the SDK's own retries and key, a cut is invisible to the caller."""
    await payments.fault(operation="create", drop="after", count=1)

    intent = await payments.client(retries=1).v1.payment_intents.create_async(authorization())

    assert [payment["id"] for payment in await payments.ledger()] == [intent.id]


async def test_a_fault_on_one_operation_leaves_the_others_alone(intents, payments):
    """A capture that fails after a good authorization is its own test case."""
    await payments.fault(operation="capture", status=503)
    authorized = await intents.create_async(authorization())

    with pytest.raises(stripe.APIError):
        await intents.capture_async(authorized.id)

    assert (await intents.retrieve_async(authorized.id)).status == "requires_capture"
