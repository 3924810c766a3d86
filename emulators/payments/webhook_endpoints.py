"""Webhook endpoints, as https://docs.stripe.com/api/webhook_endpoints has them."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from emulators.browsers import is_loopback
from emulators.payments.errors import (
    InvalidParameterError,
    NotSupportedError,
    ResourceMissingError,
)
from emulators.payments.events import API_VERSION
from emulators.payments.lists import DEFAULT_PAGE_SIZE, page
from emulators.payments.outbox import Outbox, WebhookEndpoint
from emulators.payments.resources import new_id

URL = "/v1/webhook_endpoints"


class WebhookEndpoints:
    """The operations on endpoints; the secret is shown by the creation only."""

    def __init__(self, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._clock = clock

    def create(self, _: str, parameters: dict[str, Any]) -> dict[str, Any]:
        endpoint = WebhookEndpoint(
            id=new_id("we"),
            secret=f"whsec_{secrets.token_hex(16)}",
            created=int(self._clock()),
            **parameters,
        )
        self._outbox.put_endpoint(endpoint)
        return to_wire(endpoint) | {"secret": endpoint.secret}

    def retrieve(self, endpoint_id: str, _: dict[str, Any]) -> dict[str, Any]:
        return to_wire(self._load(endpoint_id))

    def delete(self, endpoint_id: str, _: dict[str, Any]) -> dict[str, Any]:
        self._outbox.delete_endpoint(self._load(endpoint_id).id)
        return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}

    def list(self, _: str, parameters: dict[str, Any]) -> dict[str, Any]:
        newest_first = self._outbox.endpoints()[::-1]
        if after := parameters.get("starting_after"):
            ids = [endpoint.id for endpoint in newest_first]
            if after not in ids:
                raise ResourceMissingError("webhook_endpoint", after, "starting_after")
            newest_first = newest_first[ids.index(after) + 1 :]
        limit = parameters.get("limit", DEFAULT_PAGE_SIZE)
        return page([to_wire(endpoint) for endpoint in newest_first], limit, URL)

    def ensure(self, url: str, secret: str, events: Sequence[str]) -> None:
        """Have *url* told of *events*, signed with *secret*, however often this is started."""
        known = next((each for each in self._outbox.endpoints() if each.url == url), None)
        endpoint = known or WebhookEndpoint(
            id=new_id("we"),
            url=url,
            secret=secret,
            created=int(self._clock()),
            enabled_events=[*events],
        )
        with self._outbox.transaction():
            self._outbox.put_endpoint(replace(endpoint, secret=secret, enabled_events=[*events]))

    def _load(self, endpoint_id: str) -> WebhookEndpoint:
        endpoint = self._outbox.endpoint(endpoint_id)
        if endpoint is None:
            raise ResourceMissingError("webhook_endpoint", endpoint_id, "id", in_path=True)
        return endpoint


def loopback_url(name: str, value: Any) -> str:
    """A URL on this machine: nothing this emulator makes up may leave it."""
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidParameterError(f"Invalid URL: {value}", name, "url_invalid")
    if not is_loopback(parts.netloc.rpartition("@")[2]):
        raise NotSupportedError(f"webhooks to other machines: {value}", name)
    return str(value)


def to_wire(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """The endpoint without its secret."""
    wire = asdict(endpoint)
    del wire["secret"]
    return wire | {
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "livemode": False,
        "status": "enabled",
    }
