"""What the store hands to the engine and takes back."""

from dataclasses import dataclass, field
from enum import StrEnum

from emulators.functions_host.durable.entity_messages import EntityRequest
from emulators.functions_host.durable.events import Event, EventType, event


class Status(StrEnum):
    """Runtime states of an instance, as the wire spells them."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"
    CANCELED = "Canceled"
    CONTINUED_AS_NEW = "ContinuedAsNew"
    SUSPENDED = "Suspended"


ACTIVE = frozenset({Status.PENDING, Status.RUNNING, Status.CONTINUED_AS_NEW, Status.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Parent:
    """The orchestration that waits for a sub-orchestration, and under which id."""

    instance_id: str
    execution_id: str
    task_id: int


@dataclass(frozen=True, slots=True)
class Instance:
    """One row of the instances table; *input*, *output* and *custom_status* are JSON text."""

    instance_id: str
    name: str
    execution_id: str
    status: Status
    input: str | None
    output: str | None
    custom_status: str | None
    version: str | None
    created: str
    updated: str
    parent: Parent | None

    @property
    def active(self) -> bool:
        """Whether the instance can still change."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class NewInstance:
    """An instance to be created; *input* is JSON text."""

    instance_id: str
    name: str
    execution_id: str
    input: str | None
    version: str | None
    parent: Parent | None = None


def execution_started(new: NewInstance) -> Event:
    """The message that starts *new*."""
    parent = new.parent
    return event(
        EventType.EXECUTION_STARTED,
        Name=new.name,
        Version=new.version,
        Input=new.input,
        OrchestrationInstance={
            "InstanceId": new.instance_id,
            "ExecutionId": new.execution_id,
        },
        ParentInstance=parent
        and {
            "OrchestrationInstance": {
                "InstanceId": parent.instance_id,
                "ExecutionId": parent.execution_id,
            },
            "TaskScheduleId": parent.task_id,
        },
        Tags=None,
    )


@dataclass(frozen=True, slots=True)
class Message:
    """An event waiting in an instance's inbox, perhaps for one execution of it only."""

    priority: int
    sequence: int
    execution_id: str | None
    event: Event

    @property
    def is_completion(self) -> bool:
        """Whether it ends work that one execution scheduled; to a later one it means nothing."""
        return self.execution_id is not None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One activity execution, kept until its completion is in the inbox of its orchestration."""

    instance_id: str
    execution_id: str
    task_id: int
    name: str
    input: str


@dataclass(frozen=True, slots=True)
class TimerRecord:
    """A durable timer that has not fired."""

    fire_at: str
    instance_id: str
    execution_id: str
    timer_id: int


@dataclass(slots=True)
class Episode:
    """Everything one episode changes; the store commits it in one transaction.

    *history* has its events already marked as played. *next_execution*, set for continue-as-new,
    replaces the instance's history and input.
    """

    instance: Instance
    status: Status
    history: list[Event]
    consumed: list[Message]
    output: str | None = None
    custom_status: str | None = None
    activities: list[tuple[int, str, str]] = field(default_factory=list)
    timers: list[tuple[int, str]] = field(default_factory=list)
    cancelled_timers: list[int] = field(default_factory=list)
    children: list[NewInstance] = field(default_factory=list)
    entity_requests: list[EntityRequest] = field(default_factory=list)
    next_execution: NewInstance | None = None
    to_parent: Event | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the same execution will have another episode."""
        return self.next_execution is None and self.status in ACTIVE
