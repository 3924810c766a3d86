"""Finding instances and entities by the filters of the management API."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.entity_store import Entity
from emulators.functions_host.durable.events import wire_time
from emulators.functions_host.durable.records import ACTIVE, Instance, Status
from emulators.functions_host.durable.schema import read_instance


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances; what is empty does not filter."""

    created_from: datetime | None = None
    created_to: datetime | None = None
    statuses: frozenset[Status] = field(default_factory=frozenset)
    id_prefix: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance stands among all, ordered by creation."""

    created: str
    instance_id: str


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """Which entities; what is empty does not filter."""

    name: str = ""
    operated_from: datetime | None = None
    operated_to: datetime | None = None


def list_entities(
    connection: sqlite3.Connection, wanted: EntityFilter, *, after: str, top: int
) -> list[Entity]:
    """Up to *top* entities with ids greater than *after*, by id."""
    parts, values = _between("updated", wanted.operated_from, wanted.operated_to)
    if wanted.name:
        parts.append("name = ?")
        values.append(wanted.name.lower())
    condition = " AND ".join(parts)
    rows = connection.execute(
        f"SELECT * FROM entities WHERE {condition} AND entity_id > ?"  # noqa: S608  # own text
        " ORDER BY entity_id LIMIT ?",
        (*values, after, top),
    )
    return [Entity(EntityId.parse(row["entity_id"]), row["state"], row["updated"]) for row in rows]


def list_instances(
    connection: sqlite3.Connection, wanted: InstanceFilter, *, after: str, top: int
) -> list[Instance]:
    """Up to *top* instances with ids greater than *after*, by id."""
    condition, values = _condition(wanted)
    rows = connection.execute(
        f"SELECT * FROM instances WHERE {condition} AND instance_id > ?"  # noqa: S608  # own text
        " ORDER BY instance_id LIMIT ?",
        (*values, after, top),
    )
    return [read_instance(row) for row in rows]


def by_creation(
    connection: sqlite3.Connection,
    wanted: InstanceFilter,
    *,
    beyond: Place | None,
    newest_first: bool,
    top: int,
) -> list[Instance]:
    """Up to *top* instances in order of creation, from the one after *beyond* in that order."""
    condition, values = _condition(wanted)
    direction, comparison = ("DESC", "<") if newest_first else ("ASC", ">")
    if beyond is not None:
        condition += f" AND (created, instance_id) {comparison} (?, ?)"
        values += [beyond.created, beyond.instance_id]
    order = f"ORDER BY created {direction}, instance_id {direction}"
    rows = connection.execute(
        "SELECT * FROM instances WHERE instance_id IN"  # noqa: S608  # own text
        f" (SELECT instance_id FROM instances WHERE {condition} {order} LIMIT ?) {order}",
        (*values, top),
    )
    return [read_instance(row) for row in rows]


def count_by_name_and_status(
    connection: sqlite3.Connection, wanted: InstanceFilter
) -> dict[tuple[str, Status], int]:
    """How many instances fit, of each name in each status."""
    condition, values = _condition(wanted)
    rows = connection.execute(
        "SELECT name, status, count(*) FROM instances"  # noqa: S608  # own text
        f" INDEXED BY instances_by_creation WHERE {condition} GROUP BY name, status",
        values,
    )
    return {(name, Status(status)): count for name, status, count in rows}


def pending_timer_ids(connection: sqlite3.Connection, instance: Instance) -> frozenset[int]:
    """The timers of the current execution that will still fire."""
    rows = connection.execute(
        "SELECT timer_id FROM timers WHERE instance_id = ? AND execution_id = ?",
        (instance.instance_id, instance.execution_id),
    )
    return frozenset(row["timer_id"] for row in rows)


def finished_ids(connection: sqlite3.Connection, wanted: InstanceFilter) -> list[str]:
    """The ids of all instances that fit and have ended."""
    condition, values = _condition(wanted)
    active = sorted(ACTIVE)
    rows = connection.execute(
        f"SELECT instance_id FROM instances WHERE {condition}"  # noqa: S608  # own text
        f" AND status NOT IN ({_marks(active)})",
        (*values, *active),
    )
    return [row["instance_id"] for row in rows]


def _condition(wanted: InstanceFilter) -> tuple[str, list[str]]:
    parts, values = _between("created", wanted.created_from, wanted.created_to)
    if wanted.statuses:
        statuses = sorted(wanted.statuses)
        parts.append(f"status IN ({_marks(statuses)})")
        values.extend(statuses)
    if wanted.id_prefix:
        parts.append("substr(instance_id, 1, length(?)) = ?")
        values.extend([wanted.id_prefix] * 2)
    if wanted.name:
        parts.append("name = ?")
        values.append(wanted.name)
    return " AND ".join(parts), values


def _between(
    column: str, start: datetime | None, end: datetime | None
) -> tuple[list[str], list[str]]:
    parts, values = ["1"], []
    for operator, moment in ((">=", start), ("<=", end)):
        if moment is not None:
            parts.append(f"{column} {operator} ?")
            values.append(wire_time(moment))
    return parts, values


def _marks(values: Iterable[object]) -> str:
    return ",".join("?" for _ in values)
