"""The pages of entities over HTTP."""

from aiohttp import web

from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.instance_pages.actions import explain
from emulators.functions_host.instance_pages.door import Door
from emulators.functions_host.instance_pages.entity_actions import ENTITY_ACTIONS
from emulators.functions_host.instance_pages.entity_question import EntityQuestion
from emulators.functions_host.instance_pages.pages import Pages, Visit
from emulators.functions_host.instance_pages.replies import html, read_form, see_other


class EntityRoutes:
    """The handlers of the Entities tab."""

    def __init__(self, pages: Pages, door: Door) -> None:
        self._pages = pages
        self._door = door

    async def list(self, request: web.Request) -> web.StreamResponse:
        question = EntityQuestion.of(request.query)
        return html(self._pages.entities(question, self._door.visit(request)))

    async def entity(self, request: web.Request) -> web.StreamResponse:
        return html(self._entity(request, self._door.visit(request)))

    async def act(self, request: web.Request) -> web.StreamResponse:
        action = ENTITY_ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        entity, form = _entity_id(request), await read_form(request)
        try:
            done = action(self._pages.client.entities, entity, form)
        except ManagementError as error:
            status, text = explain(error)
            visit = self._door.visit(request, problem=text, entered=form)
            return html(self._entity(request, visit), status)
        return see_other(self._door.links(request).entity(entity, done=done))

    def _entity(self, request: web.Request, visit: Visit) -> str:
        return self._pages.entity(_entity_id(request), visit, whole="all" in request.query)


def _entity_id(request: web.Request) -> EntityId:
    return EntityId.of(request.query.get("name", ""), request.query.get("key", ""))
