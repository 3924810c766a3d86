"""Money that is held until the parcel leaves: taken then, renewed before, let go of otherwise."""

import pytest

from shared.application.owed_sagas import owed_sagas
from shared.application.payment_gateway import PaymentStatus
from shared.domain.milestones import Hold
from shared.domain.order import OrderStatus
from shared.durable_contract import SETTLE_ORDER, SHIP_ORDER
from tests.desk import HELD_UNTIL, PAYMENT_ID, Desk

RENEWED_ID = f"{PAYMENT_ID}_renewal_1"


@pytest.fixture
async def desk() -> Desk:
    """A confirmed order whose money is held."""
    desk = Desk()
    await desk.confirm_held()
    return desk


async def test_a_parcel_that_leaves_is_paid_for_then(desk):
    """The saga of the shipment is told to collect, and the books say so afterwards."""
    await desk.ship()
    (saga,) = owed_sagas(desk.now)

    for _ in range(2):
        outcome = await desk.holds.collect_payment({"orderId": desk.order.id})

    assert (saga.name, saga.payload["collect"]) == (SHIP_ORDER, True)
    assert outcome == {"outcome": "done"}
    assert desk.now.captured == desk.now.total
    assert desk.payments.kept(desk.order.id) == 1_000
    assert desk.told.count("PaymentCaptured") == 1


async def test_a_hold_that_is_gone_when_the_parcel_leaves_is_a_refusal(desk):
    """The saga hands the order to a person: the goods are on their way."""
    await desk.ship()
    await desk.payments.void(PAYMENT_ID)

    outcome = await desk.holds.collect_payment({"orderId": desk.order.id})

    assert outcome == {"outcome": "refused", "reason": "payment-declined"}


async def test_a_cancelled_order_has_nothing_to_give_back_but_the_hold(desk):
    """Nothing was taken."""
    cancelled = await desk.cancel()

    assert [saga.name for saga in owed_sagas(cancelled)] == [SETTLE_ORDER]
    assert cancelled.captured.minor_units == 0


async def test_a_renewed_hold_takes_the_place_of_the_old_one(desk):
    """First the new one, and then the old one is let go of: the order is covered all the time."""
    outcome = await desk.holds.hold_again({"orderId": desk.order.id, "renewal": 1})

    assert outcome == {"outcome": "done"}
    assert desk.payments.ledger[PAYMENT_ID].status is PaymentStatus.HELD
    assert desk.now.payment_id == RENEWED_ID
    assert desk.now.milestones.hold == Hold(HELD_UNTIL, renewal=1)
    await desk.holds.void_hold({"orderId": desk.order.id, "paymentId": PAYMENT_ID})
    assert desk.payments.ledger[PAYMENT_ID].status is PaymentStatus.RETURNED
    assert desk.payments.states[desk.order.id] is PaymentStatus.HELD


async def test_holding_again_twice_holds_once(desk):
    """The step may have been done, and only its answer lost."""
    for _ in range(2):
        outcome = await desk.holds.hold_again({"orderId": desk.order.id, "renewal": 1})

    assert outcome == {"outcome": "done"}
    assert len(desk.payments.ledger) == 2
    assert desk.told.count("AuthorizationRenewed") == 1


async def test_a_parcel_that_leaves_during_a_renewal_is_paid_by_the_old_hold(desk):
    """The new one is let go of, so that nobody pays twice."""
    authorize = desk.payments.authorize

    async def while_the_parcel_leaves(payment):
        authorization = await authorize(payment)
        await desk.orders.record(*_dispatched(desk))
        return authorization

    desk.payments.authorize = while_the_parcel_leaves

    outcome = await desk.holds.hold_again({"orderId": desk.order.id, "renewal": 1})

    assert outcome == {"outcome": "settled", "status": "Shipped"}
    assert desk.payments.ledger[RENEWED_ID].status is PaymentStatus.RETURNED
    assert desk.payments.ledger[PAYMENT_ID].status is PaymentStatus.HELD


def _dispatched(desk):
    return desk.now.advance(OrderStatus.SHIPPED, desk.clock())


async def test_a_card_that_refuses_the_renewal_is_told_to_a_person(desk):
    """While there is a day left to do something about it."""
    desk.payments.declining = frozenset({desk.order.payment_method})

    outcome = await desk.holds.hold_again({"orderId": desk.order.id, "renewal": 1})

    assert outcome == {"outcome": "refused", "reason": "payment-declined"}
    assert desk.now.milestones.hold.renewing_since is not None


async def test_an_order_that_is_being_undone_is_not_held_again(desk):
    """Its money is on the way back."""
    await desk.cancel()

    outcome = await desk.holds.hold_again({"orderId": desk.order.id, "renewal": 1})

    assert outcome["outcome"] == "settled"
    assert list(desk.payments.ledger) == [PAYMENT_ID]


async def test_a_hold_without_an_end_is_never_renewed():
    """The provider does not let go of it."""
    desk = Desk()
    await desk.confirm_held(expires_at=None)

    assert await desk.orders.due(HELD_UNTIL.replace(year=2030), 10) == []
    assert desk.now.milestones.hold == Hold(None)
