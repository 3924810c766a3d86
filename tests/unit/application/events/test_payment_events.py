"""What the payment provider says without being asked."""

import pytest

from shared.application.ports import Judgement
from shared.domain.order import OrderStatus
from tests.builders import ORDER_ID
from tests.events import about_order

SETTLED = "Payments.PaymentSettled"
FAILED = "Payments.PaymentFailed"
PAYMENT_ID = f"pi_{ORDER_ID}"


@pytest.mark.parametrize("event_type", [SETTLED, FAILED])
@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.RESERVED])
async def test_a_saga_at_work_needs_no_event(intake, event_type, status):
    """It asks the provider itself, under the order's key."""
    await intake.place(status)

    verdict = await intake.take_in(about_order(event_type, ORDER_ID, paymentId=PAYMENT_ID))

    assert verdict.judgement is Judgement.DUPLICATE
    assert (await intake.orders.get(ORDER_ID)).status is status


async def test_a_payment_that_fails_after_its_order_was_confirmed_needs_a_person(intake):
    """A dispute, a reversal: the goods may be on their way."""
    await intake.place(OrderStatus.CONFIRMED)

    verdict = await intake.take_in(about_order(FAILED, ORDER_ID, paymentId=PAYMENT_ID))

    order = await intake.orders.get(ORDER_ID)
    assert verdict.judgement is Judgement.DONE
    assert (order.status, order.reason) == (OrderStatus.NEEDS_ATTENTION, "payment-failed")


async def test_a_payment_that_fails_while_its_order_is_confirmed_waits_for_that(intake):
    """The saga would overwrite what we say now."""
    await intake.place(OrderStatus.PAID)

    verdict = await intake.take_in(about_order(FAILED, ORDER_ID, paymentId=PAYMENT_ID))

    assert verdict.judgement is Judgement.WAITING


async def test_money_for_an_order_that_came_to_nothing_is_given_back(intake):
    """However it came to be taken: nobody keeps money for a rejected order."""
    order = await intake.place(OrderStatus.REJECTED)
    intake.payments.take(order.id, order.total)

    verdict = await intake.take_in(about_order(SETTLED, ORDER_ID, paymentId=PAYMENT_ID))

    assert verdict.judgement is Judgement.DONE
    assert intake.payments.states[ORDER_ID] == "returned"


async def test_another_payment_than_the_orders_is_poison(intake):
    """Either the id is wrong or somebody paid twice."""
    await intake.place(OrderStatus.CONFIRMED)

    verdict = await intake.take_in(about_order(SETTLED, ORDER_ID, paymentId="pi_other"))

    assert (verdict.judgement, verdict.reason) == (Judgement.POISON, "payment-mismatch")


@pytest.mark.parametrize("event_type", [SETTLED, FAILED])
async def test_a_payment_waits_for_its_order(intake, event_type):
    """Event Grid promises no order."""
    verdict = await intake.take_in(about_order(event_type, ORDER_ID, paymentId=PAYMENT_ID))

    assert verdict.judgement is Judgement.WAITING
