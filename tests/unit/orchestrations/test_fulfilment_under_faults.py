"""The whole saga with its real activities, under every fault that a machine can think of.

Durable runs an activity *at least* once. So each execution may fail before its effect, fail after
it, run twice, or not try at all while the provider is left alone; and a worker that was given up
for dead may have looked at the order in time and act on it only now, long after the saga has moved
on. Whatever happens, stock and money must come out right.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.conclusion import ConclusionActivities
from activities.payment import PaymentActivities
from activities.stock import StockActivities
from orchestrations.fulfil_order import fulfil_order
from orchestrations.settle_order import settle_order
from shared import durable_contract as names
from shared.application.advance_order import AdvanceOrder
from shared.application.cancel_order import CancelOrder
from shared.application.flag_order import FlagOrder
from shared.application.owed_sagas import owed_sagas
from shared.domain.errors import ActionNotAllowed, OrderError
from shared.domain.order import OrderStatus
from tests.builders import order, stock_item
from tests.fake_payments import FakePayments
from tests.fakes import FakeClock, InMemoryOrders, InMemoryStock
from tests.scripted_context import ActivityFailed, ScriptedContext

FATES = ("works", "fails before", "fails after", "runs twice", "comes back late", "is put off")
OF_PAYMENT = frozenset({names.AUTHORIZE_PAYMENT, names.CAPTURE_PAYMENT, names.RETURN_PAYMENT})


class Zombie:
    """A port whose forward effects can be had once more, later, as a stuck worker would."""

    EFFECTS = ("reserve", "authorize", "capture")

    def __init__(self, port: Any) -> None:
        self._port = port
        self.seen: list[Callable[[], Any]] = []

    def __getattr__(self, name: str) -> Any:
        effect = getattr(self._port, name)
        if name not in self.EFFECTS:
            return effect

        async def remembered(*args: Any) -> Any:
            self.seen.append(lambda: effect(*args))
            return await effect(*args)

        return remembered


class RacedOrders(InMemoryOrders):
    """Orders, of which one may be cancelled between a look at it and the write that follows."""

    cancel_before_write: int | None = None
    writes = 0

    async def record(self, order: Any, event: Any, *refunds: Any) -> None:
        self.writes += 1
        if self.writes == self.cancel_before_write:
            await cancel(self, order.id)
        await super().record(order, event, *refunds)


async def cancel(orders: InMemoryOrders, order_id: str) -> None:
    """Ask for the order to be undone, if that is still allowed."""

    async def no_saga(_: Any) -> None:
        """The change feed is not part of this world."""

    with suppress(ActionNotAllowed):
        await CancelOrder(orders, FakeClock())(order_id, "a reason", no_saga)


class World:
    """One order, its stock, its payment, and activities that suffer the given fates."""

    def __init__(self, stocks: list[int], method: str, fates: Iterator[str]) -> None:
        skus = [f"SKU-{n}" for n in range(len(stocks))]
        items = [stock_item(sku, on_hand) for sku, on_hand in zip(skus, stocks, strict=True)]
        self.order = order(*[(sku, 5) for sku in skus], payment_method=method)
        self.orders, self.stock = RacedOrders(), InMemoryStock(*items)
        self.payments = FakePayments()
        asyncio.run(self.orders.add(self.order, self.order.submitted()))
        self._zombies = Zombie(self.stock), Zombie(self.payments)
        self._activities = self._build(*self._zombies)
        self._fates = fates
        self._late: list[Callable[[], Any]] = []
        self.cancel_before: int | None = None
        self._steps = 0

    def _build(self, stock_port: Any, payments_port: Any) -> dict[str, Any]:
        advance = AdvanceOrder(self.orders, FakeClock())
        stock = StockActivities(self.orders, stock_port, advance, concurrency=3)
        payment = PaymentActivities(self.orders, payments_port, advance, FakeClock())
        flag = FlagOrder(self.orders, FakeClock())
        end = ConclusionActivities(self.orders, advance, flag, FakeClock())
        return {
            names.RESERVE_STOCK: stock.reserve_stock,
            names.RELEASE_STOCK: stock.release_stock,
            names.AUTHORIZE_PAYMENT: payment.authorize_payment,
            names.CAPTURE_PAYMENT: payment.capture_payment,
            names.RETURN_PAYMENT: payment.return_payment,
            names.CONFIRM_ORDER: end.confirm_order,
            names.REJECT_ORDER: end.reject_order,
            names.CANCEL_ORDER: end.cancel_order,
            names.FLAG_ORDER: end.flag_order,
        }

    def activity(self, name: str, step: Any) -> Any:
        """Run one activity with its fate; perhaps somebody cancels the order just before."""
        self._steps += 1
        if self._steps == self.cancel_before:
            asyncio.run(cancel(self.orders, self.order.id))
        fate = next(self._fates, "works")
        if fate == "fails before":
            raise ActivityFailed(name)
        if fate == "is put off" and name in OF_PAYMENT:
            return names.Outcome(outcome="postponed", retryAfterSeconds=30)
        answer = self._execute(name, step)
        if fate == "fails after":
            raise ActivityFailed(name)
        if fate == "runs twice":
            answer = self._execute(name, step)
        if fate == "comes back late":
            self._late += [effect for zombie in self._zombies for effect in zombie.seen]
        return answer

    def run_owed(self) -> None:
        """Run what the order is owed after its first saga, as the change feed would."""
        for saga in owed_sagas(self.orders.orders[self.order.id]):
            assert saga.name == names.SETTLE_ORDER
            ScriptedContext(saga.payload, self.activity).run(settle_order)

    def _execute(self, name: str, step: Any) -> Any:
        for zombie in self._zombies:
            zombie.seen.clear()
        try:
            return asyncio.run(self._activities[name](step))
        except OrderError as fault:
            raise ActivityFailed(name, f"{type(fault).__name__}: {fault}") from fault

    def run(self, flags: dict[str, bool]) -> None:
        """Run the saga to its end, and once more; then let the late effects happen."""
        saga_input = names.FulfilOrder(
            orderId=self.order.id, lineCount=len(self.order.lines), flags=flags
        )
        for _ in range(2):
            ScriptedContext(saga_input, self.activity).run(fulfil_order)
        for effect in self._late:
            with suppress(OrderError):  # nobody waits for its answer any more
                asyncio.run(effect())


worlds = st.builds(
    World,
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
    st.sampled_from(["pm_card_visa", "pm_declined"]),
    st.lists(st.sampled_from(FATES), max_size=40).map(iter),
)

flag_sets = st.fixed_dictionaries(
    {names.AUTHORIZE_FIRST: st.booleans(), names.CAPTURE_AT_DISPATCH: st.booleans()}
)


@settings(max_examples=150, deadline=None)
@given(worlds, flag_sets)
def test_stock_and_money_always_come_out_right(world: World, flags: dict[str, bool]):
    """Confirmed means all reserved, and paid or held; rejected means nothing held or taken."""
    world.run(flags)

    stored = world.orders.orders[world.order.id]
    reserved = {sku: item.reserved for sku, item in world.stock.items.items()}
    money = world.payments.states.get(world.order.id, "none")
    if stored.status is OrderStatus.CONFIRMED:
        assert set(reserved.values()) == {5}
        assert money == ("held" if flags[names.CAPTURE_AT_DISPATCH] else "captured")
    else:
        assert stored.status is OrderStatus.REJECTED
        assert set(reserved.values()) == {0}
        assert money in ("none", "returned")


@settings(max_examples=200, deadline=None)
@given(worlds, flag_sets, st.integers(1, 12), st.booleans())
def test_a_cancellation_at_any_moment_ends_in_one_of_the_consistent_outcomes(
    world: World, flags: dict[str, bool], moment: int, before_write: bool
):
    """Also when it meets the capture: either all is kept, or all is given back."""
    if before_write:
        world.orders.cancel_before_write = moment
    else:
        world.cancel_before = moment

    world.run(flags)
    world.run_owed()

    stored = world.orders.orders[world.order.id]
    reserved = {item.reserved for item in world.stock.items.values()}
    money = world.payments.states.get(world.order.id, "none")
    marks = stored.milestones
    if stored.status is OrderStatus.CONFIRMED:
        assert marks.cancellation is None
        assert reserved == {5}
        is_held = flags[names.CAPTURE_AT_DISPATCH]
        assert (money, marks.hold is not None) == ("held" if is_held else "captured", is_held)
        assert stored.captured.minor_units == (0 if is_held else stored.total.minor_units)
    else:
        assert stored.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED)
        assert reserved == {0}
        assert money in ("none", "returned")
        # Also of a capture whose answer was lost.
        ledger = world.payments.ledger.values()
        taken = sum(entry.captured for entry in ledger if entry.order_id == stored.id)
        assert stored.captured.minor_units == stored.refunded.minor_units == taken


@settings(max_examples=50, deadline=None)
@given(worlds, flag_sets)
def test_the_timeline_tells_each_change_once(world: World, flags: dict[str, bool]):
    """Other systems live off these events: numbers without gaps, no change told twice."""
    world.run(flags)

    timeline = world.orders.timelines[world.order.id]
    assert [event.number for event in timeline] == list(range(1, len(timeline) + 1))
    assert len({event.type for event in timeline}) == len(timeline)
    assert timeline[-1].status is world.orders.orders[world.order.id].status
