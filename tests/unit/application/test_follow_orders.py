"""What follows inside the app from changes of orders: sagas, lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.application.follow_orders import FollowOrders
from shared.application.set_aside import FeedPage, SetAside, Unreadable
from shared.domain.approval import Verdict, decide, request_approval
from shared.domain.cancellation import request_cancellation
from shared.domain.errors import Unavailable
from shared.domain.milestones import Shipment
from shared.domain.order import Order, OrderStatus
from shared.domain.order_summary import OrderSummary
from shared.domain.review import Decision
from shared.domain.shipping import dispatch
from tests.builders import order
from tests.fakes import FakeClock, InMemoryCustomerOrders, InMemoryLetters

NOW = datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)


class FailingCustomerOrders(InMemoryCustomerOrders):
    """A read model that can be out of reach."""

    failing = False

    async def put(self, summaries: Sequence[OrderSummary]) -> None:
        if self.failing:
            raise Unavailable("cosmos-db")
        await super().put(summaries)


@dataclass
class Desk:
    """The use case, and all it reaches, in memory."""

    letters: InMemoryLetters = field(default_factory=InMemoryLetters)
    customer_orders: FailingCustomerOrders = field(default_factory=FailingCustomerOrders)
    started: list[str] = field(default_factory=list)
    durable_fails: bool = False

    def __post_init__(self) -> None:
        set_aside = SetAside(self.letters, FakeClock())
        self.follow_orders = FollowOrders(self.customer_orders, set_aside, concurrency=4)

    async def start_saga(self, order: Order) -> None:
        if self.durable_fails:
            raise Unavailable("durable-functions")
        self.started.append(order.id)

    async def deliver(self, *orders: Order) -> None:
        """A page with these orders."""
        await self.follow_orders(FeedPage(orders), self.start_saga)


@pytest.fixture
def desk() -> Desk:
    """Everything works until a test says otherwise."""
    return Desk()


def pending() -> Order:
    """A new order."""
    return order(id=str(uuid4()))


def reserved(placed: Order) -> Order:
    """The same order after its first change."""
    return placed.advance(OrderStatus.RESERVED, NOW)[0]


def advanced(placed: Order, to: OrderStatus) -> Order:
    """The same order by the time it has come so far."""
    for status in (OrderStatus.RESERVED, OrderStatus.PAID, OrderStatus.CONFIRMED):
        placed, _ = placed.advance(status, NOW)
        if status is to:
            break
    return placed


async def test_a_new_order_is_listed(desk):
    """Within about a second of its intake."""
    placed = pending()

    await desk.deliver(placed)

    assert desk.customer_orders.summaries == {placed.id: OrderSummary.of(placed)}


async def test_starts_the_saga_of_an_order_whose_intake_died(desk):
    """The client may never come back to repeat its submission."""
    placed, other = pending(), pending()

    await desk.deliver(placed, other)

    assert sorted(desk.started) == sorted([placed.id, other.id])


async def test_starts_nothing_for_orders_that_moved_on(desk):
    """Their sagas run, or have ended."""
    await desk.deliver(reserved(pending()), reserved(pending()))

    assert desk.started == []


async def test_starts_the_saga_that_a_shipment_owes(desk):
    """An event that waited for its order is applied where no saga can be started."""
    shipped = advanced(pending(), OrderStatus.CONFIRMED)
    shipped, _ = dispatch(shipped, Shipment(NOW))

    await desk.deliver(shipped)

    assert desk.started == [shipped.id]


async def test_starts_the_saga_that_a_cancellation_owes(desk):
    """The process may die between storing the request and starting the saga."""
    cancelled, _ = request_cancellation(advanced(pending(), OrderStatus.CONFIRMED), "why", NOW)

    await desk.deliver(cancelled)

    assert desk.started == [cancelled.id]


async def test_starts_nothing_for_a_shipment_that_is_settled(desk):
    """Its goods have left the stock."""
    shipped, _ = dispatch(advanced(pending(), OrderStatus.CONFIRMED), Shipment(NOW, settled=True))

    await desk.deliver(shipped)

    assert desk.started == []


async def test_an_old_page_that_comes_late_changes_nothing_in_the_list(desk):
    """Another host had the lease, and was slow."""
    placed = pending()
    await desk.deliver(reserved(placed))

    await desk.deliver(placed)

    assert desk.customer_orders.summaries[placed.id].status is OrderStatus.RESERVED


async def test_a_saga_that_cannot_be_started_holds_the_page(desk):
    """This page is the only one that ever brings the order while it is pending."""
    placed = pending()
    desk.durable_fails = True
    with pytest.raises(Unavailable):
        await desk.deliver(placed)
    desk.durable_fails = False

    await desk.deliver(placed)

    assert desk.started == [placed.id]
    assert placed.id in desk.customer_orders.summaries


async def test_a_list_that_cannot_be_written_keeps_no_saga_waiting(desk):
    """Somebody waits for the goods; the list can come later."""
    placed = pending()
    desk.customer_orders.failing = True

    with pytest.raises(Unavailable):
        await desk.deliver(placed)

    assert desk.started == [placed.id]


async def test_a_document_that_cannot_be_read_does_not_hold_the_page(desk):
    """Someone edited it by hand; without this the feed would stand still for ever."""
    placed = pending()
    page = FeedPage([placed], [Unreadable("order-1", "order-1", "'lines' is missing")])

    await desk.follow_orders(page, desk.start_saga)
    await desk.follow_orders(page, desk.start_saga)

    assert placed.id in desk.customer_orders.summaries
    (letter,) = desk.letters.letters.values()
    assert (letter.reason, letter.origin) == ("unreadable-document", "relay")
    assert "'lines' is missing" in letter.detail
    assert desk.letters.originals[letter.id] == b'{"orderId": "order-1", "id": "order-1"}'


async def test_wakes_the_saga_of_an_order_that_was_decided_about(desk):
    """It may wait for days, and the approver's process may have died before it told it."""
    deadline = NOW + timedelta(days=3)
    changed = request_approval(pending(), deadline, NOW)
    assert changed is not None
    asked = changed[0]
    decided = decide(asked, Verdict(Decision.APPROVED, "alice"), NOW)
    assert decided is not None

    await desk.deliver(asked)
    before = list(desk.started)
    await desk.deliver(decided[0])

    assert (before, desk.started) == ([], [asked.id])
