"""History events in the JSON form the Python SDK reads (DurableTask.Core ``History/*.cs``)."""

import json
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from emulators.functions_host.durable.clock import utc_now

Event = dict[str, Any]

# An inbound event was not scheduled by the orchestration it reaches, so it has no id of its own.
INBOUND = -1


class EventType(IntEnum):
    """The numbers of ``DurableTask.Core.History.EventType``."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_INSTANCE_CREATED = 7
    SUB_ORCHESTRATION_INSTANCE_COMPLETED = 8
    SUB_ORCHESTRATION_INSTANCE_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_SENT = 14
    EVENT_RAISED = 15
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20
    EXECUTION_REWOUND = 21

    @property
    def wire_name(self) -> str:
        """The name .NET gives it, which the management API prints."""
        return self.name.title().replace("_", "")


SCHEDULED = frozenset(
    {
        EventType.TASK_SCHEDULED,
        EventType.SUB_ORCHESTRATION_INSTANCE_CREATED,
        EventType.TIMER_CREATED,
        EventType.EVENT_SENT,
    }
)


def wire_time(moment: datetime) -> str:
    """*moment* in UTC with the seven fractional digits .NET prints."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "0Z"


def read_time(text: str) -> datetime:
    """Undo :func:`wire_time`; also takes the six digits the SDK prints."""
    return datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)


def event(kind: EventType, event_id: int = INBOUND, **fields: Any) -> Event:
    """A new event, not yet played, with .NET's PascalCase *fields*."""
    return {
        "EventType": int(kind),
        "EventId": event_id,
        "IsPlayed": False,
        "Timestamp": wire_time(utc_now()),
        **fields,
    }


def to_json(events: list[Event]) -> str:
    """*events* as the inside of a JSON array, so that episodes join by a comma."""
    return ",".join(json.dumps(one, separators=(",", ":")) for one in events)


def from_json(joined: str) -> list[Event]:
    """Undo :func:`to_json`."""
    events: list[Event] = json.loads(f"[{joined}]")
    return events


def played(events: list[Event]) -> list[Event]:
    """*events* as later episodes see them.

    DurableTask.Core marks every processed event played, except OrchestratorStarted.
    """
    return [
        one if one["EventType"] == EventType.ORCHESTRATOR_STARTED else {**one, "IsPlayed": True}
        for one in events
    ]
