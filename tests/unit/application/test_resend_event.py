"""Sending an event of ours again that the topic refused, or that was not readable."""

from datetime import UTC, datetime

import pytest

from shared.application.resend_event import ResendEvent
from shared.domain.errors import LetterNotReplayable
from shared.domain.letter import Letter, LetterState
from shared.domain.order import OrderEvent
from tests.builders import ORDER_ID, order
from tests.fakes import InMemoryOrders


class Topic:
    """Takes everything."""

    def __init__(self) -> None:
        self.events: list[OrderEvent] = []

    def parts(self, events):
        return [events]

    async def publish(self, events) -> None:
        self.events.extend(events)


def letter(event_id: str) -> Letter:
    """A letter of the relay about that event."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Letter("id", LetterState.DEAD, "reason", "", now, "relay", event_id=event_id)


@pytest.mark.parametrize("event_id", [f"{ORDER_ID}/1", f"{ORDER_ID}/event-0001"])
async def test_the_event_goes_out_as_the_record_has_it_now(event_id):
    """Whatever was wrong with it is mended there."""
    orders, topic = InMemoryOrders(), Topic()
    await orders.add(order(), order().submitted())

    await ResendEvent(orders, topic)(letter(event_id))

    assert topic.events == [order().submitted()]


@pytest.mark.parametrize(
    "event_id", [f"{ORDER_ID}/2", f"{ORDER_ID}/{ORDER_ID}", "another-order/1", ""]
)
async def test_what_is_no_event_of_an_order_cannot_be_sent(event_id):
    """The answer says so, rather than that all is well."""
    orders, topic = InMemoryOrders(), Topic()
    await orders.add(order(), order().submitted())

    with pytest.raises(LetterNotReplayable):
        await ResendEvent(orders, topic)(letter(event_id))

    assert topic.events == []
