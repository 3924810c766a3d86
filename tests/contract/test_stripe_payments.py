"""What only Stripe's adapter can show: the ledger behind it, its faults, and its forgetting."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
import stripe

from shared.application.payment_gateway import Payment, PaymentRefund, PaymentStatus
from shared.domain.errors import PaymentDeclined, RefundRefused, Unavailable
from shared.domain.money import Money

TOTAL = Money(1250, "GBP")


@pytest.fixture
def payment(order_id, provider_time) -> Payment:
    """A payment that will work."""
    return Payment(order_id, TOTAL, "pm_card_visa", placed_at=provider_time())


@pytest.fixture
async def entries(http, payments_url, order_id):
    """Reads the ledger entries of the order."""

    async def read():
        async with http.get(f"{payments_url}/_emulator/ledger?orderId={order_id}") as response:
            return (await response.json())["payments"]

    return read


@pytest.fixture
async def entry(entries):
    """Reads the one ledger entry of the order that is about money."""

    async def read():
        (found,) = [entry for entry in await entries() if entry["amountCaptured"]]
        return found

    return read


@pytest.fixture
async def fault(http, payments_url):
    """Puts a fault into the provider until the test ends."""
    faults = f"{payments_url}/_emulator/faults"

    async def put(**fault):
        assert (await http.post(faults, json=fault)).status == 201

    yield put
    await http.delete(faults)


@pytest.fixture
def pay(stripe_payments, payment):
    """Pays the order; the payment's id."""

    async def pay():
        payment_id = (await stripe_payments.authorize(payment)).payment_id
        await stripe_payments.capture(payment_id)
        return payment_id

    return pay


def part(payment_id, payment, minor_units=500) -> PaymentRefund:
    """A refund of a part."""
    refund_id = f"{payment.order_id}:refund-1"
    return PaymentRefund(refund_id, payment_id, Money(minor_units, "GBP"), payment.order_id)


async def in_the_end(action) -> None:
    """Repeat *action*, which fails at least once, until it works."""
    with pytest.raises(Unavailable):
        await action()
    for _ in range(5):
        with suppress(Unavailable):
            await action()
            return
    pytest.fail("It never worked")


async def test_takes_exactly_the_total_of_the_order(pay, entry):
    """Once, in the smallest unit, in the order's currency."""
    await pay()

    found = await entry()
    assert (found["amountCaptured"], found["currency"]) == (1250, "gbp")


async def test_an_order_costs_three_requests(pay, http, payments_url):
    """To create, to confirm, to capture: when the hold ends is told with the confirmation."""

    async def requests():
        async with http.get(f"{payments_url}/_emulator/stats") as response:
            return (await response.json())["requests"]

    before = await requests()

    await pay()

    assert await requests() - before == 3


async def test_the_hold_ends_when_the_provider_says(stripe_payments, payment):
    """Seven days, at this one; others have others."""
    authorization = await stripe_payments.authorize(payment)

    assert 6.9 < (authorization.expires_at - payment.placed_at).total_seconds() / 86_400 < 7.1


async def test_a_hold_that_has_ended_cannot_be_captured(stripe_payments, payment, provider_time):
    """The provider let go of it without being asked."""
    held = await stripe_payments.authorize(payment)

    await provider_time.pass_by(days=8)

    with pytest.raises(PaymentDeclined):
        await stripe_payments.capture(held.payment_id)


async def test_gives_back_all_that_was_captured(stripe_payments, payment, pay, entry):
    """Nothing stays behind of an order that was undone."""
    await pay()

    await stripe_payments.give_back(payment)

    found = await entry()
    assert found["amountRefunded"] == found["amountCaptured"] == 1250


async def test_an_unknown_payment_method_is_a_refusal(stripe_payments, payment):
    """Repeating will not make the client's token exist."""
    with pytest.raises(PaymentDeclined):
        await stripe_payments.authorize(replace(payment, method="pm_nonsense"))


async def test_another_payment_under_a_used_key_is_a_bug_and_no_outage(stripe_payments, payment):
    """It must not make the circuit of all other orders open."""
    await stripe_payments.authorize(payment)

    with pytest.raises(stripe.IdempotencyError):
        await stripe_payments.authorize(replace(payment, amount=Money(1, "GBP")))


class TestUnknownOutcomes:
    """A time-out says nothing about what happened."""

    @pytest.mark.parametrize("operation", ["create", "confirm", "capture"])
    async def test_an_answer_that_is_lost_is_asked_for_again(self, pay, entry, fault, operation):
        """The effect took place, the answer did not arrive: the repeat must not charge twice."""
        await fault(operation=operation, drop="after", count=1)

        with pytest.raises(Unavailable):
            await pay()
        await pay()

        assert (await entry())["amountCaptured"] == 1250

    async def test_a_refund_whose_answer_was_lost_is_not_made_again(
        self, stripe_payments, payment, pay, entry, fault
    ):
        """Half the price comes back once."""
        payment_id = await pay()
        await fault(operation="refund", drop="after", count=1)

        with pytest.raises(Unavailable):
            await stripe_payments.refund(part(payment_id, payment))
        await stripe_payments.refund(part(payment_id, payment))

        assert (await entry())["amountRefunded"] == 500

    @pytest.mark.parametrize("operation", ["create", "confirm", "capture"])
    async def test_a_failing_provider_is_a_fault_not_a_refusal(self, pay, fault, operation):
        """An outage of the provider must not reject the orders of the hour."""
        await fault(operation=operation, status=503)

        with pytest.raises(Unavailable):
            await pay()

    async def test_a_question_without_an_answer_is_a_fault(self, stripe_payments, payment, fault):
        """Nothing is concluded from silence."""
        await fault(kind="read", status=503)

        with pytest.raises(Unavailable):
            await stripe_payments.state(payment)


