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


async def test_a_fault_of_one_order_meets_all_of_its_requests_and_no_others(payments):
    """Many tests share an emulator: each breaks its own orders only."""
    client = payments.client().v1
    held, refunded, other = [
        await client.payment_intents.create_async(
            authorization(metadata={"orderId": order}), keyed(f"create-{number}")
        )
        for number, order in enumerate(("order-1", "order-1", "order-2"))
    ]
    await client.payment_intents.capture_async(refunded.id)
    refund = await client.refunds.create_async({"payment_intent": refunded.id, "amount": 1})
    await payments.fault(orderId="order-1", status=503)
    about_order_1 = [
        lambda: client.payment_intents.create_async(
            authorization(metadata={"orderId": "order-1"}), keyed("create-3")
        ),
        lambda: client.payment_intents.capture_async(held.id),
        lambda: client.charges.retrieve_async(held.latest_charge),
        lambda: client.refunds.create_async({"payment_intent": refunded.id}),
        lambda: client.refunds.create_async({"charge": refunded.latest_charge}),
        lambda: client.refunds.retrieve_async(refund.id),
    ]

    for request in about_order_1:
        with pytest.raises(stripe.APIError):
            await request()

    assert (await client.payment_intents.capture_async(other.id)).status == "succeeded"


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


async def test_a_lasting_outage_does_not_change_what_is_on_record(intents, payments):
    """A 500 happens in the execution, and what was executed is not executed again."""
    first = await intents.create_async(authorization(), keyed("order-42"))
    await payments.fault(kind="write", status=500)

    again = await intents.create_async(authorization(), keyed("order-42"))

    assert again == first
    assert again.last_response.headers["idempotent-replayed"] == "true"


async def test_the_sdks_error_says_whether_it_comes_from_the_record(intents, payments):
    """A kept 500 will never change: the client must look for the payment instead."""
    await payments.fault(operation="create", status=500)
    replayed = []

    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            await intents.create_async(authorization(), keyed("order-42"))
        assert failed.value.http_status == 500
        replayed.append(header(failed.value, "idempotent-replayed"))

    assert replayed == [None, "true"]


async def test_writes_can_fail_while_reads_work(intents, payments):
    """One fault for all that changes something."""
    held = await intents.create_async(authorization())
    await payments.fault(kind="write", status=502)

    with pytest.raises(stripe.APIError):
        await intents.capture_async(held.id)

    assert (await intents.retrieve_async(held.id)).status == "requires_capture"
    assert [each.id for each in (await intents.list_async()).data] == [held.id]


async def test_many_faults_at_once_lose_and_double_nothing(payments):
    """The weather of a bad day: all of it together, on every operation of an order."""
    for fault in (
        {"rate": 0.2, "status": 502},
        {"rate": 0.2, "status": 429},
        {"rate": 0.2, "drop": "before"},
        {"rate": 0.2, "drop": "after"},
        {"rate": 0.2, "latencyMs": 1},
    ):
        await payments.fault(**fault)
    client = payments.client().v1

    async def insist(call, *arguments):
        for _ in range(100):
            try:
                return await call(*arguments)
            except (stripe.APIError, stripe.APIConnectionError, stripe.RateLimitError):
                pass
        raise AssertionError("a hundred attempts in vain")

    for number in range(10):
        held = await insist(
            client.payment_intents.create_async, authorization(), keyed(f"create-{number}")
        )
        await insist(client.payment_intents.capture_async, held.id, {}, keyed(f"take-{number}"))
        await insist(
            client.refunds.create_async,
            {"payment_intent": held.id, "amount": 250},
            keyed(f"refund-{number}"),
        )
        await insist(client.charges.retrieve_async, held.latest_charge)

    kept = [(p["amountCaptured"], p["amountRefunded"]) for p in await payments.ledger()]
    assert kept == [(1250, 250)] * 10
