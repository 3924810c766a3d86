"""Requests to the endpoint of a subscription."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from emulators.event_grid.outcomes import (
    RESOLUTION_ERROR,
    SOCKET_ERROR,
    TIMED_OUT,
    Outcome,
)
from emulators.event_grid.routing import Route
from emulators.event_grid.schemas import EVENT_GRID
from emulators.event_grid.store import Delivery

RESPONSE_SECONDS: Final = 30.0
_SHOWN_CHARACTERS: Final = 200
_READ_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered; of a long text the beginning."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def outcome(self) -> Outcome:
        """What it means for a delivery."""
        return Outcome.of_status(self.status, self.text[:_SHOWN_CHARACTERS])


class Webhook:
    """The endpoint of one subscription."""

    def __init__(
        self, route: Route, session: aiohttp.ClientSession, response_seconds: float
    ) -> None:
        self._route = route
        self._session = session
        # As it is configured: encoding it anew could change the key in it.
        self._endpoint = URL(route.subscription.endpoint, encoded=True)
        self._timeout = aiohttp.ClientTimeout(total=response_seconds)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Send *deliveries* in one request."""
        content_type, body = self._route.body(deliveries)
        headers = {**self._headers(deliveries), "Content-Type": content_type}
        answer = await self.request("POST", headers, body)
        return answer if isinstance(answer, Outcome) else answer.outcome

    def _headers(self, deliveries: Sequence[Delivery]) -> dict[str, str]:
        headers = {
            **self._route.subscription.delivery_headers,
            "aeg-subscription-name": self._route.subscription.name.upper(),
            # Attempts that failed before: 0 at first. Events of a batch may differ in it.
            "aeg-delivery-count": str(max(one.attempts for one in deliveries)),
            "aeg-event-type": "Notification",
            "aeg-metadata-version": "1",
            "aeg-output-event-id": str(uuid.uuid4()),
        }
        if self._route.schema == EVENT_GRID:
            version = json.loads(deliveries[0].body)["dataVersion"]
            if version.isascii() and version.isprintable():
                headers["aeg-data-version"] = version
        return headers

    async def request(
        self, method: str, headers: Mapping[str, str], body: str = ""
    ) -> "Answer | Outcome":
        """Send a request and get the answer, or how it came to none."""
        try:
            async with self._session.request(
                method,
                self._endpoint,
                headers=headers,
                data=body.encode(),
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                content = await _beginning(response.content)
                return Answer(response.status, response.headers, content.decode(errors="replace"))
        except TimeoutError:
            return Outcome(TIMED_OUT, detail=f"no answer within {self._timeout.total:g} s")
        except aiohttp.ClientConnectorDNSError as error:
            return Outcome(RESOLUTION_ERROR, detail=str(error))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(SOCKET_ERROR, detail=str(error) or type(error).__name__)


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """All of *content*, or of an endless one as much as anybody may look at."""
    read = bytearray()
    while len(read) < _READ_BYTES and (part := await content.read(_READ_BYTES - len(read))):
        read += part
    return bytes(read)
