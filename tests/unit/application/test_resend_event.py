"""Sending an event again that the topic refused once."""

import json

import pytest

from shared.application.announcements import announcement
from shared.application.resend_event import ResendEvent
from shared.domain.errors import EventsRefused
from shared.domain.order import OrderEvent
from tests.builders import order
from tests.fakes import InMemoryOrders, InMemoryTopic


@pytest.fixture
def topic() -> InMemoryTopic:
    """A topic that is well by now."""
    return InMemoryTopic()


@pytest.fixture
async def orders() -> InMemoryOrders:
    """One order with one event."""
    orders = InMemoryOrders()
    await orders.add(order(), order().submitted())
    return orders


def letter_of(event: OrderEvent) -> bytes:
    """What the relay kept."""
    return json.dumps(announcement(event, "urn:orders")).encode()


async def test_sends_the_very_event(orders, topic):
    """Under the id that it had, so that whoever has it knows it."""
    await ResendEvent(orders, topic)(letter_of(order().submitted()))

    assert topic.sent == [order().submitted()]


async def test_an_event_that_is_refused_again_says_so(orders, topic):
    """The letter stays dead."""
    topic.poison.add((order().id, 1))

    with pytest.raises(EventsRefused):
        await ResendEvent(orders, topic)(letter_of(order().submitted()))


@pytest.mark.parametrize(
    "original",
    [
        b"",
        b"[]",
        b"{}",
        b'{"orderId": "order-1", "id": "event-0001"}',
        b'{"data": {"orderId": "no-such-order", "number": 1}}',
        json.dumps({"data": {"orderId": order().id, "number": 7}}).encode(),
    ],
)
async def test_a_letter_that_names_no_event_is_refused(orders, topic, original):
    """With a reason, not with a fault of ours."""
    with pytest.raises(EventsRefused):
        await ResendEvent(orders, topic)(original)

    assert topic.sent == []
