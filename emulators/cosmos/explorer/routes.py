"""The explorer over HTTP. It needs no key, so it answers only browsers on this machine."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from emulators.browsers import PAGE_HEADERS, is_loopback
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.explorer.pages import FOLDER, Pages, Question
from emulators.cosmos.store import Store
from emulators.pages import BASE

Page = Callable[[web.Request], tuple[int, str]]


def add_explorer_routes(app: web.Application, store: Store) -> None:
    """Serve ``/_explorer`` and what is below it."""
    pages = Pages(store)
    style = BASE + (FOLDER / "explorer.css").read_text(encoding="utf-8")

    def account(_: web.Request) -> tuple[int, str]:
        return 200, pages.account()

    def container(request: web.Request) -> tuple[int, str]:
        asked = (request.query.get(name, "") for name in ("query", "pk", "after"))
        return pages.container(pages.find(*_names(request)), Question(*asked))

    def item(request: web.Request) -> tuple[int, str]:
        name, key = request.query.get("id", ""), request.query.get("pk", "")
        return 200, pages.item(pages.find(*_names(request)), name, key)

    async def stylesheet(_: web.Request) -> web.Response:
        return web.Response(text=style, content_type="text/css", headers=PAGE_HEADERS)

    path = "/_explorer/dbs/{database}/colls/{container}"
    for home in ("/_explorer", "/_explorer/"):
        app.router.add_get(home, _served(pages, account))
    app.router.add_get("/_explorer/explorer.css", stylesheet)
    app.router.add_get(path, _served(pages, container))
    app.router.add_get(f"{path}/item", _served(pages, item))


def _names(request: web.Request) -> tuple[str, str]:
    return request.match_info["database"], request.match_info["container"]


def _served(pages: Pages, page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        if not is_loopback(request.host):
            # Another site's name may have been pointed at this machine (DNS rebinding).
            raise web.HTTPForbidden(text="The explorer answers only on localhost.")
        try:
            status, html = page(request)
        except CosmosError as error:
            status, html = error.status, pages.error(error)
        # JSON may hold half a surrogate pair, which UTF-8 cannot.
        body = html.encode("utf-8", "replace")
        return web.Response(
            status=status,
            body=body,
            content_type="text/html",
            charset="utf-8",
            headers=PAGE_HEADERS,
        )

    return serve
