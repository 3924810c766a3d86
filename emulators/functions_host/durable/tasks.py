"""The tree of things an orchestration waits for, built from its actions."""

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from emulators.functions_host.durable.actions import Action, ActionType
from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.events import EventType, read_time, wire_time

# The name under which history has durable HTTP calls (HttpOptions.cs).
HTTP_ACTIVITY = "BuiltIn::HttpActivity"


class OrchestrationError(Exception):
    """The orchestration asks for what cannot be done; it fails with this text."""


class Task(Protocol):
    """Anything the host awaits before it goes on to the next action."""

    @property
    def done(self) -> bool:
        """Whether the await is over, well or badly."""
        ...

    def leaves(self) -> "Iterator[Leaf]":
        """The tasks without children, depth first: the order in which ids are given out."""
        ...

    def takes(self, action: Action) -> bool:
        """Take *action* as the newest form of the one this was built from, if it is that."""
        ...


class _Fixed:
    """A task whose action never changes."""

    __slots__ = ()
    action: Action

    def takes(self, action: Action) -> bool:
        return action == self.action


@dataclass(slots=True)
class Call(_Fixed):
    """An activity or sub-orchestration, with all its attempts."""

    action: Action
    kind: EventType
    id: int = -1
    attempts: int = 1
    done: bool = False

    def leaves(self) -> "Iterator[Leaf]":
        yield self

    @property
    def name(self) -> str:
        name: str = self.action.get("functionName", HTTP_ACTIVITY)
        return name

    @property
    def input(self) -> str:
        """What the activity or sub-orchestration receives, JSON text."""
        request = self.action.get("httpRequest")
        return str(self.action["input"]) if request is None else json.dumps(request)

    @property
    def max_attempts(self) -> int:
        options = self.action.get("retryOptions")
        return int(options["maxNumberOfAttempts"]) if options else 1

    @property
    def retries(self) -> bool:
        return "retryOptions" in self.action

    @property
    def retry_delay(self) -> timedelta:
        """The pause before the next attempt; none after the last one.

        DurableTask.Core still sets a timer after the last failed attempt, due at once, and the
        SDK reports the failure only when that one has fired.
        """
        if self.attempts >= self.max_attempts:
            return timedelta()
        milliseconds = self.action["retryOptions"]["firstRetryIntervalInMilliseconds"]
        return timedelta(milliseconds=milliseconds)


@dataclass(slots=True)
class Timer:
    """A durable timer; cancelling it only flips a flag on its action."""

    action: Action
    id: int = -1
    fired: bool = False

    @property
    def cancelled(self) -> bool:
        return bool(self.action["isCanceled"])

    @property
    def done(self) -> bool:
        return self.fired or self.cancelled

    @property
    def fire_at(self) -> str:
        return wire_time(read_time(self.action["fireAt"]))

    def leaves(self) -> "Iterator[Leaf]":
        yield self

    def takes(self, action: Action) -> bool:
        if {**action, "isCanceled": None} != {**self.action, "isCanceled": None}:
            return False
        self.action = action
        return True


@dataclass(slots=True)
class EventWait(_Fixed):
    """A wait for an external event; host-side names ignore case, *spelled* has the app's."""

    action: Action
    done: bool = False

    @property
    def spelled(self) -> str:
        spelled: str = self.action["externalEventName"]
        return spelled

    @property
    def name(self) -> str:
        return self.spelled.lower()

    def leaves(self) -> "Iterator[Leaf]":
        yield self


@dataclass(slots=True)
class EntityMessage(_Fixed):
    """An operation of an entity: a call waits for its answer, a signal for nothing."""

    action: Action
    id: int = -1
    answered: bool = False

    @property
    def signal(self) -> bool:
        return bool(self.action["actionType"] == ActionType.SIGNAL_ENTITY)

    @property
    def done(self) -> bool:
        return self.signal or self.answered

    @property
    def entity(self) -> EntityId:
        return EntityId.parse(self.action["instanceId"])

    def leaves(self) -> "Iterator[Leaf]":
        yield self


@dataclass(slots=True)
class Compound:
    """WhenAll or WhenAny. WhenAll goes on waiting for siblings of a failed task, as .NET does."""

    any: bool
    children: list[Task]
    _finished: int = 0

    @property
    def done(self) -> bool:
        if self.any and self.children:
            return any(child.done for child in self.children)
        # Nothing that is done is undone, so a wide fan-in looks at each child about once.
        while self._finished < len(self.children) and self.children[self._finished].done:
            self._finished += 1
        return self._finished == len(self.children)

    def leaves(self) -> "Iterator[Leaf]":
        for child in self.children:
            yield from child.leaves()

    @property
    def is_plain(self) -> bool:
        """Whether all children are calls without retries."""
        return all(isinstance(child, Call) and not child.retries for child in self.children)

    def lacks(self, finished: Container[int | None]) -> bool:
        """Whether it is not over with the calls that have the ids in *finished*."""
        return any(
            isinstance(child, Call) and not child.done and child.id not in finished
            for child in self.children
        )

    def takes(self, action: Action) -> bool:
        kind = ActionType.WHEN_ANY if self.any else ActionType.WHEN_ALL
        newest = action.get("compoundActions", ())
        if action["actionType"] != kind or len(newest) != len(self.children):
            return False
        return all(map(lambda child, one: child.takes(one), self.children, newest))


@dataclass(slots=True)
class Immediate(_Fixed):
    """Continue-as-new, which nothing waits for."""

    action: Action
    done: bool = True

    def leaves(self) -> "Iterator[Leaf]":
        yield from ()


Leaf = Call | Timer | EntityMessage | EventWait

_CALLS = {
    ActionType.CALL_ACTIVITY: EventType.TASK_SCHEDULED,
    ActionType.CALL_ACTIVITY_WITH_RETRY: EventType.TASK_SCHEDULED,
    ActionType.CALL_SUB_ORCHESTRATOR: EventType.SUB_ORCHESTRATION_INSTANCE_CREATED,
    ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY: EventType.SUB_ORCHESTRATION_INSTANCE_CREATED,
}


def build_task(action: Action) -> Task:
    """The task *action* stands for.

    Raises:
        OrchestrationError: this emulator has no such action.
    """
    try:
        kind = ActionType(action["actionType"])
    except ValueError as error:
        raise OrchestrationError(_unsupported(f"action type {action['actionType']}")) from error
    if kind in _CALLS:
        return Call(action, _CALLS[kind])
    if kind is ActionType.CREATE_TIMER:
        return Timer(action)
    if kind in (ActionType.CALL_ENTITY, ActionType.SIGNAL_ENTITY):
        return EntityMessage(action)
    if kind is ActionType.CALL_HTTP:
        return _http_call(action)
    if kind is ActionType.WAIT_FOR_EXTERNAL_EVENT:
        return EventWait(action)
    if kind in (ActionType.WHEN_ANY, ActionType.WHEN_ALL):
        children = [build_task(child) for child in action["compoundActions"]]
        return Compound(any=kind is ActionType.WHEN_ANY, children=children)
    return Immediate(action)


def _http_call(action: Action) -> Call:
    """*action*, a durable HTTP call, as the call of the built-in activity that it is.

    Raises:
        OrchestrationError: it wants a token of a managed identity, which only Azure can give.
    """
    if action["httpRequest"].get("tokenSource"):
        raise OrchestrationError(_unsupported("tokenSource (managed identity) in call_http"))
    return Call(action, EventType.TASK_SCHEDULED)


def _unsupported(what: str) -> str:
    return f"emulators.functions_host does not support {what}"
