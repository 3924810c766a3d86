"""Publishing to topics, and everything that works in the background."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from emulators.event_grid import cloud_events, event_grid_schema
from emulators.event_grid.authentication import authenticate
from emulators.event_grid.config import Config, Topic
from emulators.event_grid.courier import Courier, Surroundings
from emulators.event_grid.errors import (
    ContentTypeError,
    InvalidEventsError,
    NotSupportedError,
    ServiceError,
    TopicNotFoundError,
)
from emulators.event_grid.events import Event, parse_json
from emulators.event_grid.filters import matches
from emulators.event_grid.handshake import Handshake
from emulators.event_grid.routing import routes_of
from emulators.event_grid.schemas import CLOUD_EVENTS, EVENT_GRID
from emulators.event_grid.stats import TopicStats
from emulators.event_grid.store import Store
from emulators.event_grid.webhook import Webhook

_log = logging.getLogger(__name__)

API_VERSION = "2018-01-01"
_SKIPPED = "skippedSeconds"


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What a publisher sent."""

    topic: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content_type: str
    body: bytes


class EventGrid:
    """All topics of one configuration; use as an async context manager, which delivers inside."""

    def __init__(
        self, config: Config, around: Surroundings, url: str, response_seconds: float
    ) -> None:
        store, clock = around.store, around.clock
        self._forget_removed(config, store)
        clock.skipped = store.setting(_SKIPPED, clock.skipped)
        self.config, self.store, self.clock, self.faults = config, store, clock, around.faults
        self.topics = {topic.name.lower(): topic for topic in config.topics}
        self.topic_stats = {topic.name: TopicStats() for topic in config.topics}
        self.couriers: dict[str, Courier] = {}
        self._around = around
        self._url = url
        self._response_seconds = response_seconds
        self._tasks: list[asyncio.Task[None]] = []

    @staticmethod
    def _forget_removed(config: Config, store: Store) -> None:
        """A subscription that is configured no more is deleted, and its events with it."""
        with store.transaction():
            forgotten = store.forget_all_but([route.id for route in routes_of(config)])
        for name, events in forgotten.items():
            _log.warning("%s is configured no more: %d events dropped", name, events)

    async def __aenter__(self) -> "EventGrid":
        # A kept connection that its server is about to close would cost an attempt.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
        # Nothing of one answer may reach the next request.
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar()
        )
        for route in routes_of(self.config):
            webhook = Webhook(route, self._session, self._response_seconds)
            handshake = Handshake(route, webhook, self.store, self.clock, self._url)
            courier = Courier(route, self._around, webhook, handshake)
            self.couriers[route.id] = courier
            for work in (courier.run(), courier.dead_letters.run()):
                task = asyncio.create_task(work, name=route.id)
                task.add_done_callback(_log_failure)
                self._tasks.append(task)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def failure(self) -> BaseException | None:
        """What ended a background task that should never end, if anything did."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception():
                return task.exception()
        return None

    def advance(self, seconds: float) -> None:
        """Skip what *seconds* in Azure would be, and do what is due then."""
        self.clock.advance(seconds)
        with self.store.transaction():
            self.store.keep_setting(_SKIPPED, self.clock.skipped)
        for courier in self.couriers.values():
            courier.wake()
            courier.dead_letters.wake()

    def publish(self, request: PublishRequest) -> None:
        """Accept every event of *request*, or none; what is accepted is on disk on return.

        Raises:
            ServiceError: none was.
        """
        topic = self.topics.get(request.topic.lower())
        if topic is None:
            raise TopicNotFoundError(request.topic)
        stats = self.topic_stats[topic.name]
        stats.requests += 1
        try:
            events = self._events_of(request, topic)
        except ServiceError:
            stats.refused += 1
            raise
        self._accept(topic, events)
        stats.published += len(events)

    def _events_of(self, request: PublishRequest, topic: Topic) -> list[Event]:
        now = datetime.now(UTC)
        authenticate(request.headers, request.query, request.path, topic.key, now)
        version = request.query.get("api-version", API_VERSION)
        if version != API_VERSION:
            raise NotSupportedError(f"api-version {version}; it speaks {API_VERSION}")
        return parse_events(request, topic)

    def _accept(self, topic: Topic, events: list[Event]) -> None:
        couriers = [one for one in self.couriers.values() if one.route.topic is topic]
        chosen = [
            (event, [one for one in couriers if matches(one.route.subscription.filter, event)])
            for event in events
        ]
        now = self.clock.now()
        with self.store.transaction():
            for event, takers in chosen:
                if takers:
                    self.store.add(event, [one.route.id for one in takers], now)
        for _, takers in chosen:
            for courier in takers:
                courier.stats.matched += 1
                courier.wake()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        _log.error("%s is delivered nothing any more", task.get_name(), exc_info=task.exception())


def parse_events(request: PublishRequest, topic: Topic) -> list[Event]:
    """The events of *request*, which must be of the topic's schema.

    Raises:
        ServiceError: they are not.
    """
    kind = request.content_type
    if topic.input_schema == CLOUD_EVENTS:
        return cloud_events.parse(kind, request.headers, request.body)
    if kind in (cloud_events.BATCH, cloud_events.SINGLE):
        raise InvalidEventsError(
            f"This resource is configured to receive events of schema {topic.input_schema},"
            f" not '{kind}'."
        )
    if kind != cloud_events.JSON:
        raise ContentTypeError(kind)
    document = parse_json(request.body)
    if topic.input_schema == EVENT_GRID:
        return event_grid_schema.parse(document, topic.name)
    if not isinstance(document, list) or not document or any(type(e) is not dict for e in document):
        raise InvalidEventsError("The JSON received is no array of at least one object.")
    return [Event.of(event, "") for event in document]
