"""The host's HTTP surface: functions, home page, keys of the Durable webhook, own endpoints."""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from azure.functions.meta import Datum

from emulators.functions_host import handlers, keys
from emulators.functions_host.errors import InvocationError, StartError
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.handlers import HttpRoutes
from emulators.functions_host.host_json import HttpSettings
from emulators.functions_host.http_streams import HttpStreams
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.stats import Stats
from emulators.functions_host.throttle import Throttle, TooManyRequests

_log = logging.getLogger("Host.Function")

MAX_BODY_BYTES = 104_857_600
_HOME_PAGE = "<!DOCTYPE html><title>Functions</title><p>Your Functions app is up and running.</p>"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpFrontend:
    """Serves the functions of an app, the home page and the emulator's own endpoints."""

    def __init__(
        self,
        routes: HttpRoutes,
        invoker: Invoker,
        stats: Stats,
        streams: HttpStreams,
        *,
        enforce_keys: bool,
        settings: HttpSettings,
    ) -> None:
        self._routes = routes
        self._invoker = invoker
        self._stats = stats
        self._streams = streams
        self._enforce_keys = enforce_keys
        self._custom_headers = settings.custom_headers
        self._throttle = Throttle(settings.max_outstanding, settings.max_concurrent)

    def add_to(self, app: web.Application) -> None:
        """Mount everything; the functions take what nothing else does."""
        app.add_routes(
            [
                web.get("/_emulator/health", _health),
                web.get("/_emulator/stats", self.stats),
                web.route("*", "/{path:.*}", self.call_function),
            ]
        )

    async def stats(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(self._stats.to_json())

    async def call_function(self, request: web.Request) -> web.StreamResponse:
        found = self._routes.find(request.method, request.rel_url.raw_path)
        if found is None:
            return _not_a_function(request)
        route, values = found
        if self._enforce_keys and not handlers.may_call(route, request.headers, request.query):
            return web.Response(status=401)
        if route.function.disabled and not _is_admin(request):
            return web.Response(status=404)
        self._stats.http_requests += 1
        if route.function.streams:
            return await self._stream(request, route.function, values)
        datum = await _read(request, values)
        try:
            async with self._throttle.admit():
                return await self._answer(route.function, datum)
        except TooManyRequests:
            return web.Response(status=429)

    async def _stream(
        self, request: web.Request, function: LoadedFunction, values: Mapping[str, str]
    ) -> web.StreamResponse:
        try:
            async with self._throttle.admit():
                return await self._streams.answer(request, function, values, self._custom_headers)
        except TooManyRequests:
            return web.Response(status=429)

    async def _answer(self, function: LoadedFunction, request: Datum) -> web.StreamResponse:
        try:
            reply = handlers.reply(await self._invoker.invoke(function, request))
        except InvocationError:
            return web.Response(status=500, headers=self._custom_headers)
        except ValueError as error:
            _log.error("Function %s: %s", function.name, error)
            return web.Response(status=500, headers=self._custom_headers)
        response = web.Response(status=reply.status, body=reply.body)
        response.headers.popall("Content-Type", None)
        for name, value in [*self._custom_headers.items(), *reply.headers]:
            response.headers.add(name, value)
        return response


def _is_admin(request: web.Request) -> bool:
    return keys.opens_admin(handlers.given_key(request.headers, request.query))


def max_body_bytes() -> int:
    """How long a request's body may be.

    Raises:
        StartError: FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is no number.
    """
    text = os.environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", str(MAX_BODY_BYTES))
    if not text.isdecimal():
        raise StartError(f"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT {text!r} is no number of bytes")
    return int(text)


async def _read(request: web.Request, route_values: Mapping[str, str]) -> Datum:
    # The real host forwards a body only if its length was announced.
    body = await request.read() if request.content_length else b""
    return handlers.request_datum(
        method=request.method,
        url=str(request.url),
        headers=request.headers,
        query=request.query,
        route_values=route_values,
        body=body,
    )


def _not_a_function(request: web.Request) -> web.Response:
    if request.path != "/" or request.method != "GET":
        return web.Response(status=404)
    disabled = os.environ.get("AzureWebJobsDisableHomepage", "")  # noqa: SIM112  # its real name
    if disabled.lower() == "true":
        return web.Response(status=204)
    return web.Response(text=_HOME_PAGE, content_type="text/html")


async def _health(_: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})


def require_durable_key(*, enforce: bool) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Middleware for the Durable webhook: the system key or the master key."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = handlers.given_key(request.headers, request.query)
        if enforce and not keys.opens_durable(key):
            return web.Response(status=401)
        return await handler(request)

    return check
