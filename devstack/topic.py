"""Publishing to an Event Grid topic until it has taken everything."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.eventgrid.aio import EventGridPublisherClient

from devstack.errors import DevstackError
from devstack.storefront import NoProgressError, Patience
from devstack.via import TopicAddress

Json = dict[str, Any]

REFUSALS = frozenset({400, 401, 403, 404, 413})
PAUSE_SECONDS = 0.5
ANSWER_WITHIN_SECONDS = 30


class TopicError(DevstackError):
    """The topic does not take what it is sent; the message shows its last answer."""


class Topic:
    """One topic, as a patient sender sees it."""

    def __init__(self, address: TopicAddress, patience: Patience) -> None:
        self._endpoint = address.endpoint
        self._patience = patience
        self._last_error = ""
        self._client = EventGridPublisherClient(
            address.endpoint,
            AzureKeyCredential(address.key),
            connection_timeout=ANSWER_WITHIN_SECONDS,
            read_timeout=ANSWER_WITHIN_SECONDS,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def publish(self, events: Sequence[Json]) -> None:
        """Send *events* in one request, again and again until that is acknowledged.

        What was taken although the answer got lost is published twice then, as duplicates.

        Raises:
            TopicError: the topic refuses them, or nothing moved for too long.
        """
        try:
            while not await self._sent(events):
                await self._patience.pause(PAUSE_SECONDS)
        except NoProgressError as error:
            raise TopicError(f"{self._endpoint}: {self._last_error}") from error
        self._patience.renew()

    async def _sent(self, events: Sequence[Json]) -> bool:
        try:
            await self._client.send(list(events))
        except AzureError as error:
            if isinstance(error, HttpResponseError) and error.status_code in REFUSALS:
                raise TopicError(f"{self._endpoint} refused the events: {error.message}") from error
            self._last_error = error.message
            return False  # Whether they were taken is unknown; sending them again is safe.
        return True
