"""The Event Grid output binding: events to the topic's endpoint."""

import json
import os
from typing import Any

import aiohttp
from azure.functions.meta import Datum

from emulators.functions_host.bindings.adapter import Adapter, Resolve
from emulators.functions_host.errors import StartError, UnsupportedError
from emulators.functions_host.functions import Binding

_API_VERSION = "2018-01-01"
_TIMEOUT = aiohttp.ClientTimeout(total=30)


class EventGridOutput(Adapter):
    """Posts events with the topic's key, all events of one output in one request."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def check(self, function: str, binding: Binding) -> None:
        if "connection" in binding:
            raise UnsupportedError(f"eventGrid with connection, only with a key ({function})")
        for property_ in ("topicEndpointUri", "topicKeySetting"):
            name = str(binding.get(property_, ""))
            if not os.environ.get(name):
                raise StartError(
                    f"function {function}: the eventGrid binding {binding['name']!r} needs the app "
                    f"setting {name}, which is its {property_}"
                )

    async def write(self, binding: Binding, datum: Datum, resolve: Resolve) -> None:
        _ = resolve
        events = _events(datum)
        key = os.environ[binding["topicKeySetting"]]
        headers = {"aeg-sas-key": key, "Content-Type": _content_type(events)}
        async with self._open_session().post(
            os.environ[binding["topicEndpointUri"]],
            params={"api-version": _API_VERSION},
            data=json.dumps(events).encode(),
            headers=headers,
        ) as response:
            if response.status >= 400:
                raise RuntimeError(f"the topic answered {response.status}: {await response.text()}")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _events(datum: Datum) -> list[Any]:
    value = json.loads(datum.value)
    events = value if isinstance(value, list) else [value]
    # A list of strings is a list of events in JSON.
    return [json.loads(event) if isinstance(event, str) else event for event in events]


def _content_type(events: list[Any]) -> str:
    is_cloud = any("specversion" in event for event in events)
    kind = "cloudevents-batch+json" if is_cloud else "json"
    return f"application/{kind}; charset=utf-8"
