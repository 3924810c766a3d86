"""What the relay relies on at the topic: the fake, and the Event Grid adapter over HTTP."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from azure.core.credentials import AzureKeyCredential

from shared.adapters.event_grid_publisher import EventGridPublisher
from shared.container import event_grid_client
from shared.domain.errors import EventsRefused, Unavailable
from shared.domain.order import EVENT_TYPES, OrderEvent, OrderStatus
from tests.builders import order
from tests.emulators.processes import EmulatorProcess
from tests.events_schema import assert_announced_properly
from tests.fakes import InMemoryTopic
from tests.topic import RecordingTopic

AT = datetime(2026, 11, 23, 12, 0, 1, 250_000, tzinfo=UTC)
SOURCE = "urn:orders"
KEY = "bG9jYWw="


def events_of_an_order() -> list[OrderEvent]:
    """Submitted, then rejected with a reason."""
    placed = order(id=str(uuid4()))
    _, rejected = placed.advance(OrderStatus.REJECTED, AT, reason="out-of-stock")
    return [placed.submitted(), rejected]


@pytest.fixture
async def topic() -> AsyncIterator[RecordingTopic]:
    """Stands for Event Grid."""
    async with RecordingTopic() as topic:
        yield topic


@pytest.fixture
async def publisher(topic) -> AsyncIterator[EventGridPublisher]:
    """The adapter, its client built as the app builds it."""
    client = event_grid_client(topic.url, AzureKeyCredential(KEY), timeout_seconds=1)
    async with client:
        yield EventGridPublisher(client, SOURCE)


@pytest.fixture(params=["fake", "event-grid"])
def either(request) -> Any:
    """Each implementation, with how to make it refuse an event or be out of reach."""
    if request.param == "fake":
        fake = InMemoryTopic()
        return fake, lambda event: fake.poison.add((event.order_id, event.number)), fake
    topic = request.getfixturevalue("topic")

    def refuse(event: OrderEvent) -> None:
        refused = f"{event.order_id}/{event.number}"
        topic.answer = lambda sent: 400 if refused in [one["id"] for one in sent] else 200

    return request.getfixturevalue("publisher"), refuse, topic


async def test_a_request_is_taken_or_refused_whole(either):
    """Who sends it again in halves must not find that half of it arrived."""
    publisher, refuse, topic = either
    first, second = events_of_an_order()
    refuse(second)

    with pytest.raises(EventsRefused):
        await publisher.publish([first, second])
    assert not (topic.sent if isinstance(topic, InMemoryTopic) else topic.taken)

    await publisher.publish([first])
    assert len(topic.sent if isinstance(topic, InMemoryTopic) else topic.taken) == 1


async def test_parts_hold_every_event_in_order(either):
    """The order of an order's events is what makes a timeline of them."""
    publisher, *_ = either
    events = [event for _ in range(130) for event in events_of_an_order()]

    parts = publisher.parts(events)

    assert [event for part in parts for event in part] == events
    assert all(0 < len(part) <= 100 for part in parts)
    assert not list(publisher.parts([]))


async def test_sends_cloud_events_with_its_key(publisher, topic):
    """As a topic with the CloudEvents schema takes them."""
    events = events_of_an_order()

    await publisher.publish(events)

    (request,) = topic.requests
    assert request.path == "/order-events/api/events?api-version=2018-01-01"
    assert request.headers["content-type"] == "application/cloudevents-batch+json; charset=utf-8"
    assert request.headers["aeg-sas-key"] == KEY
    order_id = events[0].order_id
    assert [event["id"] for event in request.events] == [f"{order_id}/1", f"{order_id}/2"]
    assert request.events[1] == {
        "specversion": "1.0",
        "id": f"{order_id}/2",
        "source": SOURCE,
        "type": "Orders.OrderRejected",
        "subject": order_id,
        "time": "2026-11-23T12:00:01.250Z",
        "datacontenttype": "application/json",
        "sequence": "000002",
        "data": {
            "orderId": order_id,
            "number": 2,
            "status": "Rejected",
            "reason": "out-of-stock",
            "at": "2026-11-23T12:00:01.250000+00:00",
        },
    }


async def test_what_is_sent_is_what_the_schema_promises(publisher, topic):
    """Consumers generate code from the schema."""
    placed = order(id=str(uuid4()))
    every = [
        placed.submitted(),
        *(
            replace(placed.submitted(), number=number, status=status, type=name, reason=reason)
            for number, (status, name) in enumerate(event_types(), 2)
            for reason in (None, "because")
        ),
    ]

    await publisher.publish(every)

    for sent in topic.taken:
        assert_announced_properly(sent)


