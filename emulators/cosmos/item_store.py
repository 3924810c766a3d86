"""Items in SQLite: rows by partition key and id, by creation and by LSN."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from emulators.cosmos import rids
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.versions import VersionStore

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS items (
    key INTEGER PRIMARY KEY, container INTEGER NOT NULL, pk TEXT NOT NULL, id TEXT NOT NULL,
    lsn INTEGER NOT NULL, ts INTEGER NOT NULL, ttl INTEGER, etag TEXT NOT NULL, body TEXT NOT NULL,
    epk TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS items_by_id ON items (container, pk, id);
CREATE INDEX IF NOT EXISTS items_by_lsn ON items (container, lsn);
CREATE INDEX IF NOT EXISTS items_by_epk ON items (container, epk, lsn);
CREATE TABLE IF NOT EXISTS unique_values (
    container INTEGER NOT NULL, pk TEXT NOT NULL, position INTEGER NOT NULL, value TEXT NOT NULL,
    item INTEGER NOT NULL, PRIMARY KEY (container, pk, position, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unique_values_by_item ON unique_values (item);
"""
_COLUMNS: Final = "key, pk, id, lsn, ts, ttl, etag, body"


class StoredItem(NamedTuple):
    """An item as it was last written; *body* is the JSON text that a read answers with."""

    key: int
    pk: str
    id: str
    lsn: int
    ts: int
    ttl: int | None
    etag: str
    body: str

    def expires_at(self, default_ttl: int | None) -> float:
        """When it stops existing, in Unix seconds; the container's default must be on at all."""
        ttl = default_ttl if self.ttl is None else self.ttl
        return float("inf") if default_ttl is None or ttl is None or ttl < 0 else self.ts + ttl

    def document(self) -> dict[str, Any]:
        """A fresh copy of the document."""
        document: dict[str, Any] = json.loads(self.body)
        return document


