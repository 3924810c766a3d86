"""Payments, charges, refunds, settings and idempotency records in SQLite."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from emulators.payments.pages import Condition, created_within, read_page
from emulators.payments.resources import Charge, PaymentIntent, Refund
from emulators.sqlite import Transaction, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payment_intents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payment_intents_by_order
    ON payment_intents (json_extract(document, '$.metadata."orderId"'));
CREATE TABLE IF NOT EXISTS charges (
    id TEXT PRIMARY KEY, payment_intent TEXT NOT NULL, document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS alarms (
    kind TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS alarms_by_time ON alarms (at);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value REAL NOT NULL);
CREATE TABLE IF NOT EXISTS search_index (
    sequence INTEGER PRIMARY KEY, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS search_by_order
    ON search_index (json_extract(document, '$.metadata."orderId"') COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS search_changes (
    change INTEGER PRIMARY KEY AUTOINCREMENT, sequence INTEGER NOT NULL, at REAL NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS search_changes_by_time ON search_changes (at);
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

# As the index has it, or it would not be used.
_OF_ORDER = """ AND json_extract(document, '$.metadata."orderId"') = ?3"""


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """The first answer a key got, and to which request."""

    key: str
    path: str
    parameters: str
    status: int
    body: str
    created: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that happens to the resource *id* when the emulator's time comes."""

    kind: str
    id: str
    at: float


class Store:
    """All state of the emulator; changes belong inside ``with store.transaction():``."""

    def __init__(self, state: str) -> None:
        self.connection = self._connection = open_database(state, "payments.sqlite3")
        self._connection.executescript(_SCHEMA)

    def transaction(self) -> Transaction:
        return Transaction(self._connection)

    def close(self) -> None:
        self._connection.close()

    def put_payment_intent(self, intent: PaymentIntent, now: float) -> None:
        """Add *intent*, or replace the one with its id; searches find it from *now* or later."""
        document = json.dumps(asdict(intent))
        (sequence,) = self._connection.execute(
            "INSERT INTO payment_intents (id, document) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document RETURNING sequence",
            (intent.id, document),
        ).fetchone()
        self._connection.execute(
            "INSERT INTO search_changes (sequence, at, document) VALUES (?, ?, ?)",
            (sequence, now, document),
        )

    def payment_intent(self, identifier: str) -> PaymentIntent | None:
        row = self._connection.execute(
            "SELECT document FROM payment_intents WHERE id = ?", (identifier,)
        ).fetchone()
        return PaymentIntent(**json.loads(row["document"])) if row else None

    def ledger_page(
        self, order_id: str | None, limit: int, after: str | None
    ) -> list[PaymentIntent]:
        """Up to *limit* payments, oldest first, from the one newer than *after*; -1 is all."""
        rows = self._connection.execute(
            "SELECT document FROM payment_intents WHERE"  # noqa: S608 - the emulator's text
            " (?1 IS NULL OR sequence > (SELECT sequence FROM payment_intents WHERE id = ?1))"
            + ("" if order_id is None else _OF_ORDER)
            + " ORDER BY sequence LIMIT ?2",
            (after, limit) if order_id is None else (after, limit, order_id),
        )
        return [PaymentIntent(**json.loads(row["document"])) for row in rows]

    def payment_intent_page(
        self, limit: int, after: str | None, created: Mapping[str, int]
    ) -> list[PaymentIntent]:
        """Up to *limit* payments, newest first, from the one older than *after*."""
        documents = self._page("payment_intents", created_within(created), limit, after)
        return [PaymentIntent(**document) for document in documents]

    def search(
        self, conditions: Sequence[Condition], limit: int, until: float
    ) -> list[tuple[int, dict[str, Any]]]:
        """Up to *limit* payments, newest first, as they were at the moment *until*."""
        self._index_changes(until)
        where = " AND ".join(text for text, _ in conditions)
        rows = self._connection.execute(
            f"SELECT sequence, document FROM search_index WHERE {where}"  # noqa: S608
            " ORDER BY sequence DESC LIMIT ?",
            (*(value for _, some in conditions for value in some), limit),
        )
        return [(row["sequence"], json.loads(row["document"])) for row in rows]

    def _index_changes(self, until: float) -> None:
        self._connection.execute(
            "INSERT INTO search_index (sequence, document)"
            " SELECT sequence, document FROM search_changes WHERE at <= ? ORDER BY change"
            " ON CONFLICT (sequence) DO UPDATE SET document = excluded.document",
            (until,),
        )
        self._connection.execute("DELETE FROM search_changes WHERE at <= ?", (until,))

    def put_charge(self, charge: Charge) -> None:
        self._connection.execute(
            "INSERT INTO charges (id, payment_intent, document) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (charge.id, charge.payment_intent, json.dumps(asdict(charge))),
        )

    def charge(self, identifier: str) -> Charge | None:
        row = self._connection.execute(
            "SELECT document FROM charges WHERE id = ?", (identifier,)
        ).fetchone()
        return Charge(**json.loads(row["document"])) if row else None

    def put_refund(self, refund: Refund) -> None:
        """Add *refund*, or replace the one with its id."""
        self._connection.execute(
            "INSERT INTO refunds (id, payment_intent, document) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
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
        conditions: list[Condition] = (
            [("payment_intent = ?", [payment_intent])] if payment_intent else []
        )
        return [Refund(**document) for document in self._page("refunds", conditions, limit, after)]

    def refunds_of(self, payment_intents: Iterable[str]) -> dict[str, list[Refund]]:
        """The refunds of each of these payments, oldest first."""
        rows = self._connection.execute(
            "SELECT document FROM refunds WHERE payment_intent IN"
            " (SELECT value FROM json_each(?)) ORDER BY sequence",
            (json.dumps(list(payment_intents)),),
        )
        refunds: dict[str, list[Refund]] = {}
        for row in rows:
            refund = Refund(**json.loads(row["document"]))
            refunds.setdefault(refund.payment_intent, []).append(refund)
        return refunds

    def _page(
        self, table: str, conditions: Sequence[Condition], limit: int, after: str | None
    ) -> Iterator[dict[str, Any]]:
        return read_page(self._connection, table, conditions, limit, after)

    def set_alarm(self, alarm: Alarm) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO alarms (kind, id, at) VALUES (:kind, :id, :at)", asdict(alarm)
        )

    def due_alarms(self, now: float) -> list[Alarm]:
        """The first hundred that are due."""
        rows = self._connection.execute(
            "SELECT kind, id, at FROM alarms WHERE at <= ? ORDER BY at LIMIT 100", (now,)
        )
        return [Alarm(**dict(row)) for row in rows]

    def clear_alarm(self, alarm: Alarm) -> None:
        self._connection.execute(
            "DELETE FROM alarms WHERE kind = ? AND id = ?", (alarm.kind, alarm.id)
        )

    def settings(self) -> dict[str, float]:
        rows = self._connection.execute("SELECT name, value FROM settings")
        return {row["name"]: row["value"] for row in rows}

    def put_setting(self, name: str, value: float) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, value)
        )

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
