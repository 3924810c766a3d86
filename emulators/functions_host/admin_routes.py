"""The part of the host's admin API that scripts and operators use locally."""

import json
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from emulators.functions_host import keys
from emulators.functions_host.function_info import describe
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.handlers import HttpRoutes, given_key
from emulators.functions_host.host_status import HostStatus
from emulators.functions_host.listeners import Listeners


class AdminApi:
    """``/admin``: what runs here, and functions on demand. Opens for the master key only."""

    def __init__(
        self,
        functions: Sequence[LoadedFunction],
        listeners: Listeners,
        routes: HttpRoutes,
        status: HostStatus,
        warm_up: Callable[[], Awaitable[None]],
        *,
        enforce_keys: bool,
    ) -> None:
        self._routes = routes
        self._status = status
        self._warm_up = warm_up
        self._functions = {function.name.lower(): function for function in functions}
        self._listeners = listeners
        self._enforce_keys = enforce_keys

    def add_to(self, app: web.Application) -> None:
        """Mount the API."""
        app.add_routes(
            [
                web.get("/admin/host/status", self.host_status),
                web.get("/admin/host/ping", _ping),
                web.post("/admin/host/ping", _ping),
                web.get("/admin/warmup", self.warm_up),
                web.post("/admin/warmup", self.warm_up),
                web.get("/admin/functions", self.list_functions),
                web.get("/admin/functions/{name}", self.show_function),
                web.post("/admin/functions/{name}", self.run_function),
            ]
        )

    async def host_status(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        return web.json_response(self._status.to_json())

    async def warm_up(self, _: web.Request) -> web.StreamResponse:
        """Run the warm-up function; as with a ping, no key is asked for."""
        await self._warm_up()
        return web.Response()

    async def list_functions(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        return web.json_response(
            [describe(one, self._routes, _origin(request)) for one in self._functions.values()]
        )

    async def show_function(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        function = self._functions.get(request.match_info["name"].lower())
        if function is None:
            return web.Response(status=404)
        return web.json_response(describe(function, self._routes, _origin(request)))

    async def run_function(self, request: web.Request) -> web.StreamResponse:
        """Run a function now, as if its trigger had found ``input``; does not wait for it."""
        self._check_key(request)
        name = request.match_info["name"].lower()
        if name not in self._functions:
            return web.Response(status=404)
        if not self._listeners.can_run(name):
            type_ = self._functions[name].trigger_type
            text = f"emulators.functions_host does not support running {type_} functions here"
            return web.Response(status=501, text=text)
        given = _input_of(await request.read())
        if given is None:
            return web.Response(status=400)
        self._listeners.run_now(name, given)
        return web.Response(status=202)

    def _check_key(self, request: web.Request) -> None:
        key = given_key(request.headers, request.query)
        if self._enforce_keys and not keys.opens_admin(key):
            raise web.HTTPUnauthorized(text="")


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


async def _ping(_: web.Request) -> web.StreamResponse:
    return web.Response()


def _input_of(body: bytes) -> str | None:
    """The ``input`` of a request, "" if it has none; None if the body is no JSON object."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    given = value.get("input") or ""
    return given if isinstance(given, str) else json.dumps(given)
