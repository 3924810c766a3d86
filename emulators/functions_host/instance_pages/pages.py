"""HTML of instances and entities; whatever comes from outside is escaped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulators.functions_host.durable import entity_queries, queries
from emulators.functions_host.durable.client import DurableClient
from emulators.functions_host.durable.client_binding import WEBHOOK_PATH
from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.engine import DurableEngine
from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.instance_pages import entity_view, list_view
from emulators.functions_host.instance_pages.actions import MESSAGES
from emulators.functions_host.instance_pages.entity_question import EntityQuestion
from emulators.functions_host.instance_pages.instance_view import SCALE, Details, details
from emulators.functions_host.instance_pages.links import Links
from emulators.functions_host.instance_pages.question import Question
from emulators.functions_host.instance_pages.timeline import build_timeline
from emulators.pages import formats, templates

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request brings to any page: its key, its wishes, and what came of the last form."""

    links: Links
    origin: str
    message: str | None = None
    problem: str | None = None
    refresh_seconds: int | None = None
    entered: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, links: Links, origin: str, query: Mapping[str, str]) -> "Visit":
        """Read the address."""
        refresh = query.get("refresh", "")
        seconds = int(refresh) if refresh.isascii() and refresh.isdigit() else 0
        message = MESSAGES.get(query.get("done", ""))
        return cls(links, origin, message, refresh_seconds=min(seconds, 3600) or None)


class Pages:
    """Every page, as of now."""

    def __init__(self, engine: DurableEngine) -> None:
        self.client = DurableClient(engine)
        self._store, self._functions = engine.store, engine.functions
        self._templates = templates(FOLDER / "templates")
        self._templates.filters.update(
            duration=formats.duration, stamp=formats.stamp, clock=formats.clock
        )

    def list(self, question: Question, visit: Visit) -> str:
        """A page of the list.

        Raises:
            ManagementError: 400, the question makes no sense.
        """
        return self._render(
            "list.html",
            visit,
            question=question,
            listing=list_view.list_page(self._store.connection, question),
            counts=list_view.count(self._store.connection, question),
            start_url=f"{visit.origin}{WEBHOOK_PATH}/orchestrators",
        )

    def bad_question(self, question: Question, visit: Visit) -> str:
        """The list without a result, so that the question can be put right."""
        return self._render(
            "list.html",
            visit,
            question=question,
            listing=list_view.Listing(),
            counts=list_view.count(self._store.connection, Question()),
            start_url="",
        )

    def confirm_purge(self, question: Question, visit: Visit) -> str:
        """How many instances would go."""
        counts = list_view.count(self._store.connection, question)
        return self._render("purge.html", visit, question=question, counts=counts)

    def instance(self, instance_id: str, visit: Visit, *, whole: bool) -> str:
        """One instance; the *whole* of it, or only the beginning of long texts.

        Raises:
            ManagementError: 404, there is none.
        """
        shown = self._details(instance_id, whole=whole)
        return self._render(
            "instance.html",
            visit,
            shown=shown,
            instance=shown.instance,
            scale=SCALE,
        )

    def _details(self, instance_id: str, *, whole: bool) -> Details:
        instance, now = self.client.find(instance_id), utc_now()
        history = self.client.history(instance_id)
        timeline = build_timeline(
            history,
            pending_timers=queries.pending_timer_ids(self._store.connection, instance),
            active=instance.active,
            now=now,
        )
        return details(instance, history, timeline, whole=whole, now=now)

    def entities(self, question: EntityQuestion, visit: Visit) -> str:
        """A page of the list of entities."""
        return self._render(
            "entities.html",
            visit,
            question=question,
            listing=entity_view.entity_list(self._store.connection, question),
            functions=sorted(self._functions.entities),
            signal_url=f"{visit.origin}{WEBHOOK_PATH}/entities",
        )

    def entity(self, entity: EntityId, visit: Visit, *, whole: bool) -> str:
        """One entity, also where it does not exist yet but the app has a function for it.

        Raises:
            ManagementError: 404, there is neither.
        """
        waiting = self._store.entities.waiting(entity, entity_view.REQUESTS)
        shown = entity_view.entity_details(
            entity,
            self._store.entities.get(entity),
            [request for _, request in waiting],
            entity_queries.count_waiting(self._store.connection, entity),
            self._functions.missing(EventType.EVENT_SENT, entity.name),
            whole=whole,
        )
        if shown.unknown:
            raise ManagementError(404, f"There is no such entity. {shown.trouble}")
        return self._render("entity.html", visit, shown=shown)

    def problem(self, visit: Visit) -> str:
        """What went wrong, where there is nothing else to show."""
        return self._render("problem.html", visit)

    def ask_for_key(self, visit: Visit, path: str, parameters: Mapping[str, str]) -> str:
        """The door of a host that enforces keys; leads on to where the browser wanted to go."""
        return self._render("key.html", visit, path=path, parameters=parameters)

    def _render(self, template: str, visit: Visit, **context: Any) -> str:
        page = self._templates.get_template(template)
        return page.render(visit=visit, links=visit.links, **context)
