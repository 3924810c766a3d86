"""The inboxes of instances: the messages that their next episodes will take."""

import itertools
import json
import sqlite3
from bisect import insort
from collections import defaultdict
from collections.abc import Callable
from operator import attrgetter

from emulators.functions_host.durable import events
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.records import Instance, Message

_RAISED = EventType.EVENT_RAISED
_IN_ORDER = attrgetter("priority", "sequence")


class Inbox:
    """Statements inside the transactions of others.

    All messages are in memory, too, where the engine reads them: this process alone has the
    database. *find* looks an instance up.
    """

    def __init__(
        self, connection: sqlite3.Connection, find: Callable[[str], Instance | None]
    ) -> None:
        self._connection = connection
        self._find = find
        self._messages: defaultdict[str, list[Message]] = defaultdict(list)
        self.reload()
        # Orders messages; it may start over once the inbox is empty.
        last = max((one.sequence for all_ in self._messages.values() for one in all_), default=0)
        self._sequence = itertools.count(last + 1)

    def reload(self) -> None:
        """Read what the database has; after a transaction that failed, memory has more."""
        self._messages.clear()
        rows = self._connection.execute(
            "SELECT instance_id, priority, sequence, execution_id, event FROM inbox"
            " ORDER BY priority, sequence"
        )
        for instance_id, priority, sequence, execution_id, text in rows:
            message = Message(priority, sequence, execution_id, json.loads(text))
            self._messages[instance_id].append(message)

    def messages(self, instance_id: str) -> list[Message]:
        """The instance's waiting messages, oldest first."""
        return list(self._messages.get(instance_id, ()))

    def raised(self, instance_id: str) -> list[int]:
        """The sequence numbers of the instance's events from outside, oldest first."""
        messages = self._messages.get(instance_id, ())
        return [one.sequence for one in messages if one.event["EventType"] == _RAISED]

    def instances(self) -> list[str]:
        """Instances that have something to do."""
        return list(self._messages)

    def insert(self, instance_id: str, execution_id: str | None, event: Event) -> None:
        """Add *event*, for one execution only if *execution_id* says so."""
        priority = 0 if event["EventType"] == EventType.EXECUTION_STARTED else 1
        message = Message(priority, next(self._sequence), execution_id, event)
        insort(self._messages[instance_id], message, key=_IN_ORDER)
        self._connection.execute(
            "INSERT INTO inbox VALUES (?, ?, ?, ?, ?)",
            (instance_id, priority, message.sequence, execution_id, events.to_json([event])),
        )

    def insert_if_wanted(self, instance_id: str, execution_id: str, event: Event) -> bool:
        """Add *event* if that execution is still going on; says whether it is."""
        instance = self._find(instance_id)
        wanted = instance is not None and instance.active and instance.execution_id == execution_id
        if wanted:
            self.insert(instance_id, execution_id, event)
        return wanted

    def remove(self, instance_id: str, messages: list[Message]) -> None:
        """Take out what an episode has dealt with."""
        gone = {message.sequence for message in messages}
        left = [one for one in self._messages[instance_id] if one.sequence not in gone]
        self._keep(instance_id, left)
        self._connection.executemany(
            "DELETE FROM inbox WHERE instance_id = ? AND priority = ? AND sequence = ?",
            [(instance_id, message.priority, message.sequence) for message in messages],
        )

    def remove_all(self, instance_id: str) -> None:
        """Empty the instance's inbox."""
        self.remove(instance_id, self.messages(instance_id))

    def remove_completions(self, instance_id: str) -> None:
        """Take out what only an execution that is over waited for."""
        messages = self.messages(instance_id)
        self.remove(instance_id, [one for one in messages if one.is_completion])

    def _keep(self, instance_id: str, messages: list[Message]) -> None:
        if messages:
            self._messages[instance_id] = messages
        else:
            del self._messages[instance_id]
