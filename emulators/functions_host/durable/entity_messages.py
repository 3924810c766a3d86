"""What travels to and from entities, in the JSON of the extension's RequestMessage."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from emulators.functions_host.durable import events
from emulators.functions_host.durable.events import Event, EventType

# The name of every EventSent row that carries an operation (EntityMessageEventNames.cs).
REQUEST_EVENT = "op"


@dataclass(frozen=True, slots=True)
class EntityId:
    """Which entity: names ignore case and are kept in lower case, keys do not."""

    name: str
    key: str

    @classmethod
    def of(cls, name: str, key: str) -> "EntityId":
        """The id of the entity *key* of the function *name*."""
        return cls(name.lower(), key)

    @classmethod
    def parse(cls, text: str) -> "EntityId":
        """Undo ``str()``; the key may hold any character."""
        _, name, key = text.split("@", 2)
        return cls.of(name, key)

    def __str__(self) -> str:
        return f"@{self.name}@{self.key}"


@dataclass(frozen=True, slots=True)
class EntityRequest:
    """One operation to run; *input* is JSON text. A call has a parent, who waits for *id*."""

    entity: EntityId
    operation: str
    input: str | None
    signal: bool = True
    id: str = ""
    parent: str | None = None
    parent_execution: str | None = None

    def to_json(self) -> str:
        """The text of an EventSent row; what is empty is left out."""
        message = {
            "op": self.operation,
            "signal": self.signal or None,
            "input": self.input,
            "id": self.id,
            "parent": self.parent,
            "parentExecution": self.parent_execution,
        }
        return json.dumps({key: value for key, value in message.items() if value is not None})

    @classmethod
    def from_json(cls, entity: EntityId, text: str) -> "EntityRequest":
        """Undo :meth:`to_json`."""
        message = json.loads(text)
        return cls(
            entity,
            message["op"],
            message.get("input"),
            message.get("signal", False),
            message["id"],
            message.get("parent"),
            message.get("parentExecution"),
        )


def new_request_id() -> str:
    """An id for a request; a call's answer is an event of that name."""
    return str(uuid.uuid4())


def answer(request: EntityRequest, result: str | None, *, error: bool) -> Event:
    """The event that ends a call; the SDK takes the mere presence of exceptionType for an error."""
    message: dict[str, Any] = {"result": result}
    if error:
        message["exceptionType"] = "Error"
    return events.event(EventType.EVENT_RAISED, Name=request.id, Input=json.dumps(message))
