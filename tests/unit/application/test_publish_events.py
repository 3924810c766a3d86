"""Publishing in order, and what becomes of events that the topic refuses."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from shared.application.announcements import announcement
from shared.application.publish_events import PublishEvents
from shared.domain.errors import Unavailable
from shared.domain.letter import LetterState
from shared.domain.order import EVENT_TYPES, Order, OrderEvent, OrderStatus
from shared.domain.timeline import ALL_TYPES, BESIDE_STATES
from tests.builders import order
from tests.events_schema import STATES, TYPES, assert_announced_properly
from tests.fakes import FakeClock, InMemoryLetters, InMemoryTopic

NOW = datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)
STEPS = (OrderStatus.RESERVED, OrderStatus.PAID, OrderStatus.CONFIRMED)


class Desk:
    """The use case over a topic and letters in memory."""

    def __init__(self) -> None:
        self.topic = InMemoryTopic()
        self.letters = InMemoryLetters()
        self.publish = PublishEvents(self.topic, self.letters, FakeClock(), "urn:orders")


@pytest.fixture
def desk() -> Desk:
    """A topic that takes everything until a test says otherwise."""
    return Desk()


def history(changes: int = 3) -> list[OrderEvent]:
    """The events of one order, through so many changes."""
    placed: Order = order(id=str(uuid4()))
    events = [placed.submitted()]
    for status in STEPS[:changes]:
        placed, event = placed.advance(status, NOW)
        events.append(event)
    return events


def interleaved(orders: int) -> list[OrderEvent]:
    """The events of several orders as a feed brings them: each order's in order."""
    return [
        event for step in zip(*(history() for _ in range(orders)), strict=True) for event in step
    ]


async def test_every_event_goes_out_in_the_order_of_the_feed(desk):
    """A consumer sees each order's events in the order in which they happened."""
    events = interleaved(7)
    desk.topic.at_most = 5

    await desk.publish(events)

    assert desk.topic.sent == events
    assert desk.topic.requests == 6


async def test_one_refused_event_stops_no_other(desk):
    """One bad event in a batch of a hundred must not keep the rest from going out."""
    events = interleaved(25)
    bad = events[41]
    desk.topic.poison.add((bad.order_id, bad.number))

    await desk.publish(events)

    assert desk.topic.sent == [event for event in events if event is not bad]
    assert len(desk.letters.letters) == 1
    # Halving finds it in twice as many requests as there are halvings, not one per event.
    assert desk.topic.requests <= 15


async def test_a_refused_event_is_kept_with_its_bytes(desk):
    """Somebody may mend the cause and send it."""
    (event,) = history(0)
    desk.topic.poison.add((event.order_id, 1))

    await desk.publish([event])

    ((letter_id, letter),) = desk.letters.letters.items()
    assert letter.state is LetterState.DEAD
    assert (letter.reason, letter.origin) == ("refused-by-event-grid", "relay")
    assert letter.event_id == f"{event.order_id}/1"
    assert letter.event_type == "Orders.OrderAccepted"
    assert letter.source == "urn:orders"
    assert letter_id.startswith("20261123T120000Z-")
    assert json.loads(desk.letters.originals[letter_id]) == announcement(event, "urn:orders")


async def test_several_refused_events_are_all_found(desk):
    """In one request, even side by side."""
    events = interleaved(3)
    for bad in (events[0], events[1], events[-1]):
        desk.topic.poison.add((bad.order_id, bad.number))

    await desk.publish(events)

    assert desk.topic.sent == events[2:-1]
    assert len(desk.letters.letters) == 3


async def test_repeating_it_all_is_harmless(desk):
    """The topic was out of reach in the middle: the page comes again, whole."""
    events = interleaved(2)
    bad = events[3]
    desk.topic.poison.add((bad.order_id, bad.number))
    desk.topic.at_most = 4
    await desk.publish(events[:4])
    desk.topic.failures = 1
    with pytest.raises(Unavailable):
        await desk.publish(events)

    await desk.publish(events)

    ids = [announcement(event, "urn:orders")["id"] for event in desk.topic.sent]
    assert len(set(ids)) == 7
    assert ids[-7:] == [
        announcement(event, "urn:orders")["id"] for event in events if event is not bad
    ]
    assert len(desk.letters.letters) == 1


def test_what_an_order_may_announce_is_what_the_schema_lists():
    """A state without a place in the schema would surprise every consumer."""
    announced = ["OrderAccepted", *EVENT_TYPES.values(), *BESIDE_STATES]

    assert [f"Orders.{name}" for name in announced] == TYPES
    assert [status.value for status in OrderStatus] == STATES


def test_every_type_of_event_that_the_code_makes_is_one_that_it_lists():
    """Whoever adds one is reminded of those who follow our orders."""
    sources = [path.read_text() for path in Path("shared/domain").glob("*.py")]
    noted = {
        value
        for source in sources
        for name in re.findall(r"\.note\(\s*([A-Z_]+),", source)
        for value in re.findall(rf'^{name} = "(\w+)"', source, flags=re.MULTILINE)
    }

    assert noted == set(BESIDE_STATES)
    assert len(ALL_TYPES) == len(set(ALL_TYPES)) == len(TYPES)


def test_every_announcement_fits_the_schema():
    """Before any SDK has touched it."""
    for event in history():
        assert_announced_properly(json.loads(json.dumps(announcement(event, "urn:orders"))))


def test_what_goes_out_can_never_be_taken_for_a_submission():
    """A topic whose events are fed back into the app must not make orders of orders."""
    (submitted,) = history(0)

    assert announcement(submitted, "urn:orders")["type"] == "Orders.OrderAccepted"