class ItemStore:
    """Rows of all containers; callers hold the transaction and judge what has expired."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        columns = {row["name"] for row in connection.execute("PRAGMA table_info(items)")}
        if columns and "epk" not in columns:
            connection.execute("ALTER TABLE items ADD COLUMN epk TEXT NOT NULL DEFAULT ''")
        connection.executescript(_SCHEMA)
        self.versions = VersionStore(connection)
        # Of the last write, unless something was deleted after it. The item keeps its LSN, so that
        # few transactions must write down theirs, in a page of its own.
        self.shown_lsn: int | None = None

    def place(self, container: int, effective_key: Callable[[str], str]) -> None:
        """Give items their effective keys that an older emulator stored without."""
        unplaced = self._connection.execute(
            "SELECT DISTINCT pk FROM items WHERE container = ? AND epk = ''", (container,)
        ).fetchall()
        self._connection.executemany(
            "UPDATE items SET epk = ? WHERE container = ? AND epk = '' AND pk = ?",
            [(effective_key(row["pk"]), container, row["pk"]) for row in unplaced],
        )

    def last_lsn(self, container: int) -> int:
        """The highest LSN that an item shows; 0 without items."""
        lsn: int = self._connection.execute(
            "SELECT coalesce(max(lsn), 0) FROM items WHERE container = ?", (container,)
        ).fetchone()[0]
        return lsn

    def find(self, container: int, pk: str, name: str) -> StoredItem | None:
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM items WHERE container = ? AND pk = ? AND id = ?",  # noqa: S608
            (container, pk, name),
        ).fetchone()
        return StoredItem._make(row) if row else None

    def find_by_key(self, container: int, key: int) -> StoredItem | None:
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM items WHERE key = ? AND container = ?",  # noqa: S608
            (key, container),
        ).fetchone()
        return StoredItem._make(row) if row else None

    def save(self, container: int, item: StoredItem, epk: str) -> None:
        """Write *item*, in place of what has its key."""
        self._connection.execute(
            f"INSERT INTO items (container, {_COLUMNS}, epk) "  # noqa: S608
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET id = excluded.id, lsn = excluded.lsn, "
            "ts = excluded.ts, ttl = excluded.ttl, etag = excluded.etag, body = excluded.body",
            (container, *item, epk),
        )
        self.shown_lsn = item.lsn

    def delete(self, key: int) -> None:
        self.shown_lsn = None
        self._connection.execute("DELETE FROM items WHERE key = ?", (key,))
        self._connection.execute("DELETE FROM unique_values WHERE item = ?", (key,))

    def delete_all(self, container: int) -> None:
        for table in ("items", "unique_values"):
            statement = f"DELETE FROM {table} WHERE container = ?"  # noqa: S608 - our own names
            self._connection.execute(statement, (container,))
        self.versions.forget(container)

    def expired(self, container: int, default_ttl: int, now: float) -> Iterator[StoredItem]:
        """The items that have expired and are still stored."""
        keys = self._connection.execute(
            "SELECT key FROM items WHERE container = ? "
            "AND coalesce(ttl, ?) > 0 AND ts + coalesce(ttl, ?) <= ?",
            (container, default_ttl, default_ttl, now),
        ).fetchall()
        found = (self.find_by_key(container, row["key"]) for row in keys)
        return (item for item in found if item is not None)

    def holder_of(self, container: int, pk: str, position: int, value: str) -> StoredItem | None:
        """The item that has *value* for the unique key at *position*."""
        row = self._connection.execute(
            "SELECT item FROM unique_values WHERE container = ? AND pk = ? AND position = ? "
            "AND value = ?",
            (container, pk, position, value),
        ).fetchone()
        return self.find_by_key(container, row["item"]) if row else None

    def claim(self, container: int, item: StoredItem, values: Sequence[str]) -> None:
        """Make *values* the item's unique keys, in place of those it had."""
        self._connection.execute("DELETE FROM unique_values WHERE item = ?", (item.key,))
        self._connection.executemany(
            "INSERT INTO unique_values (container, pk, position, value, item) "
            "VALUES (?, ?, ?, ?, ?)",
            [(container, item.pk, at, value, item.key) for at, value in enumerate(values)],
        )

    def scan(self, container: int, extent: Extent, after: int = 0) -> Iterator[StoredItem]:
        """Items of *extent* in the order of creation, beginning after a key."""
        keys = rids.item_keys(container)
        first, (inside, values) = max(after + 1, keys.start), extent.condition()
        if extent.is_narrow:
            where = f"INDEXED BY items_by_epk WHERE container = ?{inside} AND key >= ?"
            return self._select(f"{where} ORDER BY key", container, *values, first)
        where = f"WHERE key BETWEEN ? AND ?{inside} ORDER BY key"
        return self._select(where, first, keys.stop - 1, *values)

    def changed_since(self, container: int, extent: Extent, lsn: int) -> Iterator[StoredItem]:
        """Items of *extent* in the order of their last write, those written after *lsn*."""
        inside, values = extent.condition()
        index = "items_by_epk" if extent.is_narrow else "items_by_lsn"
        where = f"INDEXED BY {index} WHERE container = ?{inside} AND lsn > ? ORDER BY lsn, key"
        return self._select(where, container, *values, lsn)

    def measure(self, container: int, extent: Extent) -> tuple[int, int]:
        """How many items are in *extent*, and the characters of their JSON text."""
        inside, values = extent.condition()
        count, size = self._connection.execute(
            "SELECT count(*), coalesce(sum(length(body)), 0) FROM items "  # noqa: S608 - our text
            f"WHERE container = ?{inside}",
            (container, *values),
        ).fetchone()
        return count, size

    def _select(self, clauses: str, *values: Any) -> Iterator[StoredItem]:
        cursor = self._connection.execute(
            f"SELECT {_COLUMNS} FROM items {clauses}",  # noqa: S608 - our own text
            values,
        )
        return map(StoredItem._make, cursor)
