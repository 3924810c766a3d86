"""What sagas rely on at the payment gateway, held by the fake and by Stripe's adapter."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.circuit import Circuit
from shared.adapters.guarded_payments import GuardedPayments
from shared.adapters.stripe_payments import StripePayments
from shared.application.payment_gateway import (
    Authorization,
    Payment,
    PaymentRefund,
    PaymentState,
    PaymentStatus,
)
from shared.domain.errors import AlreadyCaptured, PaymentDeclined, RefundRefused, Unavailable
from shared.domain.money import Money
from tests.fake_payments import FakePayments

TOTAL = Money(1250, "GBP")
NOTHING = Money(0, "GBP")
DECLINED = "pm_card_visa_chargeDeclined"


@pytest.fixture(params=["fake", "guarded", "stripe"])
def gateway(request) -> Any:
    """Each implementation of the port in turn."""
    if request.param == "stripe":
        return request.getfixturevalue("stripe_payments")
    fake = FakePayments(frozenset({DECLINED}))
    if request.param == "guarded":
        return GuardedPayments(fake, Circuit("payment-gateway", failures=1, recovery_seconds=60))
    return fake


@pytest.fixture
def time(request, gateway) -> Any:
    """The provider's time, for the gateway that has one."""
    if isinstance(gateway, StripePayments):
        return request.getfixturevalue("provider_time")
    return FakeTime()


class FakeTime:
    """Time that makes no difference."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    async def pass_by(self, **_: float) -> None:
        """Nothing falls due."""


@pytest.fixture
def payment(order_id, time) -> Payment:
    """A payment that will work."""
    return Payment(order_id, TOTAL, "pm_card_visa", placed_at=time())


async def hold(gateway, payment) -> str:
    """The id of a payment that is held."""
    authorization: Authorization = await gateway.authorize(payment)
    return authorization.payment_id


async def take(gateway, payment) -> str:
    """The id of a payment that is captured."""
    payment_id = await hold(gateway, payment)
    await gateway.capture(payment_id)
    return payment_id


def part(payment, payment_id, minor_units=500, number=1) -> PaymentRefund:
    """A refund of a part."""
    refund_id = f"{payment.order_id}:refund-{number}"
    return PaymentRefund(refund_id, payment_id, Money(minor_units, "GBP"), payment.order_id)


class TestAuthorizing:
    """A hold, once."""

    async def test_twice_is_one_hold(self, gateway, payment):
        """The repeat of a step whose answer was lost gets the same payment."""
        assert await gateway.authorize(payment) == await gateway.authorize(payment)

    async def test_says_until_when_the_hold_lasts(self, gateway, payment):
        """Who captures at dispatch has to know when that is too late."""
        authorization = await gateway.authorize(payment)

        assert authorization.expires_at is not None
        assert authorization.expires_at.tzinfo is not None

    async def test_a_declined_card_is_a_refusal(self, gateway, payment):
        """It is an answer, not a fault: nothing is gained by repeating it."""
        with pytest.raises(PaymentDeclined):
            await gateway.authorize(replace(payment, method=DECLINED))

    async def test_late_takes_nothing_after_the_undo(self, gateway, payment):
        """A stuck worker may come back when the order is long rejected."""
        await gateway.give_back(payment)

        with pytest.raises(PaymentDeclined):
            await gateway.authorize(payment)

    async def test_the_undo_says_what_had_been_taken(self, gateway, payment):
        """The answer to the capture may have been lost, and the record know nothing of it."""
        before = await gateway.give_back(replace(payment, order_id=str(uuid4())))
        await take(gateway, payment)

        first, repeat = [await gateway.give_back(payment) for _ in range(2)]

        assert (before.minor_units, first, repeat) == (0, payment.amount, payment.amount)

    async def test_late_takes_nothing_after_a_refund_in_full(self, gateway, payment):
        """The same, when the money had been taken."""
        await take(gateway, payment)
        await gateway.give_back(payment)

        with pytest.raises(PaymentDeclined):
            await gateway.authorize(payment)

    async def test_days_later_it_is_still_the_same_hold(self, gateway, payment, time):
        """The provider forgets idempotency keys after a day; a saga may have waited for longer."""
        first = await gateway.authorize(payment)

        await time.pass_by(days=2)

        assert await gateway.authorize(payment) == first

    async def test_days_after_the_undo_it_takes_nothing(self, gateway, payment, time):
        """What was given back stays given back, with or without keys."""
        await gateway.give_back(payment)

        await time.pass_by(days=2)

        with pytest.raises(PaymentDeclined):
            await gateway.authorize(payment)


class TestCapturing:
    """The held money, once."""

    async def test_twice_takes_the_money_once(self, gateway, payment):
        """A second capture that raised would undo a sale that went well."""
        payment_id = await hold(gateway, payment)

        await gateway.capture(payment_id)
        await gateway.capture(payment_id)

    async def test_late_takes_nothing_after_the_undo(self, gateway, payment):
        """A stuck worker, one step later."""
        payment_id = await hold(gateway, payment)
        await gateway.give_back(payment)

        with pytest.raises(PaymentDeclined):
            await gateway.capture(payment_id)

    async def test_what_nobody_knows_is_refused(self, gateway):
        """There is nothing to be taken."""
        with pytest.raises(PaymentDeclined):
            await gateway.capture("pi_nonsense")


class TestRenewing:
    """A new hold in place of one that expires."""

    async def test_makes_another_hold(self, gateway, payment):
        """The first one expires; its key must not lead back to it."""
        first = await hold(gateway, payment)
        renewal = replace(payment, renewal=1)

        second = await hold(gateway, renewal)

        assert second != first
        assert await hold(gateway, renewal) == second

    async def test_lets_go_of_the_replaced_hold_once(self, gateway, payment):
        """The customer's limit is not used up twice."""
        first = await hold(gateway, payment)
        second = await hold(gateway, replace(payment, renewal=1))

        await gateway.void(first)
        await gateway.void(first)

        with pytest.raises(PaymentDeclined):
            await gateway.capture(first)
        await gateway.capture(second)

    async def test_does_not_let_go_of_what_nobody_knows(self, gateway):
        """There is nothing to let go of, so the record is wrong."""
        with pytest.raises(RefundRefused):
            await gateway.void("pi_nonsense")

    async def test_does_not_let_go_of_what_was_taken(self, gateway, payment):
        """Then the new hold is the one too many."""
        first = await take(gateway, payment)

        with pytest.raises(AlreadyCaptured):
            await gateway.void(first)

    async def test_the_undo_finds_every_hold(self, gateway, payment):
        """An order that is cancelled after a renewal holds nothing of the customer's money."""
        await hold(gateway, payment)
        renewal = replace(payment, renewal=1)
        second = await hold(gateway, renewal)

        await gateway.give_back(replace(renewal, payment_id=second))

        state = await gateway.state(renewal)
        assert (state.status, state.captured) == (PaymentStatus.RETURNED, NOTHING)