class TestKeptFailures:
    """Stripe repeats a 500 for a day to whoever repeats its key; the order goes on regardless."""

    @pytest.mark.parametrize("operation", ["create", "confirm", "capture"])
    @pytest.mark.parametrize("times", [1, 3])
    async def test_are_outlived_by_a_payment(self, pay, entry, fault, operation, times):
        """Whichever step it was, and if its repeat fails as well."""
        await fault(operation=operation, status=500, count=times)

        await in_the_end(pay)

        assert (await entry())["amountCaptured"] == 1250

    async def test_of_the_creation_do_not_lead_the_undo_astray(
        self, stripe_payments, payment, pay, entry, fault
    ):
        """It goes the same way, and finds the payment that was made in the end."""
        await fault(operation="create", status=500, count=1)
        with pytest.raises(Unavailable):
            await pay()
        await pay()

        await stripe_payments.give_back(payment)

        assert (await entry())["amountRefunded"] == 1250

    async def test_of_the_creation_are_outlived_by_the_undo(self, stripe_payments, payment, fault):
        """Nothing was taken, and a late repeat takes nothing."""
        await fault(operation="create", status=500, count=1)
        with pytest.raises(Unavailable):
            await stripe_payments.give_back(payment)
        await stripe_payments.give_back(payment)

        with pytest.raises(PaymentDeclined):
            await stripe_payments.authorize(payment)

    @pytest.mark.parametrize("times", [1, 3])
    async def test_of_a_refund_are_outlived(
        self, stripe_payments, payment, pay, entry, fault, times
    ):
        """The customer gets the money, once."""
        payment_id = await pay()
        await fault(operation="refund", status=500, count=times)

        await in_the_end(partial(stripe_payments.refund, part(payment_id, payment)))
        await stripe_payments.refund(part(payment_id, payment))

        assert (await entry())["amountRefunded"] == 500

    async def test_are_not_followed_for_ever(self, stripe_payments, payment, fault):
        """A provider that fails for good is one that is out of reach."""
        await fault(operation="create", status=500)

        for _ in range(12):
            with pytest.raises(Unavailable):
                await stripe_payments.authorize(payment)


class TestDaysLater:
    """Stripe forgets idempotency keys after 24 hours."""

    async def test_a_payment_is_found_without_its_key(
        self, stripe_payments, payment, pay, entries, provider_time
    ):
        """No second one is created for a key that the provider has forgotten."""
        payment_id = await pay()

        await provider_time.pass_by(hours=25)
        again = await stripe_payments.authorize(payment)

        assert again.payment_id == payment_id
        assert [entry["id"] for entry in await entries()] == [payment_id]

    async def test_a_payment_may_begin(self, stripe_payments, payment, provider_time):
        """An order that waited for its approval over the weekend."""
        await provider_time.pass_by(days=3)

        first = await stripe_payments.authorize(payment)

        assert await stripe_payments.authorize(payment) == first

    async def test_what_the_search_does_not_know_yet_is_found_by_its_key(
        self, stripe_payments, payment, provider_time, http, payments_url
    ):
        """Stripe's search is up to a minute behind."""
        await provider_time.pass_by(days=3)
        clock = f"{payments_url}/_emulator/clock"
        await http.post(clock, json={"searchDelaySeconds": 60})
        try:
            first = await stripe_payments.authorize(payment)
            again = await stripe_payments.authorize(payment)
            await stripe_payments.give_back(payment)
        finally:
            await http.post(clock, json={"searchDelaySeconds": 0})

        assert again == first
        state = await stripe_payments.state(replace(payment, payment_id=first.payment_id))
        assert state.status is PaymentStatus.RETURNED

    async def test_the_undo_of_a_renewed_order_finds_every_hold(
        self, stripe_payments, payment, provider_time, entries
    ):
        """The old one, if it was not let go of, and the new one."""
        await stripe_payments.authorize(payment)
        await provider_time.pass_by(days=6)
        renewal = replace(payment, renewal=1, placed_at=provider_time())
        await stripe_payments.authorize(renewal)

        await stripe_payments.give_back(payment)

        assert {entry["status"] for entry in await entries()} == {"canceled"}


class TestRefundsThatFail:
    """Money that cannot be given back this way."""

    async def test_are_told_to_whoever_repeats_them(self, stripe_payments, payment, provider_time):
        """The bank sent the money back: that needs another refund, by a person."""
        failing = replace(payment, method="pm_card_refundFail")
        payment_id = (await stripe_payments.authorize(failing)).payment_id
        await stripe_payments.capture(payment_id)
        await stripe_payments.refund(part(payment_id, payment))

        await provider_time.pass_by(minutes=1)

        with pytest.raises(RefundRefused):
            await stripe_payments.refund(part(payment_id, payment))
        assert (await stripe_payments.state(payment)).refunded == Money(0, "GBP")

    async def test_because_of_a_dispute_are_refused(
        self, stripe_payments, payment, pay, http, payments_url
    ):
        """The bank takes the money itself."""
        payment_id = await pay()
        await http.post(f"{payments_url}/_emulator/disputes", json={"payment_intent": payment_id})

        with pytest.raises(RefundRefused) as refused:
            await stripe_payments.give_back(payment)

        assert refused.value.provider_code == "charge_disputed"
