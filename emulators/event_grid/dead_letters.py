"""What becomes of events that are given up: blobs, or nothing at all.

Source: https://learn.microsoft.com/azure/event-grid/manage-event-delivery
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from azure.core.exceptions import AzureError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import ContainerClient

from emulators.event_grid.clock import Clock
from emulators.event_grid.events import Document
from emulators.event_grid.outcomes import UNDELIVERABLE
from emulators.event_grid.routing import Route
from emulators.event_grid.schemas import CLOUD_EVENTS
from emulators.event_grid.stats import Attempt, SubscriptionStats
from emulators.event_grid.store import Delivery, Store

DELAY_SECONDS: Final = 5 * 60
STORAGE_RETRY_SECONDS: Final = 60
STORAGE_PATIENCE_SECONDS: Final = 4 * 3600
STORAGE_UNAVAILABLE: Final = "DeadLetterStorageUnavailable"
_EVENTS_PER_BLOB: Final = 500
_REQUEST_SECONDS: Final = 10

_log = logging.getLogger(__name__)


class DeadLetters:
    """Of one subscription; *problem* says why nothing can be written at the moment."""

    def __init__(self, route: Route, store: Store, clock: Clock, stats: SubscriptionStats) -> None:
        self.problem = ""
        self._route = route
        self._store = store
        self._clock = clock
        self._stats = stats
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to do earlier than expected."""
        self._wake.set()

    def give_up(self, deliveries: Sequence[Delivery], reason: str, now: float) -> None:
        """Dead-letter *deliveries* a few minutes from now; without a place for that, drop them.

        Belongs inside a transaction.
        """
        if self._route.subscription.dead_letter is None:
            self._drop(deliveries, reason, now)
        else:
            due = now + self._clock.wait(DELAY_SECONDS)
            self._store.give_up(deliveries, reason, now, due)
            self._wake.set()

    async def run(self) -> None:
        """Write dead letters for ever, if there is a place for them."""
        place = self._route.subscription.dead_letter
        if place is None:
            return
        async with ContainerClient.from_connection_string(
            place.connection_string,
            place.container,
            # The service's own patience is what counts here.
            retry_total=0,
            connection_timeout=_REQUEST_SECONDS,
            read_timeout=_REQUEST_SECONDS,
        ) as container:
            while True:
                await self._write_due(container)
                await self._idle()

    async def _idle(self) -> None:
        due, timeout = self._store.next_given_up(self._route.id), None
        if due is not None:
            timeout = max(0.0, due - self._clock.now())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)
        self._wake.clear()

    async def _write_due(self, container: ContainerClient) -> None:
        while due := self._store.given_up(self._route.id, self._clock.now(), _EVENTS_PER_BLOB):
            try:
                await self._write(container, due)
            except (AzureError, OSError) as error:
                self._keep_for_later(due, (str(error) or repr(error)).splitlines()[0])
                return
            self.problem = ""
            self._stats.dead_lettered += len(due)
            with self._store.transaction():
                self._store.remove(due)

    async def _write(self, container: ContainerClient, deliveries: Sequence[Delivery]) -> None:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        hour = f"{now.year}/{now.month}/{now.day}/{now.hour}"
        name = f"{self._route.subscription.name.upper()}/{hour}/{uuid.uuid4()}.json"
        content = json.dumps([dead_letter(self._route, one) for one in deliveries])
        await container.upload_blob(
            name, content, content_settings=ContentSettings(content_type="application/json")
        )

    def _keep_for_later(self, deliveries: Sequence[Delivery], problem: str) -> None:
        now = self._clock.now()
        self.problem = problem
        _log.warning("%s: cannot write dead letters: %s", self._route.id, problem)
        oldest = now - self._clock.wait(STORAGE_PATIENCE_SECONDS)
        hopeless = [one for one in deliveries if (one.given_up or 0) < oldest]
        with self._store.transaction():
            self._store.postpone(deliveries, now + self._clock.wait(STORAGE_RETRY_SECONDS))
            if hopeless:
                self._drop(hopeless, STORAGE_UNAVAILABLE, now)

    def _drop(self, deliveries: Sequence[Delivery], reason: str, now: float) -> None:
        _log.warning("%s: %d events dropped: %s", self._route.id, len(deliveries), reason)
        self._stats.dropped += len(deliveries)
        ids = Attempt.ids(one.event for one in deliveries)
        self._stats.failures.appendleft(Attempt(now, "Dropped", None, reason, len(deliveries), ids))
        self._store.record_drop(self._route.id, deliveries, reason, now)
        self._store.remove(deliveries)


def dead_letter(route: Route, delivery: Delivery) -> Document:
    """The event in the subscription's schema, with why and when it was given up."""
    event = route.document(delivery)
    facts = {
        "deadLetterReason": delivery.reason,
        "deliveryAttempts": delivery.attempts,
        "lastDeliveryOutcome": delivery.outcome or UNDELIVERABLE,
        "publishTime": _stamp(delivery.published),
    }
    if delivery.attempted is not None:
        facts["lastDeliveryAttemptTime"] = _stamp(delivery.attempted)
    if route.schema == CLOUD_EVENTS:
        facts = {name.lower(): value for name, value in facts.items()}
    return {**event, **facts}


def _stamp(moment: float) -> str:
    # Seven digits of a second, as .NET has them.
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
