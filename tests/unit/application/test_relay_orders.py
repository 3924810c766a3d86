"""Relaying pages of events: what repeats do, and what operators are told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.application.announcements import announcement_id
from shared.application.ports import EventPublisher
from shared.application.publish_events import PublishEvents
from shared.application.relay_orders import RelayOrders
from shared.application.relay_progress import ReportProgress
from shared.application.set_aside import FeedPage, SetAside, Unreadable
from shared.domain.errors import Unavailable
from shared.domain.order import Order, OrderEvent, OrderStatus
from tests.builders import order
from tests.fakes import FakeClock, InMemoryLetters, InMemoryRelayProgress, InMemoryTopic

NOW = datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)


class LettersOutOfReach(InMemoryLetters):
    """A place for letters that does not answer."""

    async def keep(self, *_: object) -> None:
        raise Unavailable("storage")


@dataclass
class Desk:
    """The use case, and all it reaches, in memory."""

    topic: InMemoryTopic = field(default_factory=InMemoryTopic)
    letters: InMemoryLetters = field(default_factory=InMemoryLetters)
    progress: InMemoryRelayProgress = field(default_factory=InMemoryRelayProgress)

    async def deliver(self, *events: OrderEvent, unreadable: tuple[Unreadable, ...] = ()) -> None:
        """A page with these events."""
        await self.relay_orders(FeedPage(events, unreadable))

    def __post_init__(self) -> None:
        clock = FakeClock()
        publisher: EventPublisher = self.topic
        self.relay_orders = RelayOrders(
            PublishEvents(publisher, self.letters, clock, "urn:orders"),
            SetAside(self.letters, clock),
            ReportProgress(self.progress, clock, "worker-1"),
        )


@pytest.fixture
def desk() -> Desk:
    """Everything works until a test says otherwise."""
    return Desk()


def pending() -> Order:
    """A new order."""
    return order(id=str(uuid4()))


async def test_events_go_out_in_order_for_each_order(desk):
    """Across the pages that bring them."""
    first, second = pending(), pending()
    changes = [one.advance(OrderStatus.RESERVED, NOW)[1] for one in (second, first)]

    await desk.deliver(first.submitted(), second.submitted())
    await desk.deliver(*changes)

    for one in (first, second):
        assert [e.number for e in desk.topic.sent if e.order_id == one.id] == [1, 2]


async def test_a_page_that_comes_again_goes_out_under_the_same_ids(desk):
    """Consumers drop by id what they know; the app promises no more than at least once."""
    events = [pending().submitted(), pending().submitted()]
    desk.topic.failures = 3
    for _ in range(3):
        with pytest.raises(Unavailable):
            await desk.deliver(*events)

    await desk.deliver(*events)
    await desk.deliver(*events)

    ids = [announcement_id(event) for event in desk.topic.sent]
    assert ids == 2 * [announcement_id(event) for event in events]


async def test_a_refused_event_does_not_hold_the_page(desk):
    """It is kept as a letter, and the rest goes on."""
    bad, good = pending(), pending()
    desk.topic.poison.add((bad.id, 1))

    await desk.deliver(bad.submitted(), good.submitted())

    assert desk.topic.sent == [good.submitted()]
    assert [letter.reason for letter in desk.letters.letters.values()] == ["refused-by-event-grid"]
    assert desk.progress.reports[-1].failing_since is None


async def test_a_document_that_cannot_be_read_does_not_hold_the_page(desk):
    """Someone edited it by hand; without this the feed would stand still for ever."""
    event = pending().submitted()

    await desk.deliver(event, unreadable=(Unreadable("order-1", "event-0001", "TypeError"),))

    assert desk.topic.sent == [event]
    assert [letter.reason for letter in desk.letters.letters.values()] == ["unreadable-document"]


async def test_nothing_is_lost_or_sent_twice_while_letters_cannot_be_kept():
    """The page is held; subscribers must not pay for trouble in the storage account."""
    desk = Desk(letters=LettersOutOfReach())
    unreadable = (Unreadable("order-1", "event-0001", "TypeError"),)

    for _ in range(3):
        with pytest.raises(Unavailable):
            await desk.deliver(pending().submitted(), unreadable=unreadable)

    assert desk.topic.requests == 0


async def test_tells_how_far_behind_it_is(desk):
    """By the oldest event of the page, when it fails and when it is done."""
    event = pending().submitted()
    desk.topic.failures = 1
    with pytest.raises(Unavailable):
        await desk.deliver(event)

    await desk.deliver(event)

    failed, caught_up = desk.progress.reports
    assert failed.oldest_unpublished == event.at
    assert failed.last_error == "service-unavailable"
    assert caught_up.oldest_unpublished is None
    assert caught_up.published == 1


async def test_a_fault_of_ours_is_told_as_well(desk):
    """A relay that stands still for a bug stands still all the same."""
    desk.topic.sent = None

    with pytest.raises(TypeError):
        await desk.deliver(pending().submitted())

    assert desk.progress.reports[-1].last_error == "TypeError"


async def test_a_page_without_events_leaves_no_trace(desk):
    """Orders alone, or documents of other kinds, cost nothing here."""
    await desk.deliver()

    assert desk.topic.requests == 0
    assert desk.progress.reports == []
