"""What subscriptions have not got yet, and what they never will, for reports and pages."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much a subscription has not got; *given_up* waits to be dead-lettered."""

    waiting: int = 0
    given_up: int = 0
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event in the queue, or given up for a *reason*; *claimed* while it is being sent."""

    event: str
    body: str
    published: float
    due: float
    claimed: bool
    attempts: int
    outcome: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that was lost."""

    event: str
    reason: str
    outcome: str | None
    attempts: int
    at: float


def backlogs(connection: sqlite3.Connection) -> dict[str, Backlog]:
    """The backlog of each subscription that has one."""
    rows = connection.execute(
        "SELECT subscription, SUM(reason IS NULL), SUM(reason IS NOT NULL), MIN(published)"
        " FROM deliveries JOIN events ON events.sequence = deliveries.event"
        " GROUP BY subscription"
    )
    return {row[0]: Backlog(row[1], row[2], row[3]) for row in rows}


def queue(connection: sqlite3.Connection, subscription: str, limit: int) -> list[Waiting]:
    """The first *limit* events that wait for *subscription*, those given up last."""
    rows = connection.execute(
        "SELECT events.id, body, published, due, claimed, attempts, outcome, reason"
        " FROM deliveries JOIN events ON events.sequence = deliveries.event"
        " WHERE subscription = ? ORDER BY reason IS NOT NULL, due, deliveries.id LIMIT ?",
        (subscription, limit),
    )
    return [Waiting(*row) for row in rows]


def dropped(connection: sqlite3.Connection, subscription: str, limit: int) -> list[Dropped]:
    """The last *limit* events that *subscription* lost, the last one first."""
    rows = connection.execute(
        "SELECT event, reason, outcome, attempts, at FROM dropped WHERE subscription = ?"
        " ORDER BY sequence DESC LIMIT ?",
        (subscription, limit),
    )
    return [Dropped(*row) for row in rows]