class TestRefundingAPart:
    """Each refund once, and never more than was taken."""

    async def test_again_gives_back_once(self, gateway, payment):
        """The answer may have been lost."""
        payment_id = await take(gateway, payment)

        await gateway.refund(part(payment, payment_id))
        await gateway.refund(part(payment, payment_id))

        assert (await gateway.state(payment)).refunded == Money(500, "GBP")

    async def test_again_days_later_gives_back_once(self, gateway, payment, time):
        """A person resumes on Monday what failed on Friday."""
        payment_id = await take(gateway, payment)
        await gateway.refund(part(payment, payment_id))

        await time.pass_by(days=3)
        await gateway.refund(part(payment, payment_id))

        assert (await gateway.state(payment)).refunded == Money(500, "GBP")

    async def test_the_same_at_the_same_time_gives_back_once(self, gateway, payment):
        """Two workers were given the same step."""
        payment_id = await take(gateway, payment)
        twice = [part(payment, payment_id)] * 2

        answers = await asyncio.gather(*map(gateway.refund, twice), return_exceptions=True)
        await gateway.refund(part(payment, payment_id))

        assert {type(answer) for answer in answers} <= {type(None), Unavailable}
        assert (await gateway.state(payment)).refunded == Money(500, "GBP")

    async def test_several_add_up(self, gateway, payment):
        """One returned mug this week, one the next."""
        payment_id = await take(gateway, payment)

        await gateway.refund(part(payment, payment_id, 500, number=1))
        await gateway.refund(part(payment, payment_id, 500, number=2))

        state = await gateway.state(payment)
        assert (state.status, state.refunded) == (PaymentStatus.CAPTURED, Money(1000, "GBP"))

    async def test_above_what_is_left_is_refused(self, gateway, payment):
        """Nobody is given more than was taken."""
        payment_id = await take(gateway, payment)
        await gateway.refund(part(payment, payment_id, 1000, number=1))

        with pytest.raises(RefundRefused):
            await gateway.refund(part(payment, payment_id, 251, number=2))

        assert (await gateway.state(payment)).refunded == Money(1000, "GBP")

    async def test_of_what_was_not_captured_is_refused(self, gateway, payment):
        """A hold is let go of; there is no money to give back."""
        payment_id = await hold(gateway, payment)

        with pytest.raises(RefundRefused):
            await gateway.refund(part(payment, payment_id))

    async def test_at_the_same_time_never_exceeds_what_was_captured(self, gateway, payment):
        """Two people refund the same parcel."""
        payment_id = await take(gateway, payment)
        refunds = [part(payment, payment_id, 700, number) for number in (1, 2, 3)]

        answers = await asyncio.gather(*map(gateway.refund, refunds), return_exceptions=True)

        assert sorted(map(str, map(type, filter(None, answers)))) == [str(RefundRefused)] * 2
        assert (await gateway.state(payment)).refunded == Money(700, "GBP")


