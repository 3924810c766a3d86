"""The HTTP surface of the Event Grid emulator."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from aiohttp import web

from emulators.event_grid.clock import Clock
from emulators.event_grid.config import Config
from emulators.event_grid.courier import Courier, Surroundings
from emulators.event_grid.errors import (
    NotSupportedError,
    ServiceError,
    ServiceFaultError,
    TooLargeError,
)
from emulators.event_grid.events import MAX_BYTES
from emulators.event_grid.explorer.routes import add_explorer_routes
from emulators.event_grid.faults import PUBLISH, EventGridFaults
from emulators.event_grid.handlers import EventGrid, PublishRequest
from emulators.event_grid.handshake import VALIDATION_PATH
from emulators.event_grid.report import report
from emulators.event_grid.store import Store
from emulators.event_grid.webhook import RESPONSE_SECONDS
from emulators.faults import add_fault_routes, fault_middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PUBLISH_PATH: Final = "/{topic}/api/events"


class Routes:
    """Every endpoint as a method."""

    def __init__(self, grid: EventGrid) -> None:
        self._grid = grid

    async def publish(self, request: web.Request) -> web.Response:
        self._grid.publish(
            PublishRequest(
                topic=request.match_info["topic"],
                path=request.path,
                query=request.query,
                headers=request.headers,
                content_type=request.content_type if "Content-Type" in request.headers else "",
                body=await _body(request),
            )
        )
        return web.Response()

    async def validate(self, request: web.Request) -> web.Response:
        """The validation URL of a subscription."""
        code = request.query.get("id", "")
        for courier in self._grid.couriers.values():
            if courier.handshake.code == code:
                courier.handshake.accept()
                return web.Response(text="The subscription is validated.")
        raise web.HTTPNotFound(text="No subscription waits for this validation.")

    async def health(self, _: web.Request) -> web.Response:
        failure = self._grid.failure()
        if failure:
            return web.json_response({"status": "broken", "error": repr(failure)}, status=500)
        return web.json_response({"status": "ok"})

    async def stats(self, _: web.Request) -> web.Response:
        return web.json_response(report(self._grid))

    async def advance(self, request: web.Request) -> web.Response:
        """Skip time: ``{"advanceSeconds": 600}``, in seconds of Azure."""
        try:
            seconds = float((await request.json())["advanceSeconds"])
        except (ValueError, KeyError, TypeError) as error:
            raise web.HTTPBadRequest(text='Send {"advanceSeconds": NUMBER}.') from error
        if not 0 <= seconds < 10**9:
            raise web.HTTPBadRequest(text="Time goes forward only.")
        self._grid.advance(seconds)
        return web.json_response({"skippedSeconds": self._grid.clock.skipped})

    async def pause(self, request: web.Request) -> web.Response:
        self._courier(request).paused = True
        return web.Response(status=204)

    async def resume(self, request: web.Request) -> web.Response:
        courier = self._courier(request)
        courier.paused = False
        courier.probation_until = 0.0
        courier.wake()
        return web.Response(status=204)

    async def handshake_again(self, request: web.Request) -> web.Response:
        self._courier(request).handshake.again()
        return web.Response(status=204)

    def _courier(self, request: web.Request) -> Courier:
        name = f"{request.match_info['topic']}/{request.match_info['subscription']}"
        courier = self._grid.couriers.get(name)
        if courier is None:
            raise web.HTTPNotFound(text=f"There is no subscription {name}.")
        return courier


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLargeError(f"The request is larger than {MAX_BYTES} bytes.") from error


def _refusal(error: ServiceError) -> web.Response:
    return web.json_response(error.body(), status=error.status)


@web.middleware
async def service_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal is an error object."""
    try:
        return await handler(request)
    except ServiceError as error:
        return _refusal(error)


async def _refuse_by_fault(_: web.Request, status: int) -> web.StreamResponse:
    return _refusal(ServiceFaultError(status))


def _describe(request: web.Request) -> dict[str, str] | None:
    resource = request.match_info.route.resource
    if resource is None or resource.canonical != PUBLISH_PATH:
        return None
    return {"operation": PUBLISH, "topic": request.match_info["topic"]}


async def refuse(request: web.Request) -> web.StreamResponse:
    """Name the endpoint that is not emulated."""
    raise NotSupportedError(f"{request.method} {request.path}")


def create_app(
    config: Config,
    state: str,
    *,
    url: str,
    clock: Clock | None = None,
    dice: random.Random | None = None,
    response_seconds: float = RESPONSE_SECONDS,
) -> web.Application:
    """The emulator as an aiohttp application that will be reached at *url*.

    *dice* spread the retries; *response_seconds* are what an endpoint has to answer.
    """
    store = Store(state)
    # Not for secrets.
    dice = dice or random.Random()  # noqa: S311
    around = Surroundings(store, clock or Clock(), EventGridFaults(), dice)
    grid = EventGrid(config, around, url, response_seconds)
    routes = Routes(grid)
    app = web.Application(
        middlewares=[service_errors, fault_middleware(grid.faults, _describe, _refuse_by_fault)],
        client_max_size=MAX_BYTES,
    )
    subscription = "/_emulator/subscriptions/{topic}/{subscription}"
    app.router.add_post(PUBLISH_PATH, routes.publish)
    for method in ("GET", "POST"):
        app.router.add_route(method, VALIDATION_PATH, routes.validate)
    app.router.add_get("/_emulator/health", routes.health)
    app.router.add_get("/_emulator/stats", routes.stats)
    app.router.add_post("/_emulator/clock", routes.advance)
    app.router.add_post(f"{subscription}/pause", routes.pause)
    app.router.add_post(f"{subscription}/resume", routes.resume)
    app.router.add_post(f"{subscription}/validate", routes.handshake_again)
    add_explorer_routes(app, grid)
    add_fault_routes(app, grid.faults)
    app.router.add_route("*", "/{anything:.*}", refuse)

    async def deliver(_: web.Application) -> AsyncIterator[None]:
        async with grid:
            yield
        store.close()

    app.cleanup_ctx.append(deliver)
    return app
