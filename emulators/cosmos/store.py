"""Databases, containers and offers: in SQLite, and all in memory too."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from emulators.cosmos import rids
from emulators.cosmos.epk import effective_key
from emulators.cosmos.indexing import Index
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.item_store import ItemStore
from emulators.cosmos.partition import Path, parse_path
from emulators.cosmos.ranges import hash_version, split
from emulators.sqlite import Transaction, open_database

Body = dict[str, Any]

# A checkpoint waits for the disk while everybody waits for it: not after every 200 writes, as
# SQLite's own 1,000 pages would make it, but after some 800.
_CHECKPOINT_PAGES: Final = 4000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS databases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, database INTEGER NOT NULL, id TEXT NOT NULL,
    lsn INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (database, id));
CREATE TABLE IF NOT EXISTS physical_ranges (
    container INTEGER PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS offers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, resource TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
"""


@dataclass(slots=True)
class Database:
    """A database and the resource that describes it."""

    number: int
    body: Body

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def rid(self) -> str:
        return rids.database_rid(self.number)


class Container:
    """A container and what its definition means for items, worked out once."""

    def __init__(
        self, database: Database, number: int, lsn: int, body: Body, ranges: int = 1
    ) -> None:
        self.database = database
        self.number = number
        self.lsn = lsn
        self.rid = rids.container_rid(database.number, number)
        self.hash_version = hash_version(body["partitionKey"])
        self.ranges = split(ranges, self.hash_version)
        self.define(body)

    def effective_key(self, key: str) -> str:
        """Where the partition of a canonical key falls in the hash space."""
        return effective_key(key, self.hash_version)

    def extent_of(self, key: str) -> Extent:
        """The partition of a canonical key."""
        point = self.effective_key(key)
        return Extent(point, point, key)

    def range_id(self, key: str | None) -> str:
        """The id of the range that has the partition *key*; without one, of the first."""
        if key is None or len(self.ranges) == 1:
            return self.ranges[0].id
        point = self.effective_key(key)
        return next(candidate.id for candidate in self.ranges if candidate.holds(point))

    def define(self, body: Body) -> None:
        """Take a new definition."""
        self.body = body
        self.id = str(body["id"])
        self.key_paths: tuple[Path, ...] = tuple(map(parse_path, body["partitionKey"]["paths"]))
        self.unique_keys: tuple[tuple[Path, ...], ...] = tuple(
            tuple(map(parse_path, key["paths"])) for key in _unique_keys(body)
        )
        self.default_ttl: int | None = body.get("defaultTtl")
        self.index = Index(body["indexingPolicy"])
        self.link = f"dbs/{self.database.id}/colls/{self.id}"
        self.self_link = f"dbs/{self.database.rid}/colls/{self.rid}/"


def _unique_keys(body: Body) -> list[Body]:
    keys: list[Body] = (body.get("uniqueKeyPolicy") or {}).get("uniqueKeys") or []
    return keys


def _etag() -> str:
    return f'"{time.time_ns():032x}"'


