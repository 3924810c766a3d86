"""What the payment provider says without being asked, early, late and more than once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.application.advance_order import AdvanceOrder
from shared.application.cancel_order import CancelOrder
from shared.application.flag_order import FlagOrder
from shared.application.order_payment import payment_of
from shared.application.payment_notices import NoticeKind, PaymentNotice
from shared.application.ports import Judgement
from shared.application.take_in_notice import TakeInNotice
from shared.domain.attention import clear
from shared.domain.errors import OrderNotFound, TooEarly
from shared.domain.milestones import Hold, Milestones, Shipment, Work
from shared.domain.order import Order, OrderStatus
from tests.builders import ORDER_ID, order
from tests.fake_payments import FakePayments
from tests.fakes import FakeClock, InMemoryOrders

PAYMENT_ID = f"pi_{ORDER_ID}"
HOLD = Hold(datetime(2026, 11, 30, 12, tzinfo=UTC))
PATHS = {
    OrderStatus.PENDING: (),
    OrderStatus.RESERVED: ("RESERVED",),
    OrderStatus.PAID: ("RESERVED", "PAID"),
    OrderStatus.CONFIRMED: ("RESERVED", "PAID", "CONFIRMED"),
    OrderStatus.SHIPPED: ("RESERVED", "PAID", "CONFIRMED", "SHIPPED"),
    OrderStatus.CANCELLED: ("RESERVED", "CANCELLED"),
    OrderStatus.REJECTED: ("REJECTED",),
}
AT_WORK = [OrderStatus.PENDING, OrderStatus.RESERVED, OrderStatus.PAID]
DELIVERED_TO = [OrderStatus.CONFIRMED, OrderStatus.SHIPPED]
ENDED = [OrderStatus.CANCELLED, OrderStatus.REJECTED]


class World:
    """One order, its provider, and the sagas that were woken."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orders = InMemoryOrders()
        self.payments = FakePayments()
        self.flag_order = FlagOrder(self.orders, self.clock)
        self.take_in_notice = TakeInNotice(self.orders, self.payments, self.flag_order)
        self.woken: list[str] = []
        self.messages = 0

    async def place(self, status: OrderStatus) -> Order:
        """An order that has come as far as *status*."""
        placed = order()
        await self.orders.add(placed, placed.submitted())
        advance = AdvanceOrder(self.orders, self.clock)
        for name in PATHS[status]:
            payment_id = PAYMENT_ID if name == "PAID" else None
            placed = await advance(placed, OrderStatus[name], payment_id=payment_id)
        return placed

    async def hear(
        self, kind: NoticeKind, payment_id: str = PAYMENT_ID, about: str = "re_1"
    ) -> Judgement:
        """A message, which is one of many *about* the same thing."""
        self.messages += 1
        notice = PaymentNotice(f"evt_{self.messages}", kind, about, payment_id, ORDER_ID)
        return await self.take_in_notice(notice, self.wake)

    async def wake(self, woken: Order) -> None:
        self.woken.append(woken.id)

    async def place_held(self) -> Order:
        """An order that is to be delivered, and paid when its parcel leaves."""
        placed = order(
            status=OrderStatus.CONFIRMED, payment_id=PAYMENT_ID, milestones=Milestones(hold=HOLD)
        )
        await self.orders.add(placed, placed.submitted())
        return placed

    @property
    def order(self) -> Order:
        """As it is stored."""
        return self.orders.orders[ORDER_ID]


@pytest.fixture
def world() -> World:
    """Nobody has ordered anything yet."""
    return World()


async def test_a_notice_about_an_order_that_nobody_placed_is_refused(world):
    """Money for a stranger's order is none of our business."""
    with pytest.raises(OrderNotFound):
        await world.hear(NoticeKind.SETTLED)


@pytest.mark.parametrize("status", AT_WORK)
@pytest.mark.parametrize("kind", [NoticeKind.SETTLED, NoticeKind.DECLINED, NoticeKind.HOLD_ENDED])
async def test_a_saga_at_work_is_woken_and_asks_for_itself(world, status, kind):
    """It may be waiting for the next attempt, after an answer that was lost."""
    placed = await world.place(status)

    assert await world.hear(kind) is Judgement.DONE

    assert world.woken == [ORDER_ID]
    assert world.order == placed


@pytest.mark.parametrize("status", ENDED)
async def test_money_for_an_order_that_came_to_nothing_is_given_back(world, status):
    """Once, however often it is told."""
    placed = await world.place(status)
    world.payments.take(ORDER_ID, placed.total)

    await world.hear(NoticeKind.SETTLED)
    await world.hear(NoticeKind.SETTLED)

    assert world.payments.kept(ORDER_ID) == 0
    assert world.order.status is status


@pytest.mark.parametrize("status", DELIVERED_TO)
async def test_the_capture_of_an_order_that_is_delivered_is_no_news(world, status):
    """The usual case: told after the saga had asked."""
    placed = await world.place(status)

    assert await world.hear(NoticeKind.SETTLED) is Judgement.DUPLICATE
    assert world.order == placed
    assert world.woken == []


