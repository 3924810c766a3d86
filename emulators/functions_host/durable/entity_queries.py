"""What people ask about all entities, those included that have requests but do not exist yet."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from emulators.functions_host.durable.entity_messages import EntityId

# Of a long state, only its beginning is read.
STATE_CHARACTERS: Final = 200
_NAME_LENGTH: Final = "instr(substr(entity_id, 2), '@')"
_NAME: Final = f"substr(entity_id, 2, {_NAME_LENGTH} - 1)"
_KEY: Final = f"substr(entity_id, {_NAME_LENGTH} + 2)"
_UNBORN: Final = (
    "NOT EXISTS (SELECT 1 FROM entities WHERE entities.entity_id = entity_inbox.entity_id)"
)


@dataclass(frozen=True, slots=True)
class EntitySearch:
    """Which entities; what is empty does not filter."""

    name: str = ""
    key_prefix: str = ""


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """An entity; one that does not exist has neither the beginning of a *state* nor a time."""

    id: EntityId
    state: str | None
    updated: str | None
    waiting: int


def entities_by_id(
    connection: sqlite3.Connection, wanted: EntitySearch, *, beyond: str, backwards: bool, top: int
) -> list[EntitySummary]:
    """Up to *top* entities in the order of their ids, from the one after *beyond* in that order."""
    condition, values = _condition(wanted)
    if beyond:
        condition += f" AND entity_id {'<' if backwards else '>'} ?"
        values.append(beyond)
    order = f"ORDER BY entity_id {'DESC' if backwards else 'ASC'}"
    rows = connection.execute(
        "SELECT *, (SELECT count(*) FROM entity_inbox AS one"  # noqa: S608  # own text
        " WHERE one.entity_id = found.entity_id) AS waiting FROM"
        f" (SELECT entity_id, substr(state, 1, ?) AS state, updated FROM entities WHERE {condition}"
        " UNION ALL SELECT DISTINCT entity_id, NULL, NULL FROM entity_inbox"
        f" WHERE {condition} AND {_UNBORN} {order} LIMIT ?) AS found {order}",
        (STATE_CHARACTERS, *values, *values, top),
    )
    return [
        EntitySummary(
            EntityId.parse(row["entity_id"]), row["state"], row["updated"], row["waiting"]
        )
        for row in rows
    ]


def count_entities_by_name(connection: sqlite3.Connection, key_prefix: str) -> dict[str, int]:
    """How many entities there are of each name, with keys that begin so."""
    condition, values = _condition(EntitySearch(key_prefix=key_prefix))
    rows = connection.execute(
        "SELECT name, count(*) FROM"  # noqa: S608  # own text
        f" (SELECT name FROM entities WHERE {condition}"
        f" UNION ALL SELECT {_NAME} FROM"
        f" (SELECT DISTINCT entity_id FROM entity_inbox WHERE {condition} AND {_UNBORN}))"
        " GROUP BY name",
        (*values, *values),
    )
    return dict(tuple(row) for row in rows)


def count_waiting(connection: sqlite3.Connection, entity: EntityId) -> int:
    """How many requests of *entity* are not done."""
    row = connection.execute(
        "SELECT count(*) FROM entity_inbox WHERE entity_id = ?", (str(entity),)
    ).fetchone()
    return int(row[0])


def _condition(wanted: EntitySearch) -> tuple[str, list[str]]:
    parts: list[str] = ["1"]
    values: list[str] = []
    if wanted.name:
        # A range of ids, so that no others are read.
        first = str(EntityId.of(wanted.name, ""))
        parts.append("entity_id >= ? AND entity_id < ?")
        values += [first, first[:-1] + chr(ord("@") + 1)]
    if wanted.key_prefix:
        parts.append(f"substr({_KEY}, 1, length(?)) = ?")
        values += [wanted.key_prefix] * 2
    return " AND ".join(parts), values
