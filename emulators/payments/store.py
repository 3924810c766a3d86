"""Payments, refunds and idempotency records in SQLite."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from emulators.payments.resources import PaymentIntent, Refund
from emulators.sqlite import Transaction, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payment_intents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refunds (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL,
    payment_intent TEXT NOT NULL REFERENCES payment_intents (id), document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_by_payment ON refunds (payment_intent);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, parameters TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (created);
"""


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """The first answer a key got, and to which request."""

    key: str
    path: str
    parameters: str
    status: int
    body: str
    created: float


class Store:
    """All state of the emulator; changes belong inside ``with store.transaction():``."""

    def __init__(self, state: str) -> None:
        self._connection = open_database(state, "payments.sqlite3")
        self._connection.executescript(_SCHEMA)

    def transaction(self) -> Transaction:
        return Transaction(self._connection)

    def close(self) -> None:
        self._connection.close()

    def put_payment_intent(self, intent: PaymentIntent) -> None:
        """Add *intent*, or replace the one with its id."""
        self._connection.execute(
            "INSERT INTO payment_intents (id, document) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (intent.id, json.dumps(asdict(intent))),
        )

    def payment_intent(self, identifier: str) -> PaymentIntent | None:
        row = self._connection.execute(
            "SELECT document FROM payment_intents WHERE id = ?", (identifier,)
        ).fetchone()
        return PaymentIntent(**json.loads(row["document"])) if row else None

    def payment_intents(self) -> Iterator[PaymentIntent]:
        """Every payment, oldest first."""
        rows = self._connection.execute("SELECT document FROM payment_intents ORDER BY sequence")
        return (PaymentIntent(**json.loads(row["document"])) for row in rows)

    def payment_intent_page(self, limit: int, after: str | None) -> list[PaymentIntent]:
        """Up to *limit* payments, newest first, from the one older than *after*."""
        documents = self._page("payment_intents", {}, limit, after)
        return [PaymentIntent(**document) for document in documents]

    def add_refund(self, refund: Refund) -> None:
        self._connection.execute(
            "INSERT INTO refunds (id, payment_intent, document) VALUES (?, ?, ?)",
            (refund.id, refund.payment_intent, json.dumps(asdict(refund))),
        )

    def refund(self, identifier: str) -> Refund | None:
        row = self._connection.execute(
            "SELECT document FROM refunds WHERE id = ?", (identifier,)
        ).fetchone()
        return Refund(**json.loads(row["document"])) if row else None

    def refund_page(
        self, limit: int, after: str | None, payment_intent: str | None
    ) -> list[Refund]:
        """Up to *limit* refunds, newest first, of one payment or of all."""
        conditions = {"payment_intent = ?": payment_intent} if payment_intent else {}
        return [Refund(**document) for document in self._page("refunds", conditions, limit, after)]

    def _page(
        self, table: str, conditions: dict[str, str], limit: int, after: str | None
    ) -> Iterator[dict[str, Any]]:
        # Tables and conditions are named by this class, only values by a client.
        if after is not None:
            older = f"sequence < (SELECT sequence FROM {table} WHERE id = ?)"  # noqa: S608
            conditions = {**conditions, older: after}
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = self._connection.execute(
            f"SELECT document FROM {table} {where} ORDER BY sequence DESC LIMIT ?",  # noqa: S608
            (*conditions.values(), limit),
        )
        return (json.loads(row["document"]) for row in rows)

    def keep(self, record: IdempotencyRecord) -> None:
        self._connection.execute(
            "INSERT INTO idempotency_keys (key, path, parameters, status, body, created)"
            " VALUES (:key, :path, :parameters, :status, :body, :created)",
            asdict(record),
        )

    def idempotency_record(self, key: str) -> IdempotencyRecord | None:
        row = self._connection.execute(
            "SELECT * FROM idempotency_keys WHERE key = ?", (key,)
        ).fetchone()
        return IdempotencyRecord(**dict(row)) if row else None

    def forget_keys_before(self, moment: float) -> None:
        self._connection.execute("DELETE FROM idempotency_keys WHERE created < ?", (moment,))
