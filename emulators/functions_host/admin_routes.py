"""The part of the host's admin API that scripts and operators use locally."""

import json
from collections.abc import Sequence

from aiohttp import web

from emulators.functions_host import keys
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.handlers import given_key
from emulators.functions_host.listeners import Listeners


class AdminApi:
    """``/admin``: what runs here, and functions on demand. Opens for the master key only."""

    def __init__(
        self,
        functions: Sequence[LoadedFunction],
        listeners: Listeners,
        *,
        enforce_keys: bool,
    ) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._listeners = listeners
        self._enforce_keys = enforce_keys

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
