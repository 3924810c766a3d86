"""Looking after orders: what was lost is started, what failed goes to a person, the rest waits."""

from datetime import timedelta

import pytest

from shared.application.ports import SagaState
from shared.application.reconcile_orders import SAGA_FAILED
from shared.domain.errors import Unavailable
from shared.domain.order import OrderStatus
from shared.domain.reconciliation import STALLED_AFTER
from shared.domain.renewal import RENEW_BEFORE
from shared.durable_contract import FULFIL_ORDER, REFUND_ORDER, RENEW_AUTHORIZATION, SETTLE_ORDER
from tests.builders import order
from tests.desk import HELD_UNTIL, Desk


class Later(Desk):
    """A desk whose clock can be moved."""

    def wait(self, time: timedelta) -> None:
        """Let so much time pass."""
        self.clock.move(time)


@pytest.fixture
def desk() -> Later:
    """Nothing has happened yet."""
    return Later()


async def test_an_order_whose_saga_was_lost_is_fulfilled_after_all(desk):
    """Whatever became of it, and of whoever was to start it."""
    await desk.place()
    desk.wait(STALLED_AFTER)

    done = await desk.reconcile()

    assert (done.looked_at, done.failed) == (1, 0)
    assert [saga.name for saga in desk.sagas.started] == [FULFIL_ORDER]


async def test_an_order_that_is_not_late_is_left_alone(desk):
    """Its saga is at work."""
    await desk.place()

    done = await desk.reconcile()

    assert done.looked_at == 0


async def test_an_order_is_looked_at_once_in_a_while_and_not_every_minute(desk):
    """Its saga may wait for a service that is out, and needs no help."""
    await desk.place()
    desk.wait(STALLED_AFTER)
    await desk.reconcile()

    again = await desk.reconcile()
    desk.wait(STALLED_AFTER)
    later = await desk.reconcile()

    assert (again.looked_at, later.looked_at) == (0, 1)


async def test_an_order_whose_saga_failed_is_given_to_a_person(desk):
    """A fault of ours is not mended by starting it again and again."""
    placed = await desk.place(OrderStatus.RESERVED)
    desk.sagas.states[placed.id] = SagaState.FAILED
    desk.wait(STALLED_AFTER)

    await desk.reconcile()

    assert (desk.now.status, desk.now.reason) == (OrderStatus.NEEDS_ATTENTION, SAGA_FAILED)
    assert desk.now.milestones.attention.back_to == "Reserved"
    assert desk.sagas.started == []


async def test_an_undo_that_failed_leads_to_its_end_still(desk):
    """Whoever resumes it gets the order cancelled, and not confirmed again."""
    await desk.confirm()
    await desk.cancel()
    desk.sagas.started.clear()
    desk.sagas.states[f"cancel-{desk.order.id}"] = SagaState.FAILED
    desk.wait(STALLED_AFTER)

    await desk.reconcile()
    await desk.resume()

    assert desk.now.milestones.attention.back_to == "Cancelled"
    assert [saga.name for saga in desk.sagas.started] == [SETTLE_ORDER]


async def test_a_refund_whose_saga_was_lost_is_paid_after_all(desk):
    """It was promised."""
    await desk.confirm()
    await desk.refund(amount="1.00")
    desk.sagas.started.clear()
    desk.wait(STALLED_AFTER)

    await desk.reconcile()

    assert [saga.name for saga in desk.sagas.started] == [REFUND_ORDER]


async def test_a_hold_is_renewed_a_day_before_it_expires(desk):
    """Not earlier, since every renewal costs the customer some of the card's limit for a while."""
    confirmed = await desk.confirm_held()
    desk.wait(HELD_UNTIL - RENEW_BEFORE - desk.clock() - timedelta(minutes=1))
    early = await desk.reconcile()
    desk.wait(timedelta(minutes=1))

    due = await desk.reconcile()

    assert (early.looked_at, due.looked_at) == (0, 1)
    (saga,) = desk.sagas.started
    assert saga.name == RENEW_AUTHORIZATION
    assert saga.payload == {
        "orderId": confirmed.id,
        "renewal": 1,
        "paymentId": confirmed.payment_id,
    }


async def test_orders_at_their_end_are_never_looked_at(desk):
    """They would be more and more."""
    await desk.confirm()
    desk.wait(timedelta(days=400))

    assert (await desk.reconcile()).looked_at == 0


async def test_one_that_cannot_be_looked_after_keeps_no_other_waiting(desk):
    """It stays due."""
    await desk.place()
    other = order(id="1d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60")
    await desk.orders.add(other, other.submitted())
    desk.wait(STALLED_AFTER)
    start = desk.sagas.start

    async def refuse_the_first(saga):
        if saga.instance_id == desk.order.id:
            raise Unavailable("durable-functions")
        await start(saga)

    desk.sagas.start = refuse_the_first

    done = await desk.reconcile()

    assert (done.looked_at, done.failed) == (2, 1)
    assert [saga.instance_id for saga in desk.sagas.started] == [other.id]
    assert (await desk.reconcile()).looked_at == 1
