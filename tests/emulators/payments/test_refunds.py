"""Giving captured money back, through the official SDK."""

import pytest
import stripe

from tests.emulators.payments.orders import authorization


@pytest.fixture
async def paid(intents):
    """A captured payment of 12.50 GBP."""
    intent = await intents.create_async(authorization())
    return await intents.capture_async(intent.id)


async def test_refunds_in_full(refunds, paid, payments):
    """Without an amount, everything captured goes back."""
    refund = await refunds.create_async({"payment_intent": paid.id, "metadata": {"order_id": "42"}})

    assert (refund.status, refund.amount, refund.currency) == ("succeeded", 1250, "gbp")
    assert refund.metadata.to_dict() == {"order_id": "42"}
    assert (await payments.ledger())[0]["amountRefunded"] == 1250


async def test_refunds_in_parts_up_to_the_whole(refunds, paid):
    """Returned lines are refunded one by one, never more than was paid."""
    await refunds.create_async({"payment_intent": paid.id, "amount": 1000})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async({"payment_intent": paid.id, "amount": 251})

    assert refused.value.param == "amount"


async def test_a_second_full_refund_is_refused(refunds, paid, payments):
    """Two independent undos must not pay the customer twice."""
    await refunds.create_async({"payment_intent": paid.id})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async({"payment_intent": paid.id})

    assert refused.value.code == "charge_already_refunded"
    assert (await payments.ledger())[0]["amountRefunded"] == 1250


async def test_what_was_never_captured_is_not_refunded(intents, refunds):
    """An authorization is canceled, not refunded."""
    authorized = await intents.create_async(authorization())

    with pytest.raises(stripe.InvalidRequestError, match="successful charge to refund"):
        await refunds.create_async({"payment_intent": authorized.id})


async def test_finds_refunds_by_id_and_by_payment(intents, refunds, paid):
    """Reconciliation asks what went back for one payment."""
    first = await refunds.create_async({"payment_intent": paid.id, "amount": 100})
    second = await refunds.create_async({"payment_intent": paid.id, "amount": 200})
    other = await intents.create_async(authorization(capture_method="automatic"))
    await refunds.create_async({"payment_intent": other.id})

    listed = await refunds.list_async({"payment_intent": paid.id, "limit": 1})

    assert [item.id async for item in listed.auto_paging_iter()] == [second.id, first.id]
    assert await refunds.retrieve_async(first.id) == first
