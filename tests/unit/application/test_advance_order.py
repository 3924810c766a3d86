"""A state change happens once, however often its step is repeated."""

import pytest

from shared.application.advance_order import AdvanceOrder
from shared.domain.errors import IllegalTransition
from shared.domain.order import OrderStatus
from tests.builders import order
from tests.fakes import FakeClock, InMemoryOrders


@pytest.fixture
async def orders() -> InMemoryOrders:
    """The record with one pending order."""
    orders = InMemoryOrders()
    await orders.add(order(), order().submitted())
    return orders


@pytest.fixture
def advance(orders) -> AdvanceOrder:
    """The use case under test."""
    return AdvanceOrder(orders, FakeClock())


async def test_records_the_change_with_its_event(orders, advance):
    """The timeline and the order can never tell different stories."""
    await advance(order(), OrderStatus.RESERVED)

    assert orders.orders[order().id].status is OrderStatus.RESERVED
    assert [e.type for e in orders.timelines[order().id]] == ["OrderSubmitted", "StockReserved"]


async def test_repeating_with_what_was_read_before_changes_nothing(orders, advance):
    """The repeat of a step whose answer was lost still holds the old order in its hands."""
    await advance(order(), OrderStatus.RESERVED)

    again = await advance(order(), OrderStatus.RESERVED)

    assert again.status is OrderStatus.RESERVED
    assert len(orders.timelines[order().id]) == 2


async def test_does_not_overrule_who_was_faster(orders, advance):
    """An order rejected meanwhile must not come back to life."""
    await advance(order(), OrderStatus.REJECTED, reason="out-of-stock")

    with pytest.raises(IllegalTransition):
        await advance(order(), OrderStatus.RESERVED)