class TestGivingBack:
    """Undoing, which needs to know nothing."""

    async def test_is_harmless_when_nothing_was_taken(self, gateway, payment):
        """The undo of a step that never began."""
        await gateway.give_back(payment)
        await gateway.give_back(payment)

    @pytest.mark.parametrize("captured", [False, True])
    async def test_twice_gives_back_once(self, gateway, payment, captured):
        """A hold is voided, a charge refunded, and a repeat finds nothing left to do."""
        await (take if captured else hold)(gateway, payment)

        await gateway.give_back(payment)
        await gateway.give_back(payment)

        assert (await gateway.state(payment)).status is PaymentStatus.RETURNED

    async def test_gives_back_the_rest_of_what_was_refunded_in_part(self, gateway, payment):
        """All of it, and not a penny more."""
        payment_id = await take(gateway, payment)
        await gateway.refund(part(payment, payment_id))

        await gateway.give_back(replace(payment, payment_id=payment_id))

        state = await gateway.state(payment)
        assert state == PaymentState(PaymentStatus.RETURNED, payment_id, TOTAL, TOTAL)

    @pytest.mark.parametrize("known", [False, True])
    async def test_days_later_finds_what_was_taken(self, gateway, payment, time, known):
        """Whether or not the record got to know the payment's id."""
        payment_id = await take(gateway, payment)

        await time.pass_by(days=2)
        await gateway.give_back(replace(payment, payment_id=payment_id if known else None))

        assert (await gateway.state(payment)).refunded == TOTAL


class TestAsking:
    """What the provider has in its books."""

    async def test_about_what_was_never_begun(self, gateway, payment):
        """And asking begins nothing."""
        state = await gateway.state(payment)

        assert state == PaymentState(PaymentStatus.NONE, None, NOTHING, NOTHING)

    async def test_about_a_payment_that_the_provider_does_not_know(self, gateway, payment):
        """Our record is wrong then, which is an answer, and no fault to be repeated."""
        state = await gateway.state(replace(payment, payment_id="pi_nonsense"))

        assert state == PaymentState(PaymentStatus.NONE, None, NOTHING, NOTHING)

    async def test_about_a_declined_payment(self, gateway, payment):
        """The provider remembers that there was one."""
        with pytest.raises(PaymentDeclined):
            await gateway.authorize(replace(payment, method=DECLINED))

        assert (await gateway.state(payment)).status is PaymentStatus.DECLINED

    async def test_about_a_hold(self, gateway, payment):
        """Nothing is taken yet."""
        payment_id = await hold(gateway, payment)

        state = await gateway.state(replace(payment, payment_id=payment_id))

        assert state == PaymentState(PaymentStatus.HELD, payment_id, NOTHING, NOTHING)

    async def test_about_taken_money(self, gateway, payment):
        """All of it, in the order's currency."""
        payment_id = await take(gateway, payment)

        state = await gateway.state(payment)

        assert state == PaymentState(PaymentStatus.CAPTURED, payment_id, TOTAL, NOTHING)

    async def test_about_a_hold_that_was_let_go(self, gateway, payment):
        """Nothing is held or kept, and nothing will be."""
        await hold(gateway, payment)
        await gateway.give_back(payment)

        state = await gateway.state(payment)

        assert (state.status, state.captured) == (PaymentStatus.RETURNED, NOTHING)

    async def test_about_an_order_that_was_charged_twice(self, gateway, payment):
        """What must not happen has to be seen when it does."""
        await take(gateway, payment)
        await take(gateway, replace(payment, renewal=1))

        assert (await gateway.state(replace(payment, renewal=1))).captured == TOTAL * 2