def event_types() -> list[tuple[OrderStatus, str]]:
    """Every state an order can change to, with the type of the event that says so."""
    return list(EVENT_TYPES.items())


@pytest.mark.parametrize("status", [400, 413])
async def test_what_no_repeat_can_mend_is_refused_for_good(publisher, topic, status):
    """Sent once, not again and again."""
    topic.answer = lambda _: status

    with pytest.raises(EventsRefused, match=f"{status} BadRequest: This event"):
        await publisher.publish(events_of_an_order())

    assert len(topic.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503, 504, 0])
async def test_what_may_be_mended_is_unavailable(publisher, topic, status):
    """Keys, roles and topics are mended while the relay waits; the SDK itself tries twice."""
    topic.answer = lambda _: status

    with pytest.raises(Unavailable, match="event-grid"):
        await publisher.publish(events_of_an_order())

    # azure-core repeats a POST by itself after these, as often as it was told to.
    assert len(topic.requests) == (2 if status in (500, 503, 504) else 1)


async def test_a_topic_that_is_not_there_is_unavailable(topic):
    """Nothing listens at all."""
    await topic.__aexit__()
    client = event_grid_client(topic.url, AzureKeyCredential(KEY), timeout_seconds=1)

    async with client:
        with pytest.raises(Unavailable, match="event-grid"):
            await EventGridPublisher(client, SOURCE).publish(events_of_an_order())


async def test_parts_stay_within_what_a_request_may_weigh(publisher):
    """Event Grid refuses more than 1 MB; a single event that is too large stands alone."""
    small = events_of_an_order()
    large = [replace(event, reason="x" * 400_000) for event in small]
    huge = replace(small[1], reason="x" * 2_000_000)

    parts = publisher.parts([*small, *large, huge, *small])

    assert list(map(list, parts)) == [[*small, large[0]], [large[1]], [huge], small]


@pytest.fixture(scope="module")
def event_grid_url(tmp_path_factory) -> Iterator[str]:
    """The Event Grid emulator, with a topic of each schema."""
    topics = [
        {"name": "cloud-events", "key": KEY, "inputSchema": "CloudEventSchemaV1_0"},
        {"name": "other-schema", "key": KEY, "inputSchema": "EventGridSchema"},
    ]
    folder = tmp_path_factory.mktemp("event-grid")
    config = folder / "config.json"
    config.write_text(json.dumps({"topics": topics}))
    with EmulatorProcess("event_grid", folder, "--config", str(config)) as emulator:
        yield emulator.url


@asynccontextmanager
async def publisher_to(url: str, topic: str, key: str = KEY) -> AsyncIterator[EventGridPublisher]:
    """The adapter for a topic of the emulator."""
    endpoint = f"{url}/{topic}/api/events"
    async with event_grid_client(endpoint, AzureKeyCredential(key), timeout_seconds=5) as client:
        yield EventGridPublisher(client, SOURCE)


async def test_event_grid_takes_a_full_part(event_grid_url, http):
    """The largest request that the relay makes is one that the service takes."""
    small = events_of_an_order()
    large = [replace(small[1], number=number, reason="x" * 14_000) for number in range(1, 60)]

    async with publisher_to(event_grid_url, "cloud-events") as publisher:
        for part in publisher.parts([*small, *large]):
            await publisher.publish(part)

    async with http.get(f"{event_grid_url}/_emulator/stats") as response:
        assert (await response.json())["published"] == 61


async def test_event_grid_refuses_what_it_can_never_take(event_grid_url):
    """An event beyond the limit, and any at a topic of the wrong schema."""
    events = events_of_an_order()
    huge = replace(events[1], reason="x" * 1_100_000)

    async with publisher_to(event_grid_url, "cloud-events") as publisher:
        with pytest.raises(EventsRefused, match="413"):
            await publisher.publish([huge])
    async with publisher_to(event_grid_url, "other-schema") as publisher:
        with pytest.raises(EventsRefused, match="400"):
            await publisher.publish(events)


@pytest.mark.parametrize(("topic", "key"), [("no-such-topic", KEY), ("cloud-events", "d3Jvbmc=")])
async def test_event_grid_is_unavailable_to_who_is_at_the_wrong_door(event_grid_url, topic, key):
    """A wrong topic or key is mended under the running relay, which has lost nothing."""
    async with publisher_to(event_grid_url, topic, key) as publisher:
        with pytest.raises(Unavailable):
            await publisher.publish(events_of_an_order())
