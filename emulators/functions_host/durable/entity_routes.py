"""The entity part of the Durable HTTP API (``HttpApiHandler.cs``)."""

import json

from aiohttp import web

from emulators.functions_host.durable import entity_handlers as handlers
from emulators.functions_host.durable.entity_client import EntityClient

CONTINUATION = "x-ms-continuation-token"


def entity_routes(client: EntityClient) -> list[web.RouteDef]:
    """The routes to mount; the key is optional when an operation is sent."""
    api = _EntityApi(client)
    return [
        web.get("/entities", api.list),
        web.get("/entities/", api.list),
        web.get("/entities/{name}", api.list),
        web.get("/entities/{name}/", api.list),
        web.get("/entities/{name}/{key}", api.read),
        *(
            web.route(method, f"/entities/{{name}}{key}", handler)
            for method, handler in (("POST", api.operate), ("DELETE", api.delete))
            for key in ("", "/", "/{key}")
        ),
    ]


class _EntityApi:
    def __init__(self, client: EntityClient) -> None:
        self._client = client

    async def list(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "")
        token = request.headers.get(CONTINUATION)
        page, following = handlers.list_page(self._client, name, request.query, token)
        headers = {CONTINUATION: following} if following else None
        return web.json_response(page, headers=headers)

    async def read(self, request: web.Request) -> web.StreamResponse:
        entity = handlers.entity_id(request.match_info["name"], request.match_info["key"])
        return web.json_response(json.loads(self._client.read(entity).state))

    async def operate(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        input_ = handlers.read_operation_input(body, request.content_type)
        return self._signal(request, request.query.get("op", ""), input_)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        return self._signal(request, "delete", None)

    def _signal(
        self, request: web.Request, operation: str, input_: str | None
    ) -> web.StreamResponse:
        name, key = request.match_info["name"], request.match_info.get("key", "")
        self._client.signal(handlers.entity_id(name, key), operation, input_)
        return web.Response(status=202)
