"""Events, webhook endpoints and the deliveries between them, in SQLite."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from emulators.payments.pages import Condition, created_within, read_page
from emulators.sqlite import Transaction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, type TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_type ON events (type);
CREATE TABLE IF NOT EXISTS webhook_endpoints (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending', created REAL NOT NULL, due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_status ON deliveries (status);
"""

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where events go, which ones, and the secret that signs them."""

    id: str
    url: str
    secret: str
    created: int
    enabled_events: list[str]
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    def wants(self, event_type: str) -> bool:
        return "*" in self.enabled_events or event_type in self.enabled_events


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint."""

    sequence: int
    created: float
    attempts: int
    payload: str
    endpoint: WebhookEndpoint


class Outbox:
    """What was told and is still to be told; deliveries run on real time, not on Stripe's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.executescript(_SCHEMA)
        self.delay_seconds = 0.0
        self.on_delivery: Callable[[], None] = lambda: None

    def transaction(self) -> Transaction:
        return Transaction(self._connection)

    def listeners(self, event_type: str) -> int:
        return sum(endpoint.wants(event_type) for endpoint in self.endpoints())

    def add_event(self, event: Mapping[str, Any]) -> None:
        """Keep *event*, and a pending delivery for every endpoint that wants it."""
        self._connection.execute(
            "INSERT INTO events (id, type, document) VALUES (?, ?, ?)",
            (event["id"], event["type"], json.dumps(event)),
        )
        now = time.time()
        for endpoint in self.endpoints():
            if endpoint.wants(event["type"]):
                self._connection.execute(
                    "INSERT INTO deliveries (event, endpoint, created, due) VALUES (?, ?, ?, ?)",
                    (event["id"], endpoint.id, now, now + self.delay_seconds),
                )
                self.on_delivery()

    def event(self, identifier: str) -> dict[str, Any] | None:
        row = self._connection.execute(
            "SELECT document FROM events WHERE id = ?", (identifier,)
        ).fetchone()
        return dict(json.loads(row["document"])) if row else None

    def event_page(
        self, limit: int, after: str | None, types: Sequence[str], created: Mapping[str, int]
    ) -> list[dict[str, Any]]:
        """Up to *limit* events, newest first, of the given types or of all."""
        conditions: list[Condition] = created_within(created)
        if types:
            conditions.append((f"type IN ({', '.join('?' * len(types))})", list(types)))
        return list(read_page(self._connection, "events", conditions, limit, after))

    def put_endpoint(self, endpoint: WebhookEndpoint) -> None:
        self._connection.execute(
            "INSERT INTO webhook_endpoints (id, document) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (endpoint.id, json.dumps(asdict(endpoint))),
        )

    def delete_endpoint(self, identifier: str) -> None:
        """Forget the endpoint; what was still on its way to it is not delivered any more."""
        self._connection.execute("DELETE FROM webhook_endpoints WHERE id = ?", (identifier,))
        self._connection.execute(
            "DELETE FROM deliveries WHERE endpoint = ? AND status = 'pending'", (identifier,)
        )

    def endpoints(self) -> list[WebhookEndpoint]:
        """All endpoints, oldest first."""
        rows = self._connection.execute("SELECT document FROM webhook_endpoints ORDER BY sequence")
        return [WebhookEndpoint(**json.loads(row["document"])) for row in rows]

    def endpoint(self, identifier: str) -> WebhookEndpoint | None:
        return next((each for each in self.endpoints() if each.id == identifier), None)

    def due(self, now: float, limit: int) -> list[Delivery]:
        """Pending deliveries that may go out, longest due first."""
        endpoints = {endpoint.id: endpoint for endpoint in self.endpoints()}
        rows = self._connection.execute(
            "SELECT deliveries.*, events.document FROM deliveries JOIN events"
            " ON events.id = deliveries.event"
            " WHERE deliveries.status = 'pending' AND due <= ? ORDER BY due LIMIT ?",
            (now, limit),
        ).fetchall()
        return [
            Delivery(
                row["sequence"],
                row["created"],
                row["attempts"],
                row["document"],
                endpoints[row["endpoint"]],
            )
            for row in rows
        ]

    def next_due(self) -> float | None:
        row = self._connection.execute(
            "SELECT MIN(due) AS due FROM deliveries WHERE status = 'pending'"
        ).fetchone()
        return None if row["due"] is None else float(row["due"])

    def settle(self, delivery: Delivery, status: str, due: float, error: str | None) -> None:
        """Note how an attempt ended."""
        self._connection.execute(
            "UPDATE deliveries SET status = ?, due = ?, attempts = attempts + 1, last_error = ?"
            " WHERE sequence = ?",
            (status, due, error, delivery.sequence),
        )

    def counts(self) -> dict[str, int]:
        """How many deliveries are pending, delivered, failed."""
        rows = self._connection.execute("SELECT status, COUNT(*) FROM deliveries GROUP BY status")
        return {PENDING: 0, DELIVERED: 0, FAILED: 0} | {str(name): int(n) for name, n in rows}

    def unfinished(self, limit: int) -> list[dict[str, Any]]:
        """Pending and failed deliveries with their last errors, oldest first."""
        rows = self._connection.execute(
            "SELECT event, endpoint, status, attempts, due, last_error AS lastError"
            " FROM deliveries WHERE status IN ('pending', 'failed') ORDER BY sequence LIMIT ?",
            (limit,),
        )
        return [dict(row) for row in rows]
