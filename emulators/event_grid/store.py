"""Events and who still has to get them, in SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emulators.event_grid.errors import StateInUseError
from emulators.event_grid.events import Event
from emulators.sqlite import Transaction, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, published REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event INTEGER NOT NULL REFERENCES events (sequence),
    subscription TEXT NOT NULL, size INTEGER NOT NULL, due REAL NOT NULL,
    claimed INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    outcome TEXT, attempted REAL, reason TEXT, given_up REAL
);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (subscription, due, id)
    WHERE claimed = 0 AND reason IS NULL;
CREATE INDEX IF NOT EXISTS deliveries_given_up ON deliveries (subscription, due, id)
    WHERE reason IS NOT NULL;
CREATE TABLE IF NOT EXISTS dropped (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, event TEXT NOT NULL,
    reason TEXT NOT NULL, outcome TEXT, attempts INTEGER NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS validations (
    subscription TEXT PRIMARY KEY, endpoint TEXT NOT NULL, method TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value REAL NOT NULL);
"""
_COLUMNS = """
    deliveries.id, events.id AS event, events.body, events.published, deliveries.size,
    deliveries.attempts, deliveries.outcome, deliveries.attempted, deliveries.reason,
    deliveries.given_up
"""
_JOINED = f"SELECT {_COLUMNS} FROM deliveries JOIN events ON events.sequence = deliveries.event"  # noqa: S608
DROPPED_KEPT = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a subscription; times in seconds since 1970.

    *outcome* and *attempted* are those of the last attempt. With a *reason* the event was given
    up, at *given_up*.
    """

    id: int
    event: str
    body: str
    published: float
    size: int
    attempts: int
    outcome: str | None
    attempted: float | None
    reason: str | None
    given_up: float | None


class Store:
    """All state of the emulator; changes belong inside ``with store.transaction():``.

    Raises:
        StateInUseError: another process works with it.
    """

    def __init__(self, state: str) -> None:
        self.connection = _open(state)
        # What was being sent when the last process ended may have arrived or not: it goes again.
        self.connection.execute("UPDATE deliveries SET claimed = 0 WHERE claimed = 1")

    def transaction(self) -> Transaction:
        return Transaction(self.connection)

    def close(self) -> None:
        self.connection.close()

    def add(self, event: Event, subscriptions: Iterable[str], now: float) -> None:
        """Keep *event* until each of *subscriptions* got it or gave it up."""
        cursor = self.connection.execute(
            "INSERT INTO events (id, published, body) VALUES (?, ?, ?)", (event.id, now, event.text)
        )
        self.connection.executemany(
            "INSERT INTO deliveries (event, subscription, size, due) VALUES (?, ?, ?, ?)",
            [(cursor.lastrowid, name, len(event.text), now) for name in subscriptions],
        )

    def claim(
        self, subscription: str, now: float, limit: int, size: int, *, newest_first: bool = False
    ) -> list[Delivery]:
        """Take due deliveries until they are settled: up to *limit*, and to about *size* bytes."""
        order = "DESC" if newest_first else "ASC"
        rows = self.connection.execute(
            f"{_JOINED} WHERE subscription = ? AND claimed = 0 AND reason IS NULL AND due <= ?"
            f" ORDER BY due {order}, deliveries.id {order} LIMIT ?",
            (subscription, now, limit),
        )
        taken: list[Delivery] = []
        for delivery in map(_delivery, rows):
            size -= delivery.size
            if taken and size < 0:
                break
            taken.append(delivery)
        self._update("claimed = 1", taken)
        return taken

    def next_due(self, subscription: str) -> float | None:
        """When the next delivery is due."""
        row = self.connection.execute(
            "SELECT MIN(due) FROM deliveries"
            " WHERE subscription = ? AND claimed = 0 AND reason IS NULL",
            (subscription,),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Undo a claim."""
        self._update("claimed = 0", deliveries)

    def record_attempt(self, deliveries: Sequence[Delivery], outcome: str, now: float) -> None:
        """Count an attempt that failed."""
        self._update(
            "attempts = attempts + 1, outcome = ?, attempted = ?", deliveries, outcome, now
        )

    def postpone(self, deliveries: Sequence[Delivery], due: float) -> None:
        """Let them be claimed again from *due* on."""
        self._update("claimed = 0, due = ?", deliveries, due)

    def give_up(self, deliveries: Sequence[Delivery], reason: str, now: float, due: float) -> None:
        """Let them wait to be dead-lettered, from *due* on."""
        self._update("claimed = 0, reason = ?, given_up = ?, due = ?", deliveries, reason, now, due)

    def given_up(self, subscription: str, now: float, limit: int) -> list[Delivery]:
        """What is due to be dead-lettered, longest waiting first."""
        rows = self.connection.execute(
            f"{_JOINED} WHERE subscription = ? AND reason IS NOT NULL AND due <= ?"
            " ORDER BY due, deliveries.id LIMIT ?",
            (subscription, now, limit),
        )
        return list(map(_delivery, rows))

    def next_given_up(self, subscription: str) -> float | None:
        """When the next dead letter is due."""
        row = self.connection.execute(
            "SELECT MIN(due) FROM deliveries WHERE subscription = ? AND reason IS NOT NULL",
            (subscription,),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def remove(self, deliveries: Sequence[Delivery]) -> None:
        """Forget what is settled, and events that nobody waits for any more."""
        chosen = _ids(deliveries)
        rows = self.connection.execute(
            "DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) RETURNING event",
            (chosen,),
        ).fetchall()
        self.connection.execute(
            "DELETE FROM events WHERE sequence IN (SELECT value FROM json_each(?))"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event = events.sequence)",
            (json.dumps([row[0] for row in rows]),),
        )

    def record_drop(
        self, subscription: str, deliveries: Sequence[Delivery], reason: str, now: float
    ) -> None:
        """Remember that events were lost for *subscription*; the last few hundred are kept."""
        self.connection.executemany(
            "INSERT INTO dropped (subscription, event, reason, outcome, attempts, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (subscription, one.event, reason, one.outcome, one.attempts, now)
                for one in deliveries
            ],
        )
        self.connection.execute(
            "DELETE FROM dropped WHERE sequence <= (SELECT MAX(sequence) FROM dropped) - ?",
            (DROPPED_KEPT,),
        )

    def validation(self, subscription: str, endpoint: str) -> str | None:
        """How *endpoint* once agreed to get the events of *subscription*, if it did."""
        row = self.connection.execute(
            "SELECT method FROM validations WHERE subscription = ? AND endpoint = ?",
            (subscription, endpoint),
        ).fetchone()
        return None if row is None else str(row[0])

    def keep_validation(self, subscription: str, endpoint: str, method: str) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO validations VALUES (?, ?, ?)", (subscription, endpoint, method)
        )

    def forget_all_but(self, subscriptions: Sequence[str]) -> dict[str, int]:
        """Delete what belongs to any other subscription: how many events each of those had."""
        others = "subscription NOT IN (SELECT value FROM json_each(?))"
        names = (json.dumps(subscriptions),)
        rows = self.connection.execute(
            f"SELECT subscription, COUNT(*) FROM deliveries WHERE {others} GROUP BY 1",  # noqa: S608
            names,
        ).fetchall()
        for table in ("deliveries", "validations"):
            self.connection.execute(f"DELETE FROM {table} WHERE {others}", names)  # noqa: S608
        self.connection.execute(
            "DELETE FROM events WHERE NOT EXISTS"
            " (SELECT 1 FROM deliveries WHERE event = events.sequence)"
        )
        return {row[0]: row[1] for row in rows}

    def setting(self, name: str, default: float) -> float:
        row = self.connection.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return default if row is None else float(row[0])

    def keep_setting(self, name: str, value: float) -> None:
        self.connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def _update(self, change: str, deliveries: Sequence[Delivery], *values: object) -> None:
        # The changes are this class's own, only values come from outside.
        self.connection.execute(
            f"UPDATE deliveries SET {change} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
            (*values, _ids(deliveries)),
        )


def _open(state: str) -> sqlite3.Connection:
    try:
        connection = open_database(state, "event_grid.sqlite3")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.executescript(_SCHEMA)
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StateInUseError(state) from error
    return connection


def _ids(deliveries: Sequence[Delivery]) -> str:
    return json.dumps([delivery.id for delivery in deliveries])


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(**dict(row))
