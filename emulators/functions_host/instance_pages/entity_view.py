"""What the pages of entities show."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from emulators.functions_host.durable import entity_queries
from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest
from emulators.functions_host.durable.entity_queries import EntitySummary
from emulators.functions_host.durable.entity_store import Entity
from emulators.functions_host.durable.events import read_time
from emulators.functions_host.instance_pages.entity_question import EntityQuestion
from emulators.functions_host.instance_pages.paging import turn_to
from emulators.pages.formats import (
    Payload,
    cut,
    exact,
    fits,
    line,
    payload,
    short,
)

# Of more requests, only these are shown.
REQUESTS: Final = 50


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One line of the list; what does not exist yet has no *updated*."""

    id: EntityId
    updated: datetime | None
    state: str
    waiting: int


@dataclass(frozen=True, slots=True)
class EntityListing:
    """One page of the list; *following* and *preceding* are query strings of its neighbours.

    *by_name* counts all entities with such keys, whatever name is asked for.
    """

    rows: tuple[EntityRow, ...]
    preceding: str | None
    following: str | None
    by_name: Mapping[str, int]
    name: str

    @property
    def total(self) -> int:
        return sum(self.by_name.values())

    @property
    def matching(self) -> int:
        return self.by_name.get(self.name, 0) if self.name else self.total


@dataclass(frozen=True, slots=True)
class Request:
    """One operation that is not done; *more* is the input where one line does not hold it."""

    operation: str
    signal: bool
    caller: str | None
    input: str
    more: Payload | None


@dataclass(frozen=True, slots=True)
class EntityDetails:
    """An entity with all that is known of it; *trouble* is why its requests do not run."""

    id: EntityId
    state: Payload | None
    updated: datetime | None
    requests: tuple[Request, ...]
    waiting: int
    trouble: str | None

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it, and the app has no function for it."""
        return self.state is None and not self.waiting and self.trouble is not None


def entity_list(connection: sqlite3.Connection, question: EntityQuestion) -> EntityListing:
    """The page *question* is at."""

    def look(place: str, *, back: bool, top: int) -> list[EntitySummary]:
        return entity_queries.entities_by_id(
            connection, question.search, beyond=place, backwards=back, top=top
        )

    page = turn_to(look, before=question.before, after=question.after)
    rows, name = page.rows, question.name.lower()
    counts = entity_queries.count_entities_by_name(connection, question.prefix)
    # The name asked for stays on offer.
    by_name = {**({name: 0} if name else {}), **counts}
    before, after = page.before and rows, page.after and rows
    return EntityListing(
        tuple(_row(summary) for summary in rows),
        question.parameters(before=str(rows[0].id), after="") if before else None,
        question.parameters(after=str(rows[-1].id), before="") if after else None,
        dict(sorted(by_name.items())),
        name,
    )


def _row(summary: EntitySummary) -> EntityRow:
    updated = read_time(summary.updated) if summary.updated else None
    state = "" if summary.state is None else line(summary.state)
    return EntityRow(summary.id, updated, state, summary.waiting)


def entity_details(
    id_: EntityId,
    entity: Entity | None,
    requests: Sequence[EntityRequest],
    waiting: int,
    trouble: str | None,
    *,
    whole: bool,
) -> EntityDetails:
    """Everything, with long texts cut unless the *whole* is wanted."""
    return EntityDetails(
        id_,
        None if entity is None else cut(exact(entity.state), whole=whole),
        None if entity is None else read_time(entity.updated),
        tuple(_request(request, whole=whole) for request in requests),
        waiting,
        trouble,
    )


def _request(request: EntityRequest, *, whole: bool) -> Request:
    long = request.input is not None and not fits(request.input)
    more = payload(request.input, whole=whole) if long else None
    return Request(request.operation, request.signal, request.parent, short(request.input), more)
