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


async def test_refunds_by_charge(refunds, paid):
    """Events name charges, and so do older integrations."""
    refund = await refunds.create_async({"charge": paid.latest_charge, "amount": 100})

    listed = await refunds.list_async({"charge": paid.latest_charge})

    assert (refund.payment_intent, refund.charge) == (paid.id, paid.latest_charge)
    assert [item.id for item in listed.data] == [refund.id]


async def test_a_refund_of_nothing_is_refused(refunds):
    """One of the two has to say what is refunded."""
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge") as refused:
        await refunds.create_async({"amount": 100})

    assert refused.value.code == "parameter_missing"


async def test_a_refund_can_fail_after_it_succeeded(intents, refunds, payments):
    """The customer's bank sends the money back, and the payment is as before the refund."""
    intent = await intents.create_async(
        authorization(payment_method="pm_card_refundFail", capture_method="automatic")
    )
    refund = await refunds.create_async({"payment_intent": intent.id, "amount": 500})
    before = await payments.ledger()
    await payments.advance(60)

    failed = await refunds.retrieve_async(refund.id)

    after = await payments.ledger()
    assert (refund.status, failed.status) == ("succeeded", "failed")
    assert failed.failure_reason == "expired_or_canceled_card"
    assert (before[0]["amountRefunded"], after[0]["amountRefunded"]) == (500, 0)
    assert [each["status"] for each in after[0]["refunds"]] == ["failed"]


async def test_the_ledger_shows_one_order(intents, refunds, payments):
    """Among thousands of payments a test looks at its own."""
    for order_id in ("41", "42", "43"):
        intent = await intents.create_async(
            authorization(capture_method="automatic", metadata={"orderId": order_id})
        )
        await refunds.create_async(
            {"payment_intent": intent.id, "amount": 5, "metadata": {"return": f"r{order_id}"}}
        )

    (shown,) = (await payments.get_json("/_emulator/ledger?orderId=42"))["payments"]

    assert shown["metadata"] == {"orderId": "42"}
    assert [refund["metadata"] for refund in shown["refunds"]] == [{"return": "r42"}]


async def test_the_ledger_has_pages(intents, payments):
    """Oldest first, so that pages do not shift while payments come in."""
    made = [(await intents.create_async(authorization())).id for _ in range(3)]

    first = await payments.get_json("/_emulator/ledger?limit=2")
    rest = await payments.get_json(f"/_emulator/ledger?limit=2&startingAfter={made[1]}")

    assert [payment["id"] for payment in first["payments"]] == made[:2]
    assert [payment["id"] for payment in rest["payments"]] == made[2:]
