"""Key-values and their revisions in SQLite."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime

from emulators.app_configuration.resources import KeyValue
from emulators.sqlite import Transaction, open_database

_COLUMNS = "key, label, value, content_type, tags, locked, etag, last_modified"
_DEFINITIONS = """
    key TEXT NOT NULL, label TEXT NOT NULL, value TEXT, content_type TEXT, tags TEXT NOT NULL,
    locked INTEGER NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL
"""
# No label is stored as '', which no label can be: NULLs would not be unique in a primary key.
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS key_values ({_DEFINITIONS}, PRIMARY KEY (key, label)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revisions (sequence INTEGER PRIMARY KEY AUTOINCREMENT, {_DEFINITIONS});
CREATE INDEX IF NOT EXISTS revisions_by_age ON revisions (last_modified);
"""
_INSERT = f"INTO {{}} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Store:
    """All state of the emulator; changes belong inside ``with store.transaction():``."""

    def __init__(self, state: str) -> None:
        self._connection = open_database(state, "app_configuration.sqlite3")
        self._connection.executescript(_SCHEMA)

    def transaction(self) -> Transaction:
        return Transaction(self._connection)

    def close(self) -> None:
        self._connection.close()

    def get(self, key: str, label: str | None) -> KeyValue | None:
        row = self._connection.execute(
            "SELECT * FROM key_values WHERE key = ? AND label = ?", (key, label or "")
        ).fetchone()
        return _from_row(row) if row else None

    def put(self, item: KeyValue) -> None:
        """Store *item* and add it to the revisions."""
        row = _to_row(item)
        self._connection.execute(f"INSERT OR REPLACE {_INSERT.format('key_values')}", row)
        self._connection.execute(f"INSERT {_INSERT.format('revisions')}", row)

    def delete(self, item: KeyValue) -> None:
        self._connection.execute(
            "DELETE FROM key_values WHERE key = ? AND label = ?", (item.key, item.label or "")
        )

    def forget_revisions_before(self, moment: datetime) -> None:
        self._connection.execute(
            "DELETE FROM revisions WHERE last_modified < ?", (moment.isoformat(),)
        )

    def key_values(self, after: tuple[str, str] = ("", "")) -> Iterator[KeyValue]:
        """Key-values behind *after*, by key and then label, the one without label first."""
        rows = self._connection.execute(
            "SELECT * FROM key_values WHERE (key, label) > (?, ?) ORDER BY key, label", after
        )
        return map(_from_row, rows)

    def revisions(self, before: int | None = None) -> Iterator[tuple[int, KeyValue]]:
        """Revisions with their number, newest first, from the one older than *before*."""
        rows = self._connection.execute(
            "SELECT * FROM revisions WHERE ?1 IS NULL OR sequence < ?1 ORDER BY sequence DESC",
            (before,),
        )
        return ((row["sequence"], _from_row(row)) for row in rows)


def _to_row(item: KeyValue) -> tuple[object, ...]:
    return (
        item.key,
        item.label or "",
        item.value,
        item.content_type,
        json.dumps(item.tags),
        item.locked,
        item.etag,
        item.last_modified.isoformat(),
    )


def _from_row(row: sqlite3.Row) -> KeyValue:
    return KeyValue(
        row["key"],
        row["label"] or None,
        row["value"],
        row["content_type"],
        json.loads(row["tags"]),
        bool(row["locked"]),
        row["etag"],
        datetime.fromisoformat(row["last_modified"]),
    )
