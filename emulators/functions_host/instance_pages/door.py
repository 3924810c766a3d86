"""What stands before every page: lets a browser in, and notes what it brings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from aiohttp import web

from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.instance_pages import guard
from emulators.functions_host.instance_pages.actions import explain
from emulators.functions_host.instance_pages.links import PAGES_PATH, Links
from emulators.functions_host.instance_pages.pages import Pages, Visit
from emulators.functions_host.instance_pages.replies import html

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """With *enforce_keys* it asks for a key, which all links then carry."""

    def __init__(self, pages: Pages, *, enforce_keys: bool) -> None:
        self._pages = pages
        self._enforce_keys = enforce_keys

    @web.middleware
    async def guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let only this machine's own browser in, and answer refusals with a page."""
        guard.refuse_foreign_names(request)
        if request.path == Links().css:
            return await handler(request)
        if self._enforce_keys and not guard.opens(request):
            return self._ask_for_key(request)
        try:
            if request.method == "POST":
                guard.refuse_foreign_forms(request)
            return await handler(request)
        except ManagementError as error:
            status, text = explain(error)
            return html(self._pages.problem(self.visit(request, problem=text)), status)

    def links(self, request: web.Request) -> Links:
        """Addresses that this browser can follow."""
        return Links(request.query.get("code", "") if self._enforce_keys else "")

    def visit(
        self,
        request: web.Request,
        *,
        problem: str | None = None,
        entered: Mapping[str, str] | None = None,
    ) -> Visit:
        """What *request* brings, and what was wrong with the form it *entered*."""
        origin = f"{request.scheme}://{request.host}"
        visit = Visit.of(self.links(request), origin, request.query)
        return replace(visit, problem=problem, entered=entered or {})

    def _ask_for_key(self, request: web.Request) -> web.Response:
        wrong = "That key does not open this page." if "code" in request.query else None
        visit = Visit(Links(), "", problem=wrong)
        parameters = {name: text for name, text in request.query.items() if name != "code"}
        # A form cannot be sent again from here.
        path = request.path if request.method == "GET" else PAGES_PATH
        return html(self._pages.ask_for_key(visit, path, parameters), 401)
