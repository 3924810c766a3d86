"""Asking an endpoint whether it wants the events of a subscription, before it gets any.

Sources: https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
and https://learn.microsoft.com/azure/event-grid/end-point-validation-cloud-events-schema
"""

import asyncio
import json
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from emulators.event_grid.clock import Clock
from emulators.event_grid.outcomes import Outcome
from emulators.event_grid.routing import Route
from emulators.event_grid.schemas import CLOUD_EVENTS, resource_id
from emulators.event_grid.store import Store
from emulators.event_grid.webhook import Answer, Webhook

PENDING: Final = "Pending"
AWAITING_MANUAL_ACTION: Final = "AwaitingManualAction"
SUCCEEDED: Final = "Succeeded"
FAILED: Final = "Failed"

VALIDATION_PATH: Final = "/_emulator/validate"
ORIGIN: Final = "eventgrid.azure.net"
_AGAIN_SECONDS: Final = 5
_MANUAL_SECONDS: Final = 600


class Handshake:
    """The validation of one subscription.

    *state* is as in Azure, *detail* says what the endpoint did.
    """

    def __init__(
        self, route: Route, webhook: Webhook, store: Store, clock: Clock, url: str
    ) -> None:
        self.state = PENDING
        self.detail = ""
        self.code = str(uuid.uuid4())
        self._route = route
        self._webhook = webhook
        self._store = store
        self._clock = clock
        self.url = f"{url}{VALIDATION_PATH}?id={self.code}"
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Return once the endpoint has agreed, now or to an earlier process."""
        endpoint = self._route.subscription.endpoint
        if self._store.validation(self._route.id, endpoint) == self._route.schema:
            self.state = SUCCEEDED
        while self.state != SUCCEEDED:
            await self._try()

    def accept(self) -> None:
        """Somebody opened the validation URL."""
        if self.state in (PENDING, AWAITING_MANUAL_ACTION):
            self._succeed()

    def again(self) -> None:
        """Try now, even after it failed."""
        if self.state != SUCCEEDED:
            self.state = PENDING
            self._wake.set()

    async def _try(self) -> None:
        answer = await self._ask()
        agreed = isinstance(answer, Answer) and answer.status == 200 and self._agrees(answer)
        if agreed:
            self._succeed()
        elif isinstance(answer, Answer) and answer.status == 200:
            await self._wait_for_people()
        else:
            self.detail = _described(answer)
            await self._sleep(_AGAIN_SECONDS)

    async def _ask(self) -> Answer | Outcome:
        if self._route.schema == CLOUD_EVENTS:
            headers = {
                "WebHook-Request-Origin": ORIGIN,
                "WebHook-Request-Callback": self.url,
                "WebHook-Request-Rate": "120",
            }
            return await self._webhook.request("OPTIONS", headers)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "aeg-event-type": "SubscriptionValidation",
            "aeg-subscription-name": self._route.subscription.name.upper(),
            "aeg-delivery-count": "0",
            "aeg-data-version": "1",
            "aeg-metadata-version": "1",
        }
        return await self._webhook.request("POST", headers, json.dumps([self._event()]))

    def _event(self) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "topic": resource_id(self._route.topic.name),
            "subject": "",
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "metadataVersion": "1",
            "dataVersion": "1",
            "data": {"validationCode": self.code, "validationUrl": self.url},
        }

    def _agrees(self, answer: Answer) -> bool:
        if self._route.schema == CLOUD_EVENTS:
            allowed = answer.headers.get("WebHook-Allowed-Origin", "")
            return ORIGIN in [one.strip().lower() for one in allowed.split(",")] or allowed == "*"
        with suppress(ValueError):
            body = json.loads(answer.text)
            return isinstance(body, dict) and body.get("validationResponse") == self.code
        return False

    def _succeed(self) -> None:
        with self._store.transaction():
            self._store.keep_validation(
                self._route.id, self._route.subscription.endpoint, self._route.schema
            )
        self.state, self.detail = SUCCEEDED, ""
        self._wake.set()

    async def _wait_for_people(self) -> None:
        self.state = AWAITING_MANUAL_ACTION
        self.detail = f"answered 200 without agreeing; open {self.url}"
        await self._sleep(_MANUAL_SECONDS)
        if self.state == AWAITING_MANUAL_ACTION:
            self.state, self.detail = (
                FAILED,
                "never agreed, and nobody opened the validation URL in time",
            )
            await self._wake.wait()

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._clock.wait(seconds))


def _described(answer: Answer | Outcome) -> str:
    if isinstance(answer, Answer):
        return f"answered {answer.status}: {answer.text[:100]}"
    return f"did not answer, {answer.name}: {answer.detail}"
