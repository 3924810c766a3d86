"""Every version of the items of some containers, for the change feed that tells them all.

A container's versions are kept from the first time somebody reads that feed. It cannot be read from
before it was, so that nobody can tell; containers that nobody reads so write nothing twice.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final, NamedTuple

from emulators.cosmos.item_extent import Extent

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS recordings (container INTEGER PRIMARY KEY, horizon INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, container INTEGER NOT NULL, epk TEXT NOT NULL,
    pk TEXT NOT NULL, lsn INTEGER NOT NULL, ts INTEGER NOT NULL, operation TEXT NOT NULL,
    current TEXT, previous TEXT, previous_lsn INTEGER NOT NULL, expired INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS versions_by_lsn ON versions (container, lsn);
CREATE INDEX IF NOT EXISTS versions_by_epk ON versions (container, epk, lsn);
"""
_COLUMNS: Final = "pk, lsn, ts, operation, current, previous, previous_lsn, expired"


class Version(NamedTuple):
    """One change of an item: the JSON text after it, and before it, where there is one."""

    pk: str
    lsn: int
    ts: int
    operation: str
    current: str | None = None
    previous: str | None = None
    previous_lsn: int = 0
    expired: bool = False


class VersionStore:
    """Versions in SQLite; callers hold the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(_SCHEMA)
        rows = connection.execute("SELECT container, horizon FROM recordings")
        self._horizons: dict[int, int] = {row["container"]: row["horizon"] for row in rows}

    def horizon(self, container: int) -> int | None:
        """The LSN from which on every version is there; None when none are kept."""
        return self._horizons.get(container)

    def move_horizon(self, container: int, lsn: int) -> None:
        """Keep versions from *lsn* on, and forget those up to it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO recordings (container, horizon) VALUES (?, ?)", (container, lsn)
        )
        self._connection.execute(
            "DELETE FROM versions WHERE container = ? AND lsn <= ?", (container, lsn)
        )
        self._horizons[container] = lsn

    def forget(self, container: int) -> None:
        """Remove all there is of a container."""
        for table in ("versions", "recordings"):
            statement = f"DELETE FROM {table} WHERE container = ?"  # noqa: S608 - our own names
            self._connection.execute(statement, (container,))
        self._horizons.pop(container, None)

    def add(self, container: int, epk: str, version: Version) -> None:
        """Keep a version."""
        self._connection.execute(
            f"INSERT INTO versions (container, epk, {_COLUMNS}) "  # noqa: S608 - our own names
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (container, epk, *version),
        )

    def last_before(self, container: int, moment: float) -> int | None:
        """The LSN of the last version that is older than *moment*."""
        lsn: int | None = self._connection.execute(
            "SELECT max(lsn) AS lsn FROM versions WHERE container = ? AND ts < ?",
            (container, moment),
        ).fetchone()["lsn"]
        return lsn

    def since(self, container: int, extent: Extent, lsn: int) -> Iterator[Version]:
        """The versions within *extent* after *lsn*, in the order they came about."""
        inside, values = extent.condition()
        index = "versions_by_epk" if extent.is_narrow else "versions_by_lsn"
        cursor = self._connection.execute(
            f"SELECT {_COLUMNS} FROM versions INDEXED BY {index} "  # noqa: S608 - our own text
            f"WHERE container = ?{inside} AND lsn > ? ORDER BY lsn, number",
            (container, *values, lsn),
        )
        return map(Version._make, cursor)
