"""What the saga relies on at the payment gateway, held by the fake and by Stripe's adapter."""

from typing import Any

import pytest

from shared.application.ports import Payment
from shared.domain.errors import PaymentDeclined, Unavailable
from shared.domain.money import Money
from tests.fakes import FakePayments

TOTAL = Money(1250, "GBP")


@pytest.fixture(params=["fake", "stripe"])
def gateway(request) -> Any:
    """Each implementation of the port in turn."""
    if request.param == "fake":
        return FakePayments(frozenset({"pm_card_visa_chargeDeclined"}))
    return request.getfixturevalue("stripe_payments")


@pytest.fixture
def payment(order_id) -> Payment:
    """A payment that will work."""
    return Payment(order_id, TOTAL, "pm_card_visa")


async def test_authorizing_twice_is_one_hold(gateway, payment):
    """The repeat of a step whose answer was lost gets the same payment."""
    assert await gateway.authorize(payment) == await gateway.authorize(payment)


async def test_capturing_twice_takes_the_money_once(gateway, payment):
    """A second capture that raised would undo a sale that went well."""
    payment_id = await gateway.authorize(payment)

    await gateway.capture(payment_id)
    await gateway.capture(payment_id)


async def test_a_declined_card_is_a_refusal(gateway, order_id):
    """It is an answer, not a fault: nothing is gained by repeating it."""
    with pytest.raises(PaymentDeclined):
        await gateway.authorize(Payment(order_id, TOTAL, "pm_card_visa_chargeDeclined"))


async def test_giving_back_is_harmless_when_nothing_was_taken(gateway, payment):
    """The undo of a step that never began."""
    await gateway.give_back(payment)
    await gateway.give_back(payment)


@pytest.mark.parametrize("captured", [False, True])
async def test_giving_back_twice_gives_back_once(gateway, payment, captured):
    """A hold is voided, a charge refunded, and a repeat finds nothing left to do."""
    payment_id = await gateway.authorize(payment)
    if captured:
        await gateway.capture(payment_id)

    await gateway.give_back(payment)
    await gateway.give_back(payment)


async def test_a_late_authorization_takes_nothing_after_the_undo(gateway, payment):
    """A stuck worker may come back when the order is long rejected."""
    await gateway.give_back(payment)

    with pytest.raises(PaymentDeclined):
        await gateway.authorize(payment)


async def test_a_late_capture_takes_nothing_after_the_undo(gateway, payment):
    """The same, one step later."""
    payment_id = await gateway.authorize(payment)
    await gateway.give_back(payment)

    with pytest.raises(PaymentDeclined):
        await gateway.capture(payment_id)


class TestStripe:
    """What only the real adapter can show: the ledger behind it, and its faults."""

    @pytest.fixture
    async def entry(self, http, payments_url, order_id):
        """Reads the ledger entry of the order."""

        async def read():
            async with http.get(f"{payments_url}/_emulator/ledger") as response:
                payments = (await response.json())["payments"]
            (found,) = [p for p in payments if p["metadata"]["orderId"] == order_id]
            return found

        return read

    @pytest.fixture
    async def fault(self, http, payments_url):
        """Puts a fault into the provider until the test ends."""
        faults = f"{payments_url}/_emulator/faults"

        async def put(**fault):
            assert (await http.post(faults, json=fault)).status == 201

        yield put
        await http.delete(faults)

    async def test_takes_exactly_the_total_of_the_order(self, stripe_payments, payment, entry):
        """Once, in the smallest unit, in the order's currency."""
        await stripe_payments.capture(await stripe_payments.authorize(payment))

        found = await entry()
        assert (found["amountCaptured"], found["currency"]) == (1250, "gbp")

    async def test_refunds_all_that_was_captured(self, stripe_payments, payment, entry):
        """Nothing stays behind of an order that was undone."""
        await stripe_payments.capture(await stripe_payments.authorize(payment))

        await stripe_payments.give_back(payment)

        found = await entry()
        assert found["amountRefunded"] == found["amountCaptured"] == 1250

    @pytest.mark.parametrize("operation", ["create", "confirm", "capture"])
    async def test_an_answer_that_is_lost_is_asked_for_again(
        self, stripe_payments, payment, entry, fault, operation
    ):
        """The effect took place, the answer did not arrive: the repeat must not charge twice."""
        await fault(operation=operation, drop="after", count=1)

        async def pay():
            await stripe_payments.capture(await stripe_payments.authorize(payment))

        with pytest.raises(Unavailable):
            await pay()
        await pay()

        assert (await entry())["amountCaptured"] == 1250

    async def test_a_failing_provider_is_a_fault_not_a_refusal(
        self, stripe_payments, payment, fault
    ):
        """An outage of the provider must not reject the orders of the hour."""
        await fault(operation="create", status=503, count=1)

        with pytest.raises(Unavailable):
            await stripe_payments.authorize(payment)

    @pytest.mark.parametrize("operation", ["confirm", "capture"])
    async def test_a_500_is_outlived(self, stripe_payments, payment, entry, fault, operation):
        """Stripe repeats a kept 500 to whoever repeats its key; the order must go on regardless."""
        await fault(operation=operation, status=500, count=1)

        async def pay():
            await stripe_payments.capture(await stripe_payments.authorize(payment))

        with pytest.raises(Unavailable):
            await pay()
        await pay()

        assert (await entry())["amountCaptured"] == 1250

    async def test_an_unknown_payment_method_is_a_refusal(self, stripe_payments, order_id):
        """Repeating will not make the client's token exist."""
        with pytest.raises(PaymentDeclined):
            await stripe_payments.authorize(Payment(order_id, TOTAL, "pm_nonsense"))
