"""The part of the host's admin API that scripts and operators use locally."""

import asyncio
from collections.abc import Mapping, Sequence

from aiohttp import web

from emulators.functions_host import keys
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.handlers import given_key
from emulators.functions_host.timer_trigger import TimerTrigger


class AdminApi:
    """``/admin``: what runs here, and timers on demand. Opens for the master key only."""

    def __init__(
        self,
        functions: Sequence[LoadedFunction],
        timers: Mapping[str, TimerTrigger],
        *,
        enforce_keys: bool,
    ) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._timers = timers
        self._enforce_keys = enforce_keys
        self._started: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        """Mount the API."""
        app.add_routes(
            [
                web.get("/admin/host/status", self.host_status),
                web.get("/admin/functions", self.list_functions),
                web.post("/admin/functions/{name}", self.run_function),
            ]
        )

    async def host_status(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        return web.json_response(
            {"id": "emulators.functions_host", "state": "Running", "version": "4.0.0.0"}
        )

    async def list_functions(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        return web.json_response(
            [
                {"name": one.name, "config": {"bindings": [dict(b) for b in one.bindings]}}
                for one in self._functions.values()
            ]
        )

    async def run_function(self, request: web.Request) -> web.StreamResponse:
        """Run a timer function now, whatever its schedule says."""
        self._check_key(request)
        name = request.match_info["name"].lower()
        if name not in self._functions:
            return web.Response(status=404)
        if name not in self._timers:
            text = "emulators.functions_host does not support running any but timer functions here"
            return web.Response(status=501, text=text)
        task = asyncio.get_running_loop().create_task(self._timers[name].fire())
        self._started.add(task)
        task.add_done_callback(self._started.discard)
        return web.Response(status=202)

    def _check_key(self, request: web.Request) -> None:
        key = given_key(request.headers, request.query)
        if self._enforce_keys and not keys.opens_admin(key):
            raise web.HTTPUnauthorized(text="")
