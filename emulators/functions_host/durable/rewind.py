"""Rewinds failed instances as DurableTask.Core does: what failed is struck out and runs again.

All failed activities and sub-orchestrations lose their rows, the rest of the history stays as it
is. An orchestrator that went on after a failure, or a call that was retried, has later rows which
the replay no longer arrives at; such an instance then fails as non-deterministic, in Azure too.
"""

import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from emulators.functions_host.durable import events
from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.inbox import Inbox
from emulators.functions_host.durable.records import Instance, Status

_FAILURES = (EventType.TASK_FAILED, EventType.SUB_ORCHESTRATION_INSTANCE_FAILED)


@dataclass(frozen=True, slots=True)
class RewoundHistory:
    """A history without its failures, and the sub-orchestrations that failed, by task id."""

    episodes: list[str]
    children: dict[int, str]


def rewind_history(history: list[str], execution_id: str, parent_id: str | None) -> RewoundHistory:
    """Strike the failures out of *history* and give it to the execution *execution_id*.

    *parent_id* is the execution of the parent that waits for it, if there is one.
    """
    episodes = [events.from_json(episode) for episode in history]
    failed = {
        event["TaskScheduledId"]
        for episode in episodes
        for event in episode
        if event["EventType"] in _FAILURES
    }
    kept = [
        [_moved(event, execution_id, parent_id) for event in episode if _stays(event, failed)]
        for episode in episodes
    ]
    children = {
        event["EventId"]: event["InstanceId"]
        for episode in episodes
        for event in episode
        if event["EventType"] == EventType.SUB_ORCHESTRATION_INSTANCE_CREATED
        and event["EventId"] in failed
    }
    return RewoundHistory([events.to_json(episode) for episode in kept], children)


def _stays(event: Event, failed: set[int]) -> bool:
    kind = event["EventType"]
    if kind == EventType.TASK_SCHEDULED:
        return event["EventId"] not in failed
    return kind not in (*_FAILURES, EventType.EXECUTION_COMPLETED)


def _moved(event: Event, execution_id: str, parent_id: str | None) -> Event:
    if event["EventType"] != EventType.EXECUTION_STARTED:
        return event
    parent = event["ParentInstance"]
    if parent is not None:
        of_parent = {**parent["OrchestrationInstance"], "ExecutionId": parent_id}
        parent = {**parent, "OrchestrationInstance": of_parent}
    instance = {**event["OrchestrationInstance"], "ExecutionId": execution_id}
    return {**event, "OrchestrationInstance": instance, "ParentInstance": parent}


class Rewinder:
    """Statements inside a transaction of the store."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        inbox: Inbox,
        find: Callable[[str], Instance | None],
    ) -> None:
        self._connection = connection
        self._inbox = inbox
        self._find = find

    def rewind(self, instance: Instance, reason: str) -> list[str]:
        """Rewind *instance* and its failed sub-orchestrations; returns all that go on."""
        execution_id = uuid.uuid4().hex
        parent_id = instance.parent.execution_id if instance.parent else None
        history = rewind_history(self._history(instance), execution_id, parent_id)
        self._replace(instance, execution_id, history)
        rewound = events.event(EventType.EXECUTION_REWOUND, Reason=reason)
        self._inbox.insert(instance.instance_id, execution_id, rewound)
        woken = [instance.instance_id]
        for task_id, child_id in history.children.items():
            child = self._find(child_id)
            if child is not None and child.status is Status.FAILED:
                woken += self.rewind(child, reason)
            else:
                failure = _still_failed(task_id, child_id)
                self._inbox.insert(instance.instance_id, execution_id, failure)
        return woken

    def _history(self, instance: Instance) -> list[str]:
        rows = self._connection.execute(
            "SELECT events FROM history WHERE instance_id = ? ORDER BY episode",
            (instance.instance_id,),
        )
        return [row["events"] for row in rows]

    def _replace(self, instance: Instance, execution_id: str, history: RewoundHistory) -> None:
        for number, episode in enumerate(history.episodes):
            self._connection.execute(
                "UPDATE history SET events = ? WHERE instance_id = ? AND episode = ?",
                (episode, instance.instance_id, number),
            )
        self._connection.execute(
            "UPDATE instances SET parent_execution_id = ? WHERE parent_instance_id = ?"
            " AND parent_execution_id = ?",
            (execution_id, instance.instance_id, instance.execution_id),
        )
        self._connection.execute(
            "UPDATE instances SET execution_id = ?, status = ?, output = NULL, updated = ?"
            " WHERE instance_id = ?",
            (
                execution_id,
                Status.RUNNING,
                events.wire_time(utc_now()),
                instance.instance_id,
            ),
        )


def _still_failed(task_id: int, child_id: str) -> Event:
    return events.event(
        EventType.SUB_ORCHESTRATION_INSTANCE_FAILED,
        TaskScheduledId=task_id,
        Reason=f"The sub-orchestration {child_id} is not there or has not failed, so it cannot be "
        "rewound.",
        Details=None,
    )
