"""The inboxes of instances: the messages that their next episodes will take."""

import itertools
import json
import sqlite3

from emulators.functions_host.durable import events
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.records import ACTIVE, Message


class Inbox:
    """Statements inside the transactions of others, except for the readers."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Orders messages; it may start over once the inbox is empty.
        (last,) = connection.execute("SELECT max(sequence) FROM inbox").fetchone()
        self._sequence = itertools.count((last or 0) + 1)

    def messages(self, instance_id: str) -> list[Message]:
        """The instance's waiting messages, oldest first."""
        rows = self._connection.execute(
            "SELECT sequence, execution_id, event FROM inbox WHERE instance_id = ?"
            " ORDER BY priority, sequence",
            (instance_id,),
        )
        return [
            Message(sequence, execution, json.loads(text)) for sequence, execution, text in rows
        ]

    def instances(self) -> list[str]:
        """Instances that have something to do."""
        rows = self._connection.execute("SELECT DISTINCT instance_id FROM inbox")
        return [row["instance_id"] for row in rows]

    def insert(self, instance_id: str, execution_id: str | None, event: Event) -> None:
        """Add *event*, for one execution only if *execution_id* says so."""
        priority = 0 if event["EventType"] == EventType.EXECUTION_STARTED else 1
        self._connection.execute(
            "INSERT INTO inbox VALUES (?, ?, ?, ?, ?)",
            (instance_id, priority, next(self._sequence), execution_id, events.to_json([event])),
        )

    def insert_if_wanted(self, instance_id: str, execution_id: str, event: Event) -> bool:
        """Add *event* if that execution is still going on; says whether it is."""
        row = self._connection.execute(
            "SELECT status FROM instances WHERE instance_id = ? AND execution_id = ?",
            (instance_id, execution_id),
        ).fetchone()
        wanted = row is not None and row["status"] in ACTIVE
        if wanted:
            self.insert(instance_id, execution_id, event)
        return wanted

    def remove(self, instance_id: str, messages: list[Message]) -> None:
        """Take out what an episode has dealt with."""
        for message in messages:
            self._connection.execute(
                "DELETE FROM inbox WHERE instance_id = ? AND sequence = ?",
                (instance_id, message.sequence),
            )
