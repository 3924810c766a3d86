"""What the payment steps answer to a saga."""

from datetime import UTC, datetime

import pytest

from activities.payment import PaymentActivities
from shared.application.advance_order import AdvanceOrder
from shared.domain.errors import CircuitOpen, Unavailable
from shared.durable_contract import Step
from tests.builders import ORDER_ID, order
from tests.fake_payments import FakePayments
from tests.fakes import FakeClock, InMemoryOrders

STEP = Step(orderId=ORDER_ID, paymentId=f"pi_{ORDER_ID}")
STEPS = ["authorize_payment", "capture_payment", "return_payment"]


class DownPayments(FakePayments):
    """A provider that cannot be asked, for *reason*."""

    reason: Exception

    async def authorize(self, _: object) -> None:  # type: ignore[override]
        raise self.reason

    async def capture(self, _: object) -> None:
        raise self.reason

    async def give_back(self, _: object) -> None:
        raise self.reason


async def activities(payments: FakePayments) -> PaymentActivities:
    """The steps, of one pending order."""
    orders = InMemoryOrders()
    await orders.add(order(), order().submitted())
    return PaymentActivities(orders, payments, AdvanceOrder(orders, FakeClock()))


async def test_a_hold_tells_until_when_it_lasts():
    """The saga keeps it until the goods leave, and has to know."""
    payments = FakePayments(expires_at=datetime(2026, 11, 30, 12, tzinfo=UTC))

    outcome = await (await activities(payments)).authorize_payment(STEP)

    assert outcome["expiresAt"] == "2026-11-30T12:00:00Z"


async def test_a_provider_that_does_not_say_is_not_made_to():
    """Some ways to pay have no such moment."""
    outcome = await (await activities(FakePayments(expires_at=None))).authorize_payment(STEP)

    assert "expiresAt" not in outcome


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_is_postponed_while_the_provider_is_left_alone(name):
    """That is an answer: a raised fault would use up the saga's attempts."""
    payments = DownPayments()
    payments.reason = CircuitOpen("payment-gateway", 17)

    outcome = await getattr(await activities(payments), name)(STEP)

    assert outcome == {"outcome": "postponed", "retryAfterSeconds": 17}


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_that_fails_raises(name):
    """Durable repeats what is raised."""
    payments = DownPayments()
    payments.reason = Unavailable("payment-gateway")

    with pytest.raises(Unavailable):
        await getattr(await activities(payments), name)(STEP)
