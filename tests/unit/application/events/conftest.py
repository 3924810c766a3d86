"""The intake of events with everything around it in memory."""

import json
from collections import Counter
from typing import Any

import pytest

from shared.application.advance_order import AdvanceOrder
from shared.application.events.handlers import event_handlers
from shared.application.events.ingestion import Ingestion
from shared.application.events.understanding import Understanding
from shared.application.flag_order import FlagOrder
from shared.application.ports import Judgement, Verdict
from shared.application.submit_order import SubmitOrder
from shared.domain.letter import Letter, LetterState
from shared.domain.order import Order, OrderStatus
from tests.builders import order, stock_item
from tests.events import SOURCE, delivery
from tests.fake_payments import FakePayments
from tests.fakes import (
    FakeClock,
    FixedFeatures,
    InMemoryLetters,
    InMemoryOrders,
    InMemoryStock,
)


class Intake:
    """A shop with ten blue mugs, and all that it does with events."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orders = InMemoryOrders()
        self.stock = InMemoryStock(stock_item())
        self.payments = FakePayments()
        self.letters = InMemoryLetters()
        self.features = FixedFeatures({"order-intake": True, "authorize-before-reserve": False})
        self.started: list[str] = []
        self.waiting: list[str] = []
        submit_order = SubmitOrder(self.orders, self.stock, self.features, self.clock)
        advance = AdvanceOrder(self.orders, self.clock)
        self.ingestion = Ingestion(
            Understanding(frozenset({SOURCE}), self.clock),
            event_handlers(
                submit_order,
                advance,
                self.orders,
                self.stock,
                self.payments,
                FlagOrder(self.orders, self.clock),
                self.clock,
            ),
            self.letters,
            self.clock,
            concurrency=4,
        )

    async def deliver(self, *events: Any) -> Counter[Judgement]:
        """What becomes of the events of one delivery."""
        return await self.deliver_text(delivery(*events))

    async def deliver_text(self, text: str) -> Counter[Judgement]:
        """The same for a delivery that may be no JSON."""
        return Counter(await self.ingestion.take_in_all(text, self._start, self._wait))

    async def take_in(self, event: Any) -> Verdict:
        """The verdict on one event."""
        return await self.ingestion.take_in(json.dumps(event).encode(), self._start)

    async def place(self, status: OrderStatus, **changes: Any) -> Order:
        """An order that has come as far as *status*."""
        placed = order(**changes)
        await self.orders.add(placed, placed.submitted())
        path = {
            OrderStatus.PENDING: (),
            OrderStatus.RESERVED: ("RESERVED",),
            OrderStatus.PAID: ("RESERVED", "PAID"),
            OrderStatus.CONFIRMED: ("RESERVED", "PAID", "CONFIRMED"),
            OrderStatus.SHIPPED: ("RESERVED", "PAID", "CONFIRMED", "SHIPPED"),
            OrderStatus.REFUNDED: ("RESERVED", "PAID", "CONFIRMED", "SHIPPED", "REFUNDED"),
            OrderStatus.CANCELLED: ("RESERVED", "CANCELLED"),
            OrderStatus.REJECTED: ("REJECTED",),
            OrderStatus.NEEDS_ATTENTION: ("NEEDS_ATTENTION",),
        }[status]
        advance = AdvanceOrder(self.orders, self.clock)
        for name in path:
            payment_id = f"pi_{placed.id}" if name == "PAID" else None
            placed = await advance(placed, OrderStatus[name], payment_id=payment_id)
        return placed

    def letters_in(self, state: LetterState) -> list[Letter]:
        """What is kept in that state."""
        return [letter for letter in self.letters.letters.values() if letter.state is state]

    async def _start(self, order: Order) -> None:
        self.started.append(order.id)

    async def _wait(self, letter_id: str) -> None:
        self.waiting.append(letter_id)


@pytest.fixture
def intake() -> Intake:
    """Everything a delivery of events meets."""
    return Intake()
