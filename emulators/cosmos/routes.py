"""The HTTP side: from a request to a call, and from a reply or an error to a response."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Final
from uuid import uuid4

from aiohttp import web

from emulators.cosmos.address import parse_address
from emulators.cosmos.all_versions import read_all_versions
from emulators.cosmos.auth import MasterKey
from emulators.cosmos.change_feed import read_change_feed
from emulators.cosmos.control import CONTROL_HANDLERS
from emulators.cosmos.errors import CosmosError, TooLarge, TooManyRequests
from emulators.cosmos.exchange import Call, Reply
from emulators.cosmos.explorer.routes import add_explorer_routes
from emulators.cosmos.handlers import ITEM_HANDLERS
from emulators.cosmos.operations import operation_of
from emulators.cosmos.plans import plan_query
from emulators.cosmos.queries import query_items, read_feed
from emulators.cosmos.retention import purge
from emulators.cosmos.stats import Stats
from emulators.cosmos.store import Store
from emulators.cosmos.throttle import Throttle
from emulators.faults import FAULT, FaultPlan, add_fault_routes, fault_middleware

# Room for a batch of 2 MB, however it is spaced; what is larger still is not even read.
_MAX_BODY: Final = 4 * 1024 * 1024
_PURGE_SECONDS: Final = 300
_THROTTLED: Final = 429
_THROTTLED_CHARGE: Final = 0.38
_SERVICE_HEADERS: Final = {
    "Content-Type": "application/json",
    "x-ms-gatewayversion": "2.0.0",
    "x-ms-serviceversion": "version=2.14.0.0",
    "x-ms-schemaversion": "1.18",
    "x-ms-number-of-read-regions": "0",
}
_HANDLERS: Final[dict[str, Callable[[Store, Call], Reply]]] = {
    **CONTROL_HANDLERS,
    **ITEM_HANDLERS,
    "Query": query_items,
    "QueryPlan": plan_query,
    "ReadFeed": read_feed,
    "ChangeFeed": read_change_feed,
    "AllVersions": read_all_versions,
}


class Server:
    """One account behind HTTP."""

    def __init__(self, store: Store, key: MasterKey, throttle: Throttle | None) -> None:
        self._store = store
        self._throttle = throttle
        self._key = key
        self._stats = Stats()

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request of the service's own protocol."""
        try:
            reply = await self._answer(request)
        except CosmosError as error:
            self._count(request, error.charge)
            return _error_response(request, error)
        self._count(request, reply.charge)
        return _response(request, reply.status, reply.text, reply.charge, reply.headers)

    async def _answer(self, request: web.Request) -> Reply:
        address = parse_address(request.raw_path)
        operation = operation_of(request.method, address, request.headers)
        request["operation"] = operation
        self._key.check(request.method, address, request.headers, secure=request.secure)
        endpoint = f"{request.scheme}://{request.host}"
        body = await _body_of(request)
        call = Call(request.method, operation, address, request.headers, body, endpoint)
        # From here to its end nothing awaits: requests are handled one after the other.
        handler = _HANDLERS[operation]
        if self._throttle is None or operation in CONTROL_HANDLERS:
            return handler(self._store, call)
        return self._throttle.serve(handler, self._store, call)

    def _count(self, request: web.Request, charge: float) -> None:
        if operation := request.get("operation"):
            self._stats.count(_container_name(request, operation), operation, charge)

    def facts(self, request: web.Request) -> dict[str, str] | None:
        """What a fault may match on; None for requests to the emulator itself."""
        if request.path.startswith("/_emulator/"):
            return None
        try:
            operation = operation_of(
                request.method, parse_address(request.raw_path), request.headers
            )
        except CosmosError:
            return None
        return {"operation": operation, "container": _container_name(request, operation)}

    async def refuse(self, request: web.Request, status: int) -> web.Response:
        """The error answer of a fault; it has no effect and is counted."""
        details = request[FAULT].details
        facts = self.facts(request) or {}
        charge = _THROTTLED_CHARGE if status == _THROTTLED else 0.0
        self._stats.count(facts["container"], facts["operation"], charge)
        sub_status = details.get("subStatus", 3200 if status == _THROTTLED else 0)
        headers = {"x-ms-substatus": str(sub_status)}
        if "retryAfterMs" in details:
            headers["x-ms-retry-after-ms"] = str(details["retryAfterMs"])
        text = json.dumps({"code": str(status), "message": "A fault that was asked for."})
        return _response(request, status, text, charge, headers)

    async def stats(self, _: web.Request) -> web.Response:
        return web.json_response(self._stats.summary())


def _container_name(request: web.Request, operation: str) -> str:
    if operation in CONTROL_HANDLERS:
        return ""
    return parse_address(request.raw_path).ids[1]


async def _body_of(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge from None


def _error_response(request: web.Request, error: CosmosError) -> web.Response:
    text = error.body(_activity_id(request))
    headers = {"x-ms-substatus": str(error.sub_status)}
    if isinstance(error, TooManyRequests):
        headers["x-ms-retry-after-ms"] = str(error.retry_after_ms)
    return _response(request, error.status, text, error.charge, headers)


def _activity_id(request: web.Request) -> str:
    return request.headers.get("x-ms-activity-id") or str(uuid4())


def _response(
    request: web.Request, status: int, text: str, charge: float, headers: dict[str, str]
) -> web.Response:
    headers |= _SERVICE_HEADERS
    headers["x-ms-activity-id"] = _activity_id(request)
    headers["x-ms-request-charge"] = f"{charge:.2f}"
    return web.Response(status=status, body=text.encode(), headers=headers)


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def create_app(
    store: Store, key: MasterKey, *, enforce_throughput: bool = False
) -> web.Application:
    """The emulator as an aiohttp application; it closes *store* when it ends."""
    server = Server(store, key, Throttle() if enforce_throughput else None)
    plan = FaultPlan(
        ("container", "operation"),
        values={"operation": _HANDLERS},
        details=("subStatus", "retryAfterMs"),
    )

    def facts(request: web.Request) -> dict[str, str] | None:
        return server.facts(request) if plan.faults else None

    app = web.Application(
        client_max_size=_MAX_BODY, middlewares=[fault_middleware(plan, facts, server.refuse)]
    )
    app.router.add_get("/_emulator/health", _healthy)
    app.router.add_get("/_emulator/stats", server.stats)
    add_fault_routes(app, plan)
    add_explorer_routes(app, store)
    app.router.add_route("*", "/{path:.*}", server.serve)

    async def keep(_: web.Application) -> AsyncIterator[None]:
        purging = asyncio.create_task(_purge_regularly(store))
        yield
        purging.cancel()
        store.close()

    app.cleanup_ctx.append(keep)
    return app


async def _purge_regularly(store: Store) -> None:
    """Expired items are invisible at once; this only gives their room back."""
    while True:
        purge(store, time.time())
        await asyncio.sleep(_PURGE_SECONDS)
