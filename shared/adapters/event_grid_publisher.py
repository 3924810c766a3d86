"""Publishing to an Event Grid custom topic that takes CloudEvents 1.0."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.messaging import CloudEvent
from azure.eventgrid.aio import EventGridPublisherClient

from shared.application.announcements import announcement
from shared.domain.errors import EventsRefused, Unavailable
from shared.domain.order import OrderEvent

_SERVICE = "event-grid"

# 400: not as the topic takes it; 413: too large. Both are the events' fault, and stay so.
_REFUSED = frozenset({400, 413})

# 401, 403 and 404 are the deployment's fault: keys, roles and topics are mended under a running
# app, and no event may be lost for them.
_UNAVAILABLE = frozenset({401, 403, 404, 408, 429, 500, 502, 503, 504})

# Event Grid takes 1 MB in a request. The margin is for what the SDK adds to each event: the trace
# that it belongs to.
_MAX_BYTES = 750_000
_MAX_EVENTS = 100


class EventGridPublisher:
    """The ``EventPublisher`` port; *source* is the CloudEvents source of all events."""

    def __init__(self, client: EventGridPublisherClient, source: str) -> None:
        self._client = client
        self._source = source

    def parts(self, events: Sequence[OrderEvent]) -> Sequence[Sequence[OrderEvent]]:
        parts: list[list[OrderEvent]] = []
        size = _MAX_BYTES
        for event in events:
            added = len(json.dumps(announcement(event, self._source)).encode())
            if size + added > _MAX_BYTES or len(parts[-1]) == _MAX_EVENTS:
                parts.append([])
                size = 0
            parts[-1].append(event)
            size += added
        return parts

    async def publish(self, events: Sequence[OrderEvent]) -> None:
        messages: list[CloudEvent[Any]] = [
            CloudEvent.from_dict(announcement(event, self._source)) for event in events
        ]
        with _translated_errors():
            await self._client.send(messages)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except HttpResponseError as error:
        if error.status_code in _REFUSED:
            raise EventsRefused(_detail(error)) from error
        if error.status_code is None or error.status_code in _UNAVAILABLE:
            raise Unavailable(_SERVICE) from error
        raise
    except AzureError as error:  # no answer at all: refused, cut off, timed out
        raise Unavailable(_SERVICE) from error


def _detail(error: HttpResponseError) -> str:
    """What the service says, in a line."""
    said = error.error
    text = f"{said.code}: {said.message}" if said else error.reason or ""
    return f"{error.status_code} {text}"[:500].replace("\n", " ")
