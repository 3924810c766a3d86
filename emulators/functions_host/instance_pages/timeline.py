"""A history as what a person wants to see: steps with a beginning, an end and an outcome.

Attempts of a call with retries make one step. History does not say that a call is another's
retry; it is taken for one if it has the name of a call that failed, and was made when a timer
fired that was set upon that failure.
"""

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime

from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest
from emulators.functions_host.durable.events import Event, EventType, read_time
from emulators.functions_host.instance_pages.steps import (
    Kind,
    Row,
    State,
    Step,
    answer_request,
    call_row,
    request_row,
)

_CALLS = (EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_INSTANCE_CREATED)
_FAILURES = (EventType.TASK_FAILED, EventType.SUB_ORCHESTRATION_INSTANCE_FAILED)

_MOMENTS = {
    EventType.EXECUTION_TERMINATED: "terminated",
    EventType.EXECUTION_REWOUND: "rewound",
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """All steps of the current execution, by their beginning.

    *awaited_events* are the names of the external events it waited for when it last stopped.
    """

    steps: tuple[Step, ...]
    start: datetime
    end: datetime
    awaited_events: tuple[str, ...]

    @property
    def children(self) -> tuple[Row, ...]:
        """Every sub-orchestration, each attempt on its own."""
        return tuple(row for step in self.steps for row in step.rows if row.child)


def build_timeline(
    history: Iterable[Event], *, pending_timers: Set[int], active: bool, now: datetime
) -> Timeline | None:
    """The timeline of an execution at *now*; nothing if its history is empty.

    *active* says whether the instance can still change, *pending_timers* which timers may fire.
    """
    walk = _Walk()
    for event in history:
        walk.see(event)
    if walk.start is None:
        return None
    walk.settle_timers(pending_timers, now)
    walk.fold_pauses()
    if not active:
        walk.give_up()
    end = now if active else walk.latest
    steps = tuple(step for step in walk.steps if not step.hidden)
    return Timeline(steps, walk.start, end or walk.start, walk.awaited)


@dataclass(slots=True)
class _Walk:
    """What is known after each event of a history."""

    start: datetime | None = None
    latest: datetime | None = None
    awaited: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)
    _by_id: dict[int, Step] = field(default_factory=dict)
    _timers: dict[int, Step] = field(default_factory=dict)
    # Calls of entities, by the ids of their requests, which name the events that answer them.
    _asked: dict[str, Row] = field(default_factory=dict)
    # Timers set upon a failure, with the call that failed.
    _pauses: dict[int, Step] = field(default_factory=dict)
    _retrying: bool = False
    _suspended: Row | None = None
    # Of the current episode: calls that failed, and pauses that were over.
    _failed: list[Step] = field(default_factory=list)
    _over: list[int] = field(default_factory=list)

    def see(self, event: Event) -> None:
        kind, at = event["EventType"], read_time(event["Timestamp"])
        self.start = self.start or at
        self.latest = at
        if kind == EventType.TIMER_CREATED:
            self._set_timer(event, at)
        elif kind in _CALLS:
            self._by_id[event["EventId"]] = self._call(call_row(event, at))
        elif kind == EventType.EVENT_SENT:
            self._send(event, at)
        elif kind == EventType.TIMER_FIRED:
            self._fire(event["TimerId"], at)
        elif "TaskScheduledId" in event:
            self._finish(event, at, failed=kind in _FAILURES)
        elif kind == EventType.ORCHESTRATOR_COMPLETED:
            self._end_episode(event)
        else:
            self._mark(event, at)

    def settle_timers(self, pending: Set[int], now: datetime) -> None:
        """Mark what will not fire; history does not record that a timer was cancelled."""
        for timer_id, step in self._timers.items():
            timer = step.last
            # A timer is pending no more when it fires, a moment before history knows.
            late = timer.due is not None and timer.due <= now
            if timer.state is State.OPEN and timer_id not in pending and not late:
                timer.state = State.CANCELLED

    def fold_pauses(self) -> None:
        """Make an open pause part of its call, and hide the one after the last attempt.

        The SDK sets that one to be due at once.
        """
        for timer_id, call in self._pauses.items():
            step = self._timers[timer_id]
            timer = step.last
            if timer.due is not None and timer.due <= timer.start:
                step.hidden = True
            elif timer.state is State.OPEN and self._retrying:
                step.hidden = True
                call.pause = timer

    def give_up(self) -> None:
        """Nothing that is open now will be heard of."""
        for step in self.steps:
            step.pause = None
            if step.last.state is State.OPEN:
                timer = step.last.kind is Kind.TIMER
                step.last.state = State.CANCELLED if timer else State.UNHEARD

    def _set_timer(self, event: Event, at: datetime) -> None:
        step = self._add(Row(Kind.TIMER, "timer", at, due=read_time(event["FireAt"])))
        self._timers[event["EventId"]] = step
        if self._failed:
            self._pauses[event["EventId"]] = self._failed.pop(0)

    def _call(self, row: Row) -> Step:
        for timer_id in self._over:
            step = self._pauses[timer_id]
            if (step.last.kind, step.last.name) == (row.kind, row.name):
                self._over.remove(timer_id)
                del self._pauses[timer_id]
                self._timers[timer_id].hidden = True
                step.rows.append(row)
                return step
        return self._add(row)

    def _add(self, row: Row) -> Step:
        step = Step([row])
        self.steps.append(step)
        return step

    def _send(self, event: Event, at: datetime) -> None:
        request = EntityRequest.from_json(EntityId.parse(event["InstanceId"]), event["Input"])
        row = request_row(request, at)
        self._add(row)
        if not request.signal:
            self._asked[request.id] = row

    def _finish(self, event: Event, at: datetime, *, failed: bool) -> None:
        step = self._by_id.get(event["TaskScheduledId"])
        if step is None:
            return
        step.last.end = at
        step.last.state = State.FAILED if failed else State.DONE
        step.last.result = event.get("Result")
        if failed:
            step.last.failure = str(event.get("Reason") or "")
            self._failed.append(step)

    def _fire(self, timer_id: int, at: datetime) -> None:
        if timer_id in self._timers:
            row = self._timers[timer_id].last
            row.end, row.state = at, State.DONE
        if timer_id in self._pauses:
            self._over.append(timer_id)

    def _end_episode(self, event: Event) -> None:
        # Missing where the orchestrator did not run, as when it is suspended.
        # An episode without actions is a note, of a suspension say: what was awaited still is.
        if event.get("Actions"):
            self.awaited = tuple(event.get("Awaits", ()))
        self._retrying = bool(event.get("Retrying"))
        self._failed.clear()
        self._over.clear()

    def _mark(self, event: Event, at: datetime) -> None:
        kind, text = event["EventType"], event.get("Input")
        reason = json.dumps(event.get("Reason", text))
        if kind == EventType.EVENT_RAISED and event["Name"] in self._asked:
            answer_request(self._asked.pop(event["Name"]), event["Input"], at)
        elif kind == EventType.EVENT_RAISED:
            self._add(Row(Kind.EVENT, event["Name"], at, at, State.DONE, text))
        elif kind in _MOMENTS:
            self._add(Row(Kind.CONTROL, _MOMENTS[kind], at, at, State.DONE, reason))
        elif kind == EventType.EXECUTION_SUSPENDED:
            self._suspended = Row(Kind.CONTROL, "suspended", at, result=reason)
            self._add(self._suspended)
        elif kind == EventType.EXECUTION_RESUMED and self._suspended is not None:
            self._suspended.end, self._suspended.state = at, State.DONE
            self._suspended = None
