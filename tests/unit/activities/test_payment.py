"""What the payment steps answer to a saga."""

from datetime import UTC, datetime

import pytest

from activities.payment import PaymentActivities
from shared.application.advance_order import AdvanceOrder
from shared.domain.cancellation import undone
from shared.domain.errors import CircuitOpen, Unavailable
from shared.domain.money import Money
from shared.domain.order import OrderStatus
from shared.durable_contract import Step
from tests.builders import ORDER_ID, order
from tests.desk import Desk
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

    async def give_back(self, _: object) -> Money:
        raise self.reason


async def activities(payments: FakePayments) -> PaymentActivities:
    """The steps, of one pending order."""
    orders = InMemoryOrders()
    await orders.add(order(), order().submitted())
    return PaymentActivities(orders, payments, AdvanceOrder(orders, FakeClock()), FakeClock())


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


async def test_a_capture_whose_answer_was_lost_is_on_record_before_the_order_ends():
    """Else the books would show neither that money was taken nor that it was given back."""
    desk = Desk()
    await desk.place(OrderStatus.RESERVED)
    desk.payments.take(desk.order.id, desk.order.total)
    steps = PaymentActivities(desk.orders, desk.payments, desk.advance, desk.clock)

    for _ in range(2):
        await steps.return_payment(Step(orderId=desk.order.id))
    ended = undone(desk.now, OrderStatus.CANCELLED, "cancelled", desk.clock())

    assert desk.now.captured == desk.order.total
    assert desk.told.count("PaymentCaptured") == 1
    assert ended is not None
    assert ended[0].refunded == ended[1].amount == desk.order.total


async def test_an_order_at_its_end_is_left_as_it_is():
    """A late repeat of the step has nothing to add to books that are closed."""
    desk = Desk()
    await desk.place(OrderStatus.RESERVED, OrderStatus.CANCELLED)
    desk.payments.take(desk.order.id, desk.order.total)
    steps = PaymentActivities(desk.orders, desk.payments, desk.advance, desk.clock)

    await steps.return_payment(Step(orderId=desk.order.id))

    assert desk.told[-1] == "OrderCancelled"
    assert desk.payments.kept(desk.order.id) == 0
