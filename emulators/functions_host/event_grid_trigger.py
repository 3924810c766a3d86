"""The Event Grid webhook: validates subscriptions and delivers their events to functions.

Source: ``HttpRequestProcessor.cs`` of the Event Grid extension 3.x.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web
from azure.functions.meta import Datum

from emulators.functions_host import keys
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.functions import EVENT_GRID_TRIGGER, LoadedFunction
from emulators.functions_host.handlers import given_key
from emulators.functions_host.invocation import Invoker

WEBHOOKS_PATH: Final = "/runtime/webhooks"
_EXTENSION: Final = "eventgrid"
_AZURE_ORIGIN: Final = "eventgrid.azure.net"
_KNOWN_ORIGINS: Final = frozenset({_AZURE_ORIGIN, "eventgrid.azure.us", "eventgrid.azure.cn"})


class EventGridWebhook:
    """``/runtime/webhooks/EventGrid?functionName=F``; function names mind their case."""

    def __init__(
        self, functions: Iterable[LoadedFunction], invoker: Invoker, *, enforce_keys: bool
    ) -> None:
        self._functions = {
            function.name: function
            for function in functions
            if function.trigger_type == EVENT_GRID_TRIGGER
        }
        self._invoker = invoker
        self._enforce_keys = enforce_keys

    def add_to(self, app: web.Application) -> None:
        """Mount it; every other extension that is not mounted yet is unknown."""
        app.router.add_route("*", f"{WEBHOOKS_PATH}/{{extension}}", self.receive)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["extension"].lower() != _EXTENSION:
            return web.Response(status=404)
        key = given_key(request.headers, request.query)
        if self._enforce_keys and not keys.opens_event_grid(key):
            return web.Response(status=401)
        name = request.query.get("functionName", "")
        if name not in self._functions:
            return web.Response(status=404, text=f"cannot find function: '{name}'")
        if request.method == "OPTIONS":
            return _handshake(request)
        return await self._receive(request, self._functions[name])

    async def _receive(self, request: web.Request, function: LoadedFunction) -> web.StreamResponse:
        kind = request.headers.get("aeg-event-type", "").lower()
        if kind == "subscriptionvalidation":
            return web.json_response({"validationResponse": _validation_code(await request.json())})
        if kind == "notification":
            return await self._deliver(function, await request.json())
        return web.Response(status=202 if kind == "unsubscribe" else 400)

    async def _deliver(self, function: LoadedFunction, body: Any) -> web.StreamResponse:
        """Answer once every event is done; Event Grid sends all again if one failed."""
        events = body if isinstance(body, list) else [body]
        data = [events] if takes_many(function) else events
        results = await asyncio.gather(
            *(self._invoker.invoke(function, Datum(json.dumps(one), "json")) for one in data),
            return_exceptions=True,
        )
        return _answer([result for result in results if isinstance(result, BaseException)])


def takes_many(function: LoadedFunction) -> bool:
    """Whether the function gets all events of a request at once, as an array."""
    return str(function.trigger.get("cardinality", "one")).lower() == "many"


def _answer(failures: list[BaseException]) -> web.Response:
    for failure in failures:
        if not isinstance(failure, InvocationError):
            raise failure
    if failures:
        return web.Response(status=500, text=str(failures[0]))
    return web.Response(status=202)


def _handshake(request: web.Request) -> web.Response:
    """Let a sender of CloudEvents deliver here."""
    origin = request.headers.get("WebHook-Request-Origin", "")
    allowed = origin if origin.lower() in _KNOWN_ORIGINS else _AZURE_ORIGIN
    return web.Response(headers={"Webhook-Allowed-Origin": allowed})


def _validation_code(body: Any) -> str:
    if isinstance(body, list):
        return str(body[0]["data"]["validationCode"])
    # A single event may have its data as JSON in a string.
    data = body["data"]
    return str((json.loads(data) if isinstance(data, str) else data)["validationCode"])