class Store:
    """The account's state; every change is committed before the method returns."""

    def __init__(self, state: str) -> None:
        self.connection = open_database(state, "cosmos.sqlite")
        # Databases, containers and their LSNs are in memory too: the state has one owner.
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        self.connection.executescript(_SCHEMA)
        self.items = ItemStore(self.connection)
        self.databases: dict[str, Database] = {}
        self.containers: dict[tuple[int, str], Container] = {}
        self.offers: dict[str, Body] = {}
        self._load()

    def _load(self) -> None:
        numbered = {}
        for row in self.connection.execute("SELECT number, body FROM databases"):
            numbered[row["number"]] = database = Database(row["number"], json.loads(row["body"]))
            self.databases[database.id] = database
        counts = dict(self.connection.execute("SELECT container, count FROM physical_ranges"))
        for row in self.connection.execute("SELECT * FROM containers ORDER BY number"):
            owner, number = numbered[row["database"]], row["number"]
            body = json.loads(row["body"])
            lsn = max(row["lsn"], self.items.last_lsn(number))
            container = Container(owner, number, lsn, body, counts.get(number, 1))
            self.containers[owner.number, container.id] = container
            with Transaction(self.connection):
                self.items.place(number, container.effective_key)
        for row in self.connection.execute("SELECT body FROM offers ORDER BY number"):
            offer = json.loads(row["body"])
            self.offers[offer["_rid"]] = offer

    def close(self) -> None:
        self.connection.close()

    def find_database(self, name: str) -> Database | None:
        """The database of that id, or else of that rid."""
        return self.databases.get(name) or next(
            (found for found in self.databases.values() if found.rid == name), None
        )

    def find_container(self, database: Database, name: str) -> Container | None:
        """The container of that id, or else of that rid."""
        return self.containers.get((database.number, name)) or next(
            (found for found in self.containers_of(database) if found.rid == name), None
        )

    def containers_of(self, database: Database) -> list[Container]:
        return [c for c in self.containers.values() if c.database.number == database.number]

    def create_database(self, body: Body) -> Database:
        with Transaction(self.connection):
            number = self._insert("INSERT INTO databases (id, body) VALUES (?, '')", body["id"])
            database = Database(number, body)
            body |= _system_properties(database.rid, f"dbs/{database.rid}/")
            body |= {"_colls": "colls/", "_users": "users/"}
            self._save_body("databases", number, body)
        self.databases[database.id] = database
        return database

    def delete_database(self, database: Database) -> None:
        doomed = self.containers_of(database)
        with Transaction(self.connection) as connection:
            for container in doomed:
                self._erase(connection, container)
            connection.execute("DELETE FROM databases WHERE number = ?", (database.number,))
            self._drop_offer(f"dbs/{database.rid}/")
        for container in doomed:
            self._forget(container)
        del self.databases[database.id]
        self.offers = _without(self.offers, f"dbs/{database.rid}/")

    def create_container(self, database: Database, body: Body, ranges: int = 1) -> Container:
        with Transaction(self.connection):
            number = self._insert(
                "INSERT INTO containers (database, id, lsn, body) VALUES (?, ?, 0, '')",
                database.number,
                body["id"],
            )
            self._insert("INSERT INTO physical_ranges VALUES (?, ?)", number, ranges)
            container = Container(database, number, 0, body, ranges)
            body |= _system_properties(container.rid, container.self_link)
            body |= {f"_{feed}": f"{feed}/" for feed in ("docs", "sprocs", "triggers", "udfs")}
            body["_conflicts"] = "conflicts/"
            self._save_body("containers", number, body)
        self.containers[database.number, container.id] = container
        return container

    def replace_container(self, container: Container, body: Body) -> None:
        """Give *container* a new definition; its items stay."""
        body |= {name: value for name, value in container.body.items() if name.startswith("_")}
        body |= _system_properties(container.rid, container.self_link)
        with Transaction(self.connection):
            self._save_body("containers", container.number, body)
        container.define(body)

    def delete_container(self, container: Container) -> None:
        with Transaction(self.connection) as connection:
            self._erase(connection, container)
        self._forget(container)

    def save_offer(self, resource: str, resource_rid: str, content: Body) -> Body:
        """Set the throughput of a database or container by its ``_self`` link."""
        with Transaction(self.connection) as connection:
            self._drop_offer(resource)
            number = self._insert("INSERT INTO offers (resource, body) VALUES (?, '')", resource)
            rid = rids.database_rid(number)
            offer = {
                "id": rid,
                "resource": resource,
                "offerResourceId": resource_rid,
                "offerVersion": "V2",
                "content": content,
                **_system_properties(rid, f"offers/{rid}/"),
            }
            connection.execute(
                "UPDATE offers SET body = ? WHERE number = ?", (json.dumps(offer), number)
            )
        self.offers = {**_without(self.offers, resource), rid: offer}
        return offer

    @contextmanager
    def transaction(self, container: Container) -> Iterator[int]:
        """The LSN of one all-or-nothing change of items; a change that does nothing must raise."""
        lsn = container.lsn + 1
        self.items.shown_lsn = None
        with Transaction(self.connection) as connection:
            yield lsn
            if self.items.shown_lsn != lsn:
                connection.execute(
                    "UPDATE containers SET lsn = ? WHERE number = ?", (lsn, container.number)
                )
        container.lsn = lsn

    def record_versions(self, container: Container) -> None:
        """From now on keep every version of the container's items, if that is not done yet."""
        if self.items.versions.horizon(container.number) is None:
            with Transaction(self.connection):
                self.items.versions.move_horizon(container.number, container.lsn)

    def forget_versions(self, container: Container, lsn: int) -> None:
        """Delete the versions up to *lsn*; the feed cannot be read from before it any more."""
        with Transaction(self.connection):
            self.items.versions.move_horizon(container.number, lsn)

    def _insert(self, statement: str, *values: Any) -> int:
        number = self.connection.execute(statement, values).lastrowid
        assert number is not None  # noqa: S101 - an INSERT always has one
        return number

    def _save_body(self, table: str, number: int, body: Body) -> None:
        statement = f"UPDATE {table} SET body = ? WHERE number = ?"  # noqa: S608 - our own names
        self.connection.execute(statement, (json.dumps(body), number))

    def _erase(self, connection: sqlite3.Connection, container: Container) -> None:
        self.items.delete_all(container.number)
        connection.execute("DELETE FROM containers WHERE number = ?", (container.number,))
        connection.execute("DELETE FROM physical_ranges WHERE container = ?", (container.number,))
        self._drop_offer(container.self_link)

    def _drop_offer(self, resource: str) -> None:
        self.connection.execute("DELETE FROM offers WHERE resource = ?", (resource,))

    def _forget(self, container: Container) -> None:
        del self.containers[container.database.number, container.id]
        self.offers = _without(self.offers, container.self_link)


def _without(offers: dict[str, Body], resource: str) -> dict[str, Body]:
    return {rid: offer for rid, offer in offers.items() if offer["resource"] != resource}


def _system_properties(rid: str, link: str) -> Body:
    return {"_rid": rid, "_self": link, "_etag": _etag(), "_ts": int(time.time())}
