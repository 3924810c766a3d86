"""Events: what happened, written in the transaction in which it happens.

Types and shape: https://docs.stripe.com/api/events.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from emulators.payments.errors import ResourceMissingError
from emulators.payments.lists import DEFAULT_PAGE_SIZE, page
from emulators.payments.outbox import Outbox
from emulators.payments.resources import new_id

API_VERSION = "2026-10-28.endive"

_NO_REQUEST: dict[str, str | None] = {"id": None, "idempotency_key": None}


class Events:
    """Writes events and one delivery of each for every webhook endpoint that wants it."""

    def __init__(self, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._request = _NO_REQUEST

    @contextmanager
    def caused_by(self, request_id: str, idempotency_key: str | None) -> Iterator[None]:
        """Events written meanwhile name this request; without one, they were Stripe's own doing."""
        self._request = {"id": request_id, "idempotency_key": idempotency_key}
        try:
            yield
        finally:
            self._request = _NO_REQUEST

    def emit(self, event_type: str, subject: dict[str, Any]) -> None:
        """Write that *event_type* happened to *subject*, which is kept as it is now."""
        self._outbox.add_event(
            {
                "id": new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": int(self._clock()),
                "data": {"object": subject},
                "livemode": False,
                "pending_webhooks": self._outbox.listeners(event_type),
                "request": self._request,
                "type": event_type,
            }
        )

    def retrieve(self, event_id: str, _: dict[str, Any]) -> dict[str, Any]:
        event = self._outbox.event(event_id)
        if event is None:
            raise ResourceMissingError("event", event_id, "id", in_path=True)
        return event

    def list(self, _: str, parameters: dict[str, Any]) -> dict[str, Any]:
        limit = parameters.get("limit", DEFAULT_PAGE_SIZE)
        after = parameters.get("starting_after")
        if after is not None and self._outbox.event(after) is None:
            raise ResourceMissingError("event", after, "starting_after")
        wanted = [parameters["type"]] if "type" in parameters else parameters.get("types", [])
        return page(
            self._outbox.event_page(limit + 1, after, wanted, parameters.get("created", {})),
            limit,
            "/v1/events",
        )