async def test_the_saga_of_a_parcel_is_woken_by_the_capture(world):
    """It takes the money that was held, and may not have got the answer."""
    gone = Shipment(datetime(2026, 11, 24, 12, tzinfo=UTC))
    placed = await world.place_held()
    shipped = replace(
        placed, status=OrderStatus.SHIPPED, milestones=Milestones(hold=HOLD, shipment=gone)
    )
    world.orders.orders[ORDER_ID] = shipped

    assert await world.hear(NoticeKind.SETTLED) is Judgement.DONE
    assert world.woken == [ORDER_ID]


async def test_a_second_payment_of_an_order_needs_a_person(world):
    """Somebody was charged twice."""
    await world.place(OrderStatus.CONFIRMED)

    assert await world.hear(NoticeKind.SETTLED, "pi_other") is Judgement.DONE
    assert world.order.reason == "payment-mismatch"


@pytest.mark.parametrize("status", [*DELIVERED_TO, *ENDED])
async def test_a_declined_attempt_of_an_order_that_is_past_it_is_no_news(world, status):
    """It was overtaken by the attempt that worked, or by the end."""
    placed = await world.place(status)

    assert await world.hear(NoticeKind.DECLINED) is Judgement.DUPLICATE
    assert world.order == placed


async def test_a_hold_that_the_provider_let_go_of_needs_a_person(world):
    """The goods are promised, and nothing pays for them."""
    await world.place_held()

    assert await world.hear(NoticeKind.HOLD_ENDED) is Judgement.DONE
    assert (world.order.status, world.order.reason) == (
        OrderStatus.NEEDS_ATTENTION,
        "payment-hold-lost",
    )


async def test_a_hold_that_was_replaced_is_no_news(world):
    """A renewal lets go of the old one itself."""
    placed = await world.place_held()

    assert await world.hear(NoticeKind.HOLD_ENDED, "pi_older") is Judgement.DUPLICATE
    assert world.order == placed


async def test_a_hold_that_is_being_renewed_is_covered_by_the_next_one(world):
    """The provider was just faster than our record."""
    placed = await world.place_held()
    await world.payments.authorize(replace(payment_of(placed), payment_id=None, renewal=1))

    assert await world.hear(NoticeKind.HOLD_ENDED) is Judgement.DUPLICATE
    assert world.order == placed


async def test_a_hold_that_nobody_relies_on_any_more_is_no_news(world):
    """The money came another way, as a person has said."""
    placed = await world.place(OrderStatus.SHIPPED)

    assert await world.hear(NoticeKind.HOLD_ENDED) is Judgement.DUPLICATE
    assert world.order == placed


async def test_a_hold_that_is_let_go_of_because_of_a_cancellation_is_no_news(world):
    """The order keeps its state until everything is undone."""
    await world.place(OrderStatus.CONFIRMED)
    await CancelOrder(world.orders, world.clock)(ORDER_ID, "a reason", world.wake)

    assert await world.hear(NoticeKind.HOLD_ENDED) is Judgement.DUPLICATE
    assert world.order.status is OrderStatus.CONFIRMED


@pytest.mark.parametrize("status", [*DELIVERED_TO, *ENDED])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [(NoticeKind.DISPUTED, "payment-disputed"), (NoticeKind.REFUND_FAILED, "refund-failed")],
)
async def test_money_that_comes_or_goes_against_our_will_needs_a_person(
    world, status, kind, reason
):
    """Also after the order's end: its books are not right any more."""
    await world.place(status)

    assert await world.hear(kind) is Judgement.DONE

    attention = world.order.milestones.attention
    assert (world.order.status, attention.reason) == (OrderStatus.NEEDS_ATTENTION, reason)
    assert (attention.work, attention.back_to) == (Work.PAYMENT, status.value)


async def attended_to(world: World) -> None:
    """A person has seen to the order."""
    changed: Any = clear(world.order, world.clock())
    await world.orders.record(*changed)


async def test_a_person_is_told_once(world):
    """Also if the same is told again when all is settled."""
    await world.place(OrderStatus.CONFIRMED)
    await world.hear(NoticeKind.DISPUTED)
    assert await world.hear(NoticeKind.DISPUTED) is Judgement.DUPLICATE
    await attended_to(world)

    assert await world.hear(NoticeKind.DISPUTED) is Judgement.DUPLICATE
    assert world.order.status is OrderStatus.CONFIRMED


async def test_a_person_is_told_again_when_it_happens_again(world):
    """The next refund failed as well, perhaps within the same second."""
    await world.place(OrderStatus.CANCELLED)
    await world.hear(NoticeKind.REFUND_FAILED)
    await attended_to(world)

    assert await world.hear(NoticeKind.REFUND_FAILED, about="re_2") is Judgement.DONE
    assert world.order.status is OrderStatus.NEEDS_ATTENTION


@pytest.mark.parametrize("status", AT_WORK)
@pytest.mark.parametrize("kind", [NoticeKind.DISPUTED, NoticeKind.REFUND_FAILED])
async def test_what_needs_a_person_waits_for_the_saga(world, status, kind):
    """It would write over what we say now."""
    await world.place(status)

    with pytest.raises(TooEarly):
        await world.hear(kind)


async def test_what_needs_a_person_waits_for_the_person(world):
    """An order waits for one thing at a time; this one must not be forgotten."""
    confirmed = await world.place(OrderStatus.CONFIRMED)
    await world.flag_order(confirmed, Work.SHIP, "a-reason")

    with pytest.raises(TooEarly):
        await world.hear(NoticeKind.DISPUTED)
