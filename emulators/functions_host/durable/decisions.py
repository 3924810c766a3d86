"""What one episode decides: the work it schedules and how the execution ends."""

from dataclasses import dataclass, field

from emulators.functions_host.durable.entity_messages import REQUEST_EVENT
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.tasks import Call, EntityMessage


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Work that takes the id *id*: an activity, a sub-orchestration, a timer or a message."""

    id: int
    kind: EventType
    call: Call | EntityMessage | None = None
    fire_at: str | None = None

    @property
    def name(self) -> str:
        """What the determinism check compares; timers have no name, all messages the same."""
        if isinstance(self.call, EntityMessage):
            return REQUEST_EVENT
        return self.call.name if self.call else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended; *output* is JSON text (for ContinuedAsNew, the next input)."""

    status: str
    output: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one episode adds to an instance.

    *unused* are events that came after the end: to continue as new hands them on.
    """

    scheduled: list[Scheduled]
    cancelled_timers: list[int]
    next_id: int
    outcome: Outcome | None
    unused: list[Event] = field(default_factory=list)
