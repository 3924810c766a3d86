"""The HTTP surface of the App Configuration emulator."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from emulators.app_configuration.authentication import (
    DEFAULT_ACCESS_KEY,
    AccessKey,
    SignedRequest,
    authenticate,
)
from emulators.app_configuration.errors import (
    NotSupportedError,
    PreconditionFailedError,
    ServiceError,
)
from emulators.app_configuration.filters import parse_patterns
from emulators.app_configuration.handlers import KeyValues
from emulators.app_configuration.requests import Query, conditions_of, content_of, key_of
from emulators.app_configuration.resources import KeyValue, Page
from emulators.app_configuration.store import Store

Clock = Callable[[], datetime]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

EMULATOR_PATHS = "/_emulator/"
# One node, so every answer is up to date: there is nothing for a client to wait for.
SYNC_TOKEN = "kv=MA==;sn=1"  # noqa: S105 - a protocol constant
MEDIA_TYPE = "application/vnd.microsoft.appconfig.{}+json; charset=utf-8"


class Routes:
    """Every endpoint as a method: HTTP in, an operation, HTTP out."""

    def __init__(self, key_values: KeyValues) -> None:
        self._key_values = key_values

    async def get(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        item = self._key_values.get(key_of(request.raw_path), query.label)
        conditions = conditions_of(request.headers)
        if conditions.match_fails(item.etag):
            raise PreconditionFailedError("another version is stored")
        if conditions.none_match_fails(item.etag):
            return web.Response(status=304, headers=item.headers)
        return _item_response(item, query)

    async def put(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        content = content_of(await request.read(), request.content_type)
        item = self._key_values.put(
            key_of(request.raw_path), query.label, content, conditions_of(request.headers)
        )
        return _item_response(item, query)

    async def delete(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        item = self._key_values.delete(
            key_of(request.raw_path), query.label, conditions_of(request.headers)
        )
        return _item_response(item, query) if item else web.Response(status=204)

    async def lock(self, request: web.Request) -> web.Response:
        """PUT makes read-only, DELETE writable."""
        query = Query(request.raw_path)
        item = self._key_values.set_lock(
            key_of(request.raw_path),
            query.label,
            conditions_of(request.headers),
            locked=request.method == "PUT",
        )
        return _item_response(item, query)

    async def list(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        if query.get("snapshot") is not None:
            raise NotSupportedError("snapshots")
        page = self._key_values.list(query.selection, query.get("after"))
        return _key_value_page(request, query, page)

    async def revisions(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        page = self._key_values.revisions(query.selection, query.get("after"))
        return _key_value_page(request, query, page)

    async def keys(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        names = parse_patterns("name", query.get("name"))
        page = self._key_values.keys(names, query.get("after"))
        return _page_response(request, query, page, page.items, "keyset")

    async def labels(self, request: web.Request) -> web.Response:
        query = Query(request.raw_path)
        names = parse_patterns("name", query.get("name"))
        page = self._key_values.labels(names, query.get("after"))
        return _page_response(request, query, page, page.items, "labelset")


def _item_response(item: KeyValue, query: Query) -> web.Response:
    body = json.dumps(item.to_wire(query.fields)).encode()
    return web.Response(
        body=body, headers={**item.headers, "Content-Type": MEDIA_TYPE.format("kv")}
    )


def _key_value_page(request: web.Request, query: Query, page: Page[KeyValue]) -> web.Response:
    fields = query.fields
    return _page_response(
        request, query, page, [item.to_wire(fields) for item in page.items], "kvset"
    )


def _page_response(
    request: web.Request, query: Query, page: Page[Any], items: Any, kind: str
) -> web.Response:
    document: dict[str, Any] = {"items": items, "etag": page.etag}
    headers = {"ETag": f'"{page.etag}"'}
    if page.after is not None:
        following = [*query.without("after"), ("after", page.after)]
        link = f"{request.rel_url.raw_path}?{urlencode(following, quote_via=quote)}"
        document["@nextLink"] = link
        headers["Link"] = f'<{link}>; rel="next"'
    conditions = conditions_of(request.headers)
    if conditions.match_fails(page.etag):
        raise PreconditionFailedError("the page has changed")
    if conditions.none_match_fails(page.etag):
        # With Link: without it a client would take this page for the last one.
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = MEDIA_TYPE.format(kind)
    return web.Response(body=json.dumps(document).encode(), headers=headers)


def service_conventions(access_key: AccessKey, clock: Clock) -> Any:
    """What holds for every request: signature, API version, problem documents, Sync-Token."""

    @web.middleware
    async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(EMULATOR_PATHS):
            return await handler(request)
        try:
            body = await request.read()
            signed = SignedRequest(request.method, request.raw_path, request.headers, body)
            authenticate(signed, access_key, clock())
            Query(request.raw_path).check_api_version()
            if "Accept-Datetime" in request.headers:
                raise NotSupportedError("Accept-Datetime")
            response = await handler(request)
        except ServiceError as error:
            response = _refusal(error)
        response.headers["Sync-Token"] = SYNC_TOKEN
        return response

    return serve


def _refusal(error: ServiceError) -> web.Response:
    problem = error.problem()
    if problem is None:
        return web.Response(status=error.status, headers=error.headers)
    return web.json_response(
        problem,
        status=error.status,
        headers=error.headers,
        content_type="application/problem+json",
    )


async def refuse(request: web.Request) -> web.StreamResponse:
    """Name the endpoint that is not emulated."""
    raise NotSupportedError(f"{request.method} {request.path}")


async def health(_: web.Request) -> web.Response:
    """Say that requests are answered."""
    return web.json_response({"status": "ok"})


def create_app(
    state: str,
    access_key: AccessKey = DEFAULT_ACCESS_KEY,
    clock: Clock = lambda: datetime.now(UTC),
) -> web.Application:
    """The emulator as an aiohttp application, with its state in the folder *state*."""
    store = Store(state)
    routes = Routes(KeyValues(store, clock))
    app = web.Application(middlewares=[service_conventions(access_key, clock)])
    app.router.add_get("/_emulator/health", health)
    app.router.add_get("/kv", routes.list)
    app.router.add_get("/kv/{key:.+}", routes.get)
    app.router.add_put("/kv/{key:.+}", routes.put)
    app.router.add_delete("/kv/{key:.+}", routes.delete)
    app.router.add_put("/locks/{key:.+}", routes.lock)
    app.router.add_delete("/locks/{key:.+}", routes.lock)
    app.router.add_get("/revisions", routes.revisions)
    app.router.add_get("/keys", routes.keys)
    app.router.add_get("/labels", routes.labels)
    app.router.add_route("*", "/{anything:.*}", refuse)

    async def close(_: web.Application) -> None:
        store.close()

    app.on_cleanup.append(close)
    return app
