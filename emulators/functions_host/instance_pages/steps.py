"""What a timeline is made of, and how a row begins and ends."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.tasks import HTTP_ACTIVITY
from emulators.pages.formats import plain


class Kind(StrEnum):
    """What a row stands for, as the page words it."""

    ACTIVITY = "activity"
    CHILD = "sub-orchestration"
    HTTP = "HTTP call"
    CALL = "entity call"
    SIGNAL = "entity signal"
    TIMER = "timer"
    EVENT = "event"
    CONTROL = "control"


class State(StrEnum):
    """How far a row has come, as the page words it."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNHEARD = "unheard"


@dataclass(slots=True, eq=False)
class Row:
    """One piece of work, or one moment; *result* is JSON text, *failure* plain text."""

    kind: Kind
    name: str
    start: datetime
    end: datetime | None = None
    state: State = State.OPEN
    result: str | None = None
    failure: str | None = None
    due: datetime | None = None
    child: str | None = None
    entity: EntityId | None = None


@dataclass(slots=True, eq=False)
class Step:
    """A row, or all attempts of a call and the *pause* before the next."""

    rows: list[Row]
    pause: Row | None = None
    hidden: bool = False

    @property
    def last(self) -> Row:
        """The latest attempt."""
        return self.rows[-1]

    @property
    def open(self) -> bool:
        """Whether the orchestration may still hear of it."""
        return self.pause is not None or self.last.state is State.OPEN


def call_row(event: Event, at: datetime) -> Row:
    """The row of an activity, a sub-orchestration or a durable HTTP call."""
    name = event.get("Name") or ""
    if name == HTTP_ACTIVITY:
        return Row(Kind.HTTP, _request_line(event.get("Input")), at)
    child = event["EventType"] == EventType.SUB_ORCHESTRATION_INSTANCE_CREATED
    kind = Kind.CHILD if child else Kind.ACTIVITY
    return Row(kind, name, at, child=event.get("InstanceId"))


def request_row(request: EntityRequest, at: datetime) -> Row:
    """The row of what is sent to an entity: a call that waits, or a moment with its input."""
    if not request.signal:
        return Row(Kind.CALL, request.operation, at, entity=request.entity)
    sent = None if plain(request.input) == "null" else request.input
    return Row(Kind.SIGNAL, request.operation, at, at, State.DONE, sent, entity=request.entity)


def answer_request(row: Row, answer: str, at: datetime) -> None:
    """End the *row* of a call with the entity's *answer*, JSON text."""
    message = json.loads(answer)
    row.end, row.state, row.result = at, State.DONE, message["result"]
    # Its mere presence says so.
    if "exceptionType" in message:
        row.state, row.result, row.failure = State.FAILED, None, plain(message["result"])


def _request_line(arguments: str | None) -> str:
    """Method and host, which history has only if host.json wants inputs in it."""
    if arguments is None:
        return ""
    (text,) = json.loads(arguments)
    request = json.loads(text)
    return f"{request['method']} {urlsplit(request['uri']).netloc.rpartition('@')[2]}"
