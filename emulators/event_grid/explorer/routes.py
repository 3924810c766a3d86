"""The pages over HTTP. They need no key, so they answer only browsers on this machine."""

from aiohttp import web

from emulators.browsers import PAGE_HEADERS, is_loopback
from emulators.event_grid.explorer.pages import FOLDER, Pages
from emulators.event_grid.handlers import EventGrid
from emulators.pages import STYLE


def add_explorer_routes(app: web.Application, grid: EventGrid) -> None:
    """Serve ``/_explorer``, what is below it, and a way there from ``/``."""
    pages = Pages(grid)
    # One look for the pages of all emulators; what is only here comes after it.
    style = STYLE + (FOLDER / "explorer.css").read_text(encoding="utf-8")

    async def overview(request: web.Request) -> web.Response:
        _require_loopback(request)
        url = f"{request.scheme}://{request.host}"
        return _html(pages.overview(url, refresh="refresh" in request.query))

    async def subscription(request: web.Request) -> web.Response:
        _require_loopback(request)
        name = f"{request.match_info['topic']}/{request.match_info['subscription']}"
        courier = grid.couriers.get(name)
        if courier is None:
            return _html(pages.missing(name), 404)
        return _html(pages.subscription(courier, refresh="refresh" in request.query))

    async def stylesheet(_: web.Request) -> web.Response:
        return web.Response(text=style, content_type="text/css", headers=PAGE_HEADERS)

    for home in ("/", "/_explorer", "/_explorer/"):
        app.router.add_get(home, overview)
    app.router.add_get("/_explorer/explorer.css", stylesheet)
    app.router.add_get("/_explorer/{topic}/{subscription}", subscription)


def _require_loopback(request: web.Request) -> None:
    if not is_loopback(request.host):
        # Another site's name may have been pointed at this machine (DNS rebinding).
        raise web.HTTPForbidden(text="The explorer answers only on localhost.")


def _html(text: str, status: int = 200) -> web.Response:
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    body = text.encode("utf-8", "replace")
    return web.Response(
        status=status, body=body, content_type="text/html", charset="utf-8", headers=PAGE_HEADERS
    )
