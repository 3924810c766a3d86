"""The pages over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from emulators.browsers import PAGE_HEADERS
from emulators.functions_host.durable.engine import DurableEngine
from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.instance_pages import guard
from emulators.functions_host.instance_pages.actions import ACTIONS, Done, explain
from emulators.functions_host.instance_pages.links import PAGES_PATH, Links
from emulators.functions_host.instance_pages.pages import FOLDER, Pages, Visit
from emulators.functions_host.instance_pages.question import Question

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def instance_pages(engine: DurableEngine, *, enforce_keys: bool) -> web.Application:
    """The pages as an application to mount at ``PAGES_PATH``.

    With *enforce_keys* they ask for a key, which all their links then carry.
    """
    routes = _Routes(Pages(engine), enforce_keys=enforce_keys)
    app = web.Application(middlewares=[routes.guarded])
    app.add_routes(
        [
            web.get("", routes.list),
            web.get("/", routes.list),
            web.get("/pages.css", routes.stylesheet),
            web.get("/purge", routes.confirm_purge),
            web.post("/purge", routes.purge_matching),
            web.get("/instance", routes.instance),
            web.post("/instance/{action}", routes.act),
        ]
    )
    return app


class _Routes:
    def __init__(self, pages: Pages, *, enforce_keys: bool) -> None:
        self._pages = pages
        self._enforce_keys = enforce_keys
        self._style = (FOLDER / "pages.css").read_text(encoding="utf-8")

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
            return _html(self._pages.problem(self._visit(request, problem=text)), status)

    async def stylesheet(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text=self._style, content_type="text/css", headers=PAGE_HEADERS)

    async def list(self, request: web.Request) -> web.StreamResponse:
        question, visit = Question.of(request.query), self._visit(request)
        try:
            return _html(self._pages.list(question, visit))
        except ManagementError as error:
            status, text = explain(error)
            page = self._pages.bad_question(question, replace(visit, problem=text))
            return _html(page, status)

    async def instance(self, request: web.Request) -> web.StreamResponse:
        return _html(self._instance(request, self._visit(request)))

    def _instance(self, request: web.Request, visit: Visit) -> str:
        instance_id = request.query.get("id", "")
        return self._pages.instance(instance_id, visit, whole="all" in request.query)

    async def act(self, request: web.Request) -> web.StreamResponse:
        action = ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        form = await _form(request)
        try:
            done = action(self._pages.client, request.query.get("id", ""), form)
        except ManagementError as error:
            status, text = explain(error)
            visit = self._visit(request, problem=text, entered=form)
            return _html(self._instance(request, visit), status)
        return self._see(request, done)

    def _see(self, request: web.Request, done: Done) -> web.Response:
        links = self._links(request)
        if done.instance_id is None:
            return _see_other(links.list(done=done.message))
        return _see_other(links.instance(done.instance_id, done=done.message))

    async def confirm_purge(self, request: web.Request) -> web.StreamResponse:
        question = Question.of(request.query)
        return _html(self._pages.confirm_purge(question, self._visit(request)))

    async def purge_matching(self, request: web.Request) -> web.StreamResponse:
        question = Question.of(request.query)
        try:
            self._pages.client.purge_matching(question.filter())
        except ManagementError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise ManagementError(404, "No finished instance matches any more.") from error
        return _see_other(self._links(request).list(done="purged"))

    def _ask_for_key(self, request: web.Request) -> web.Response:
        wrong = "That key does not open this page." if "code" in request.query else None
        visit = Visit(Links(), "", problem=wrong)
        parameters = {name: text for name, text in request.query.items() if name != "code"}
        # A form cannot be sent again from here.
        path = request.path if request.method == "GET" else PAGES_PATH
        return _html(self._pages.ask_for_key(visit, path, parameters), 401)

    def _links(self, request: web.Request) -> Links:
        return Links(request.query.get("code", "") if self._enforce_keys else "")

    def _visit(
        self,
        request: web.Request,
        *,
        problem: str | None = None,
        entered: Mapping[str, str] | None = None,
    ) -> Visit:
        origin = f"{request.scheme}://{request.host}"
        visit = Visit.of(self._links(request), origin, request.query)
        return replace(visit, problem=problem, entered=entered or {})


async def _form(request: web.Request) -> Mapping[str, str]:
    fields = await request.post()
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _html(text: str, status: int = 200) -> web.Response:
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    body = text.encode("utf-8", "replace")
    return web.Response(
        status=status, body=body, content_type="text/html", charset="utf-8", headers=PAGE_HEADERS
    )


def _see_other(location: str) -> web.Response:
    return web.Response(status=303, headers={**PAGE_HEADERS, "Location": location})
