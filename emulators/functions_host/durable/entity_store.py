"""Entities in SQLite: a batch's state, answers and consumed requests are one transaction."""

import sqlite3
from dataclasses import dataclass

from emulators.functions_host.durable import events
from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest
from emulators.functions_host.durable.events import Event
from emulators.functions_host.durable.inbox import Inbox
from emulators.sqlite import Transaction


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity that exists; *state* is JSON text."""

    id: EntityId
    state: str
    updated: str


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a batch leaves: the new state, None if the entity is gone, and answers to its calls."""

    state: str | None
    answers: list[tuple[EntityRequest, Event]]


class EntityStore:
    """State and waiting requests of all entities.

    Requests of one sender are never reordered or doubled on the way: the step that sends them
    writes them here in its own transaction. So nothing has to sort or filter them, as the real
    service does.
    """

    def __init__(self, connection: sqlite3.Connection, inbox: Inbox) -> None:
        self._connection = connection
        self._inbox = inbox

    def signal(self, request: EntityRequest) -> None:
        """Keep a request from outside."""
        with Transaction(self._connection):
            self.insert(request)

    def insert(self, request: EntityRequest) -> None:
        """Keep a request, inside the sender's transaction."""
        self._connection.execute(
            "INSERT INTO entity_inbox (entity_id, request) VALUES (?, ?)",
            (str(request.entity), request.to_json()),
        )

    def get(self, entity: EntityId) -> Entity | None:
        """The entity, if it exists."""
        row = self._connection.execute(
            "SELECT state, updated FROM entities WHERE entity_id = ?", (str(entity),)
        ).fetchone()
        return None if row is None else Entity(entity, row["state"], row["updated"])

    def waiting(self, entity: EntityId, limit: int) -> list[tuple[int, EntityRequest]]:
        """The entity's next requests with their numbers, oldest first."""
        rows = self._connection.execute(
            "SELECT sequence, request FROM entity_inbox WHERE entity_id = ?"
            " ORDER BY sequence LIMIT ?",
            (str(entity), limit),
        )
        return [(sequence, EntityRequest.from_json(entity, text)) for sequence, text in rows]

    def with_requests(self) -> list[EntityId]:
        """Entities that have something to do."""
        rows = self._connection.execute("SELECT DISTINCT entity_id FROM entity_inbox")
        return [EntityId.parse(row["entity_id"]) for row in rows]

    def commit(self, entity: EntityId, sequences: list[int], outcome: BatchOutcome) -> list[str]:
        """Apply a batch; returns the instances that have an answer now."""
        with Transaction(self._connection) as connection:
            for sequence in sequences:
                connection.execute("DELETE FROM entity_inbox WHERE sequence = ?", (sequence,))
            self._write(entity, outcome.state)
            return [
                request.parent
                for request, event in outcome.answers
                if request.parent is not None and self._answer(request, event)
            ]

    def _write(self, entity: EntityId, state: str | None) -> None:
        key = str(entity)
        if state is None:
            self._connection.execute("DELETE FROM entities WHERE entity_id = ?", (key,))
            return
        now = events.wire_time(utc_now())
        self._connection.execute(
            "INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?)", (key, entity.name, state, now)
        )

    def _answer(self, request: EntityRequest, event: Event) -> bool:
        if request.parent is None or request.parent_execution is None:
            return False
        return self._inbox.insert_if_wanted(request.parent, request.parent_execution, event)
