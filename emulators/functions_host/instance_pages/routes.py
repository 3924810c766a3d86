"""The pages over HTTP."""

from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from emulators.browsers import PAGE_HEADERS
from emulators.functions_host.durable.engine import DurableEngine
from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.instance_pages.actions import ACTIONS, Done, explain
from emulators.functions_host.instance_pages.door import Door
from emulators.functions_host.instance_pages.entity_routes import EntityRoutes
from emulators.functions_host.instance_pages.pages import Pages, Visit
from emulators.functions_host.instance_pages.question import Question
from emulators.functions_host.instance_pages.replies import html, read_form, see_other
from emulators.pages import STYLE


def instance_pages(engine: DurableEngine, *, enforce_keys: bool) -> web.Application:
    """The pages as an application to mount at ``PAGES_PATH``.

    With *enforce_keys* they ask for a key, which all their links then carry.
    """
    pages = Pages(engine)
    door = Door(pages, enforce_keys=enforce_keys)
    routes, entities = _Routes(pages, door), EntityRoutes(pages, door)
    app = web.Application(middlewares=[door.guarded])
    app.add_routes(
        [
            web.get("", routes.list),
            web.get("/", routes.list),
            web.get("/pages.css", routes.stylesheet),
            web.get("/purge", routes.confirm_purge),
            web.post("/purge", routes.purge_matching),
            web.get("/instance", routes.instance),
            web.post("/instance/{action}", routes.act),
            web.get("/entities", entities.list),
            web.get("/entity", entities.entity),
            web.post("/entity/{action}", entities.act),
        ]
    )
    return app


class _Routes:
    def __init__(self, pages: Pages, door: Door) -> None:
        self._pages = pages
        self._door = door

    async def stylesheet(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text=STYLE, content_type="text/css", headers=PAGE_HEADERS)

    async def list(self, request: web.Request) -> web.StreamResponse:
        question, visit = Question.of(request.query), self._door.visit(request)
        try:
            return html(self._pages.list(question, visit))
        except ManagementError as error:
            status, text = explain(error)
            page = self._pages.bad_question(question, replace(visit, problem=text))
            return html(page, status)

    async def instance(self, request: web.Request) -> web.StreamResponse:
        return html(self._instance(request, self._door.visit(request)))

    def _instance(self, request: web.Request, visit: Visit) -> str:
        instance_id = request.query.get("id", "")
        return self._pages.instance(instance_id, visit, whole="all" in request.query)

    async def act(self, request: web.Request) -> web.StreamResponse:
        action = ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        form = await read_form(request)
        try:
            done = action(self._pages.client, request.query.get("id", ""), form)
        except ManagementError as error:
            status, text = explain(error)
            visit = self._door.visit(request, problem=text, entered=form)
            return html(self._instance(request, visit), status)
        return self._see(request, done)

    def _see(self, request: web.Request, done: Done) -> web.Response:
        links = self._door.links(request)
        if done.instance_id is None:
            return see_other(links.list(done=done.message))
        return see_other(links.instance(done.instance_id, done=done.message))

    async def confirm_purge(self, request: web.Request) -> web.StreamResponse:
        question = Question.of(request.query)
        return html(self._pages.confirm_purge(question, self._door.visit(request)))

    async def purge_matching(self, request: web.Request) -> web.StreamResponse:
        question = Question.of(request.query)
        try:
            self._pages.client.purge_matching(question.filter())
        except ManagementError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise ManagementError(404, "No finished instance matches any more.") from error
        return see_other(self._door.links(request).list(done="purged"))
