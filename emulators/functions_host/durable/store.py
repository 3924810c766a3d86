"""A task hub in SQLite: every method is one transaction, so a crash never leaves half a step."""

import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from cachetools import LRUCache

from emulators.functions_host.durable import events
from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.entity_store import EntityStore
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.inbox import Inbox
from emulators.functions_host.durable.records import (
    ACTIVE,
    Episode,
    Instance,
    Message,
    NewInstance,
    Status,
    TimerRecord,
    WorkItem,
    execution_started,
)
from emulators.functions_host.durable.rewind import Rewinder
from emulators.functions_host.durable.schema import open_task_hub, read_instance
from emulators.sqlite import Transaction

# Reading one is a matter of microseconds; this only bounds memory.
_REMEMBERED_INSTANCES = 10_000


class TaskHubStore:
    """State of one task hub."""

    def __init__(self, state: str, hub: str) -> None:
        self._connection = open_task_hub(state, hub)
        utc_now.ahead = timedelta(seconds=self._seconds_ahead())
        self._active: LRUCache[str, Instance] = LRUCache(_REMEMBERED_INSTANCES)
        self._inbox = Inbox(self._connection, self.get_instance)
        self.entities = EntityStore(self._connection, self._inbox)

    def put_forward(self, seconds: float) -> None:
        """Let the hub's clock be so much further ahead, also after a restart."""
        with self._transaction():
            ahead = self._seconds_ahead() + seconds
            self._connection.execute("INSERT OR REPLACE INTO clock VALUES (0, ?)", (ahead,))
        utc_now.ahead = timedelta(seconds=ahead)

    def _seconds_ahead(self) -> float:
        row = self._connection.execute("SELECT ahead_seconds FROM clock").fetchone()
        return float(row[0]) if row else 0.0

    def close(self) -> None:
        """Give the state up, so that another host may take it."""
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """For the queries of the management API, which change nothing."""
        return self._connection

    # -- instances -------------------------------------------------------------------------------

    def get_instance(self, instance_id: str) -> Instance | None:
        """The instance, whatever its state."""
        if known := self._active.get(instance_id):
            return known
        row = self._connection.execute(
            "SELECT * FROM instances WHERE instance_id = ?", (instance_id,)
        ).fetchone()
        return None if row is None else self._remember(read_instance(row))

    def create_instance(self, new: NewInstance) -> None:
        """Put *new* in the place of whatever has its id, with ExecutionStarted in its inbox."""
        with self._transaction():
            self._forget(new.instance_id)
            self._insert_instance(new)

    def rewind(self, instance: Instance, reason: str) -> list[str]:
        """Let a failed instance try again what failed in it; returns the instances to wake."""
        with self._transaction():
            rewinder = Rewinder(self._connection, self._inbox, self.get_instance)
            rewound = rewinder.rewind(instance, reason)
            # It has changed rows of children, too.
            self._active.clear()
            return rewound

    def purge(self, instance_ids: Iterable[str]) -> int:
        """Remove instances and all that belongs to them; returns how many there were."""
        with self._transaction():
            return sum(self._forget(instance_id) for instance_id in instance_ids)

    # -- messages --------------------------------------------------------------------------------

    def post(self, instance_id: str, event: Event) -> None:
        """Add an event to an instance's inbox."""
        with self._transaction():
            self._inbox.insert(instance_id, None, event)

    def inbox(self, instance_id: str) -> list[Message]:
        """The instance's waiting messages, oldest first."""
        return self._inbox.messages(instance_id)

    def raised_events(self, instance_id: str) -> list[int]:
        """The numbers of the events from outside that wait for the instance, oldest first."""
        return self._inbox.raised(instance_id)

    def drop_messages(self, instance_id: str) -> None:
        """Empty the inbox of an instance that takes no more messages."""
        with self._transaction():
            self._inbox.remove_all(instance_id)

    # -- the engine's steps ----------------------------------------------------------------------

    def history(self, instance_id: str) -> list[str]:
        """The events of every episode so far, each as :func:`events.to_json` made it."""
        rows = self._connection.execute(
            "SELECT events FROM history WHERE instance_id = ? ORDER BY episode", (instance_id,)
        )
        return [row["events"] for row in rows]

    def commit_episode(self, episode: Episode, number: int) -> list[WorkItem] | None:
        """Apply *episode*, the instance's *number*th, and return the activities it asks for.

        Nothing happens, and None says so, if another execution has taken the instance's place.
        """
        instance = episode.instance
        with self._transaction() as connection:
            if not self._update_status(episode):
                return None
            self._inbox.remove(instance.instance_id, episode.consumed)
            if episode.next_execution is not None:
                self._replace_execution(episode.next_execution)
            else:
                connection.execute(
                    "INSERT INTO history VALUES (?, ?, ?)",
                    (instance.instance_id, number, events.to_json(episode.history)),
                )
            self._write_timers(episode)
            for child in episode.children:
                self._start_child(child)
            for request in episode.entity_requests:
                self.entities.insert(request)
            if episode.to_parent is not None and instance.parent is not None:
                parent = instance.parent
                self._inbox.insert_if_wanted(
                    parent.instance_id, parent.execution_id, episode.to_parent
                )
            return [self._insert_work_item(instance, *activity) for activity in episode.activities]

    def complete_activity(self, item: WorkItem, completion: Event) -> bool:
        """Trade the work item for its completion; says whether anyone still waits for that."""
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM work_items WHERE instance_id = ? AND execution_id = ? AND task_id = ?",
                (item.instance_id, item.execution_id, item.task_id),
            )
            return self._inbox.insert_if_wanted(item.instance_id, item.execution_id, completion)

    def fire_timer(self, timer: TimerRecord) -> bool:
        """Trade the timer for its TimerFired; says whether it was still wanted."""
        key = (timer.instance_id, timer.execution_id, timer.timer_id)
        with self._transaction() as connection:
            deleted = connection.execute(
                "DELETE FROM timers WHERE instance_id = ? AND execution_id = ? AND timer_id = ?",
                key,
            ).rowcount
            if not deleted:
                return False
            fired = events.event(
                EventType.TIMER_FIRED, TimerId=timer.timer_id, FireAt=timer.fire_at
            )
            return self._inbox.insert_if_wanted(timer.instance_id, timer.execution_id, fired)

    # -- what a dead process left behind ---------------------------------------------------------

    def instances_with_messages(self) -> list[str]:
        """Instances that have something to do."""
        return self._inbox.instances()

    def pending_work_items(self) -> list[WorkItem]:
        """Activities without a recorded completion."""
        rows = self._connection.execute("SELECT * FROM work_items")
        return [WorkItem(**dict(row)) for row in rows]

    def pending_timers(self) -> list[TimerRecord]:
        """Timers that have not fired."""
        rows = self._connection.execute("SELECT * FROM timers")
        return [TimerRecord(**dict(row)) for row in rows]

    # -- parts of transactions -------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with Transaction(self._connection) as connection:
                yield connection
        except BaseException:
            # Memory may be ahead of what was rolled back.
            self._active.clear()
            self._inbox.reload()
            raise

    def _remember(self, instance: Instance) -> Instance:
        if instance.active:
            self._active[instance.instance_id] = instance
        else:
            self._active.pop(instance.instance_id, None)
        return instance

    def _forget(self, instance_id: str) -> int:
        self._active.pop(instance_id, None)
        self._inbox.remove_all(instance_id)
        for table in ("history", "timers", "work_items"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE instance_id = ?",  # noqa: S608  # names from above
                (instance_id,),
            )
        return self._connection.execute(
            "DELETE FROM instances WHERE instance_id = ?", (instance_id,)
        ).rowcount

    def _insert_instance(self, new: NewInstance) -> None:
        now = events.wire_time(utc_now())
        parent = new.parent
        self._connection.execute(
            "INSERT INTO instances VALUES (?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?, ?, ?, ?)",
            (
                new.instance_id,
                new.name,
                new.execution_id,
                Status.PENDING,
                new.input,
                new.version,
                now,
                now,
                parent and parent.instance_id,
                parent and parent.execution_id,
                parent and parent.task_id,
            ),
        )
        self._inbox.insert(new.instance_id, None, execution_started(new))

    def _start_child(self, child: NewInstance) -> None:
        existing = self.get_instance(child.instance_id)
        if existing is None or not existing.active:
            self._forget(child.instance_id)
            self._insert_instance(child)
        elif child.parent is not None:
            self._inbox.insert(
                child.parent.instance_id,
                child.parent.execution_id,
                events.event(
                    EventType.SUB_ORCHESTRATION_INSTANCE_FAILED,
                    TaskScheduledId=child.parent.task_id,
                    Reason="An Orchestration instance with the status "
                    f"{existing.status} already exists.",
                    Details=None,
                ),
            )

    def _replace_execution(self, new: NewInstance) -> None:
        """Continue as new: what waited for the old execution is gone, raised events stay."""
        for table in ("history", "timers"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE instance_id = ?",  # noqa: S608  # names from above
                (new.instance_id,),
            )
        self._inbox.remove_completions(new.instance_id)
        self._connection.execute(
            "UPDATE instances SET execution_id = ?, input = ? WHERE instance_id = ?",
            (new.execution_id, new.input, new.instance_id),
        )
        self._active.pop(new.instance_id, None)
        self._inbox.insert(new.instance_id, None, execution_started(new))

    def _update_status(self, episode: Episode) -> bool:
        known = self.get_instance(episode.instance.instance_id)
        if known is None or known.execution_id != episode.instance.execution_id:
            return False
        changed = dataclasses.replace(
            known,
            status=episode.status,
            output=episode.output,
            custom_status=episode.custom_status,
            updated=events.wire_time(utc_now()),
        )
        self._remember(changed)
        self._connection.execute(
            "UPDATE instances SET status = ?, output = ?, custom_status = ?, updated = ?"
            " WHERE instance_id = ?",
            (
                changed.status,
                changed.output,
                changed.custom_status,
                changed.updated,
                changed.instance_id,
            ),
        )
        return True

    def _write_timers(self, episode: Episode) -> None:
        instance = episode.instance
        key = (instance.instance_id, instance.execution_id)
        for timer_id, fire_at in episode.timers:
            self._connection.execute(
                "INSERT INTO timers VALUES (?, ?, ?, ?)", (*key, timer_id, fire_at)
            )
        for timer_id in episode.cancelled_timers:
            self._connection.execute(
                "DELETE FROM timers WHERE instance_id = ? AND execution_id = ? AND timer_id = ?",
                (*key, timer_id),
            )
        if episode.status not in ACTIVE:
            self._connection.execute(
                "DELETE FROM timers WHERE instance_id = ?", (instance.instance_id,)
            )

    def _insert_work_item(
        self, instance: Instance, task_id: int, name: str, input_: str
    ) -> WorkItem:
        item = WorkItem(instance.instance_id, instance.execution_id, task_id, name, input_)
        self._connection.execute(
            "INSERT INTO work_items VALUES (?, ?, ?, ?, ?)",
            (item.instance_id, item.execution_id, item.task_id, item.name, item.input),
        )
        return item
