"""The Durable HTTP API: on the host's webhook path with a key, on the RPC port without.

Both mount the same handlers; wrong verbs and unknown paths are 404 (``HttpApiHandler.cs``).
"""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from emulators.functions_host.durable import management_handlers as handlers
from emulators.functions_host.durable.client import DurableClient
from emulators.functions_host.durable.client_binding import management_urls
from emulators.functions_host.durable.entity_routes import CONTINUATION, entity_routes
from emulators.functions_host.durable.management_errors import WENT_WRONG, ManagementError
from emulators.functions_host.durable.parameters import (
    Query,
    flag,
    read_json,
    read_optional_json,
    read_timeout,
)
from emulators.functions_host.durable.records import Instance, Status
from emulators.functions_host.keys import DURABLE_SYSTEM_KEY

_log = logging.getLogger("Host.Durable")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def management_app(client: DurableClient, hub: str, public_origin: str | None) -> web.Application:
    """The API as an application to mount.

    *public_origin* is what links point at; without one they point where the request came in.
    How big a body may be is for the outermost application to say.
    """
    api = _ManagementApi(client, hub, public_origin)
    app = web.Application(middlewares=[_errors, _only_hub(hub)])
    app.add_routes(
        [
            web.post("/orchestrators/{name}", api.start),
            web.post("/orchestrators/{name}/{id}", api.start),
            web.get("/instances", api.list),
            web.get("/instances/", api.list),
            web.delete("/instances", api.purge_matching),
            web.delete("/instances/", api.purge_matching),
            web.get("/instances/{id}", api.status),
            web.delete("/instances/{id}", api.purge),
            web.post("/instances/{id}/{raise:(?i:raiseEvent)}/{name}", api.raise_event),
            web.post("/instances/{id}/{operation}", api.operate),
            *entity_routes(client.entities),
        ]
    )
    return app


def _only_hub(hub: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked = request.query.get("taskHub", hub)
        if asked.lower() != hub.lower():
            text = f"emulators.functions_host has the task hub {hub} here, not {asked}"
            raise ManagementError(400, text)
        return await handler(request)

    return check


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ManagementError as error:
        body = handlers.error_body(error)
        return web.Response(status=error.status) if body is None else _json(body, error.status)
    except web.HTTPMethodNotAllowed as error:
        raise web.HTTPNotFound from error
    except web.HTTPException:
        raise
    except Exception as error:
        _log.exception("the Durable management API failed")
        return _json({"Message": WENT_WRONG, "ExceptionMessage": str(error)}, 500)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


class _ManagementApi:
    def __init__(self, client: DurableClient, hub: str, public_origin: str | None) -> None:
        self._client = client
        self._hub = hub
        self._public_origin = public_origin
        self._changes: dict[str, Callable[[str, str], None]] = {
            "terminate": client.terminate,
            "suspend": client.suspend,
            "resume": client.resume,
            "rewind": client.rewind,
        }

    async def start(self, request: web.Request) -> web.StreamResponse:
        input_ = read_optional_json(await request.read())
        instance_id = self._client.start(
            request.match_info["name"],
            request.match_info.get("id"),
            input_,
            request.query.get("version"),
        )
        if "timeout" in request.query:
            return await self._wait(request, instance_id, read_timeout(request.query))
        return self._accepted(request, instance_id)

    async def _wait(
        self, request: web.Request, instance_id: str, timeout_seconds: float
    ) -> web.StreamResponse:
        instance = await self._client.wait(instance_id, timeout_seconds)
        if instance.active:
            return self._accepted(request, instance_id)
        if instance.status is Status.COMPLETED:
            return _json(json.loads(instance.output or "null"))
        return _json(handlers.status_payload(self._client, instance, request.query))

    def _accepted(self, request: web.Request, instance_id: str) -> web.StreamResponse:
        origin = self._public_origin or f"{request.scheme}://{request.host}"
        links = management_urls(origin, self._hub, DURABLE_SYSTEM_KEY, instance_id)
        del links["rewindPostUri"]
        headers = {"Location": links["statusQueryGetUri"], "Retry-After": "10"}
        return _json({"id": instance_id, **links}, 202, headers)

    async def list(self, request: web.Request) -> web.StreamResponse:
        page, following = handlers.list_page(
            self._client, request.query, request.headers.get(CONTINUATION)
        )
        return _json(page, headers={CONTINUATION: following} if following else None)

    async def status(self, request: web.Request) -> web.StreamResponse:
        instance = self._client.find(request.match_info["id"])
        body = handlers.status_payload(self._client, instance, request.query)
        if instance.active:
            return _json(body, 202, {"Location": str(request.url), "Retry-After": "5"})
        return _json(body, _final_status(instance, request.query))

    async def purge(self, request: web.Request) -> web.StreamResponse:
        return _json({"instancesDeleted": self._client.purge(request.match_info["id"])})

    async def purge_matching(self, request: web.Request) -> web.StreamResponse:
        return _json(handlers.purge_matching(self._client, request.query))

    async def raise_event(self, request: web.Request) -> web.StreamResponse:
        instance_id = request.match_info["id"]
        self._client.find_running(instance_id)
        if request.content_type != "application/json":
            raise ManagementError(400, "Only application/json request content is supported")
        data = read_json(await request.read())
        self._client.raise_event(instance_id, request.match_info["name"], data)
        return web.Response(status=202)

    async def operate(self, request: web.Request) -> web.StreamResponse:
        operation = request.match_info["operation"].lower()
        instance_id = request.match_info["id"]
        if operation == "restart":
            return self._restart(request, instance_id)
        if operation not in self._changes:
            raise web.HTTPNotFound
        self._changes[operation](instance_id, request.query.get("reason", ""))
        return web.Response(status=202)

    def _restart(self, request: web.Request, instance_id: str) -> web.StreamResponse:
        with_new_id = flag(request.query, "restartWithNewInstanceId", default=True)
        return self._accepted(request, self._client.restart(instance_id, with_new_id=with_new_id))


def _final_status(instance: Instance, query: Query) -> int:
    asked = flag(query, "returnInternalServerErrorOnFailure")
    return 500 if asked and instance.status is Status.FAILED else 200
