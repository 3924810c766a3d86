"""The host's half of an orchestration: what its actions mean for its history.

The extension replays the action list in .NET, one action at a time, awaiting each before it starts
the next (OutOfProcOrchestrationShim.cs). This does the same over the recorded events, and so finds
which work is new, which is still open, and whether the instance may end.

Ids follow the SDK: one counter, taken depth first as actions appear, and by retries as their
attempts fail. ``OrchestratorCompleted`` rows carry ``Actions``, the length of the action list at
that time, so that every later replay gives every task the same id again.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from emulators.functions_host.durable.actions import Action, ActionType, OrchestratorResult
from emulators.functions_host.durable.decisions import Decision, Outcome, Scheduled
from emulators.functions_host.durable.determinism import departure
from emulators.functions_host.durable.events import (
    SCHEDULED,
    Event,
    EventType,
    read_time,
    wire_time,
)
from emulators.functions_host.durable.tasks import (
    Call,
    Compound,
    EntityMessage,
    EventWait,
    Leaf,
    OrchestrationError,
    Task,
    Timer,
    build_task,
)

_EPISODE = EventType.ORCHESTRATOR_STARTED
_SUCCESSES = (
    EventType.TASK_COMPLETED,
    EventType.SUB_ORCHESTRATION_INSTANCE_COMPLETED,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What limits an orchestration from outside: the app's functions and host.json.

    *refusal* says why a call cannot be made, or nothing when it can.
    """

    refusal: Callable[[Call | EntityMessage], str | None]
    max_actions: int


@dataclass(slots=True)
class Replay:
    """A walk over an execution's history, episode by episode.

    It can be kept from one episode to the next, and then sees each event once; made anew, it is
    given the whole history and comes to the same.
    """

    name: str
    rules: Rules
    _result: OrchestratorResult = field(default_factory=lambda: OrchestratorResult([]))
    _tasks: list[Task] = field(default_factory=list)
    _revealed: int = 0
    _position: int = 0
    _next_id: int = 0
    _now: str = ""
    _invoked: bool = False
    _fault: str | None = None
    _departure: str | None = None
    _emitted: dict[int, Scheduled] = field(default_factory=dict)
    _fresh: dict[int, Scheduled] = field(default_factory=dict)
    _recorded: dict[int, Event] = field(default_factory=dict)
    _unchecked: list[Event] = field(default_factory=list)
    _open: dict[int, Call | Timer] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)
    _waiting: defaultdict[str, list[EventWait]] = field(default_factory=lambda: defaultdict(list))
    _early: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def result(self) -> OrchestratorResult:
        """What the orchestrator answered last."""
        return self._result

    def waits_for_more(self, new: Iterable[Event]) -> bool:
        """Whether the orchestrator stands still with *new*, so that asking it is of no use.

        It does where the last thing it asked for is a WhenAll, all of *new* are results of that,
        and more are to come. A failure is another matter: the SDK goes on with the first one.
        """
        last = self._tasks[-1] if self._position == len(self._tasks) - 1 else None
        if not isinstance(last, Compound) or last.any or self._result.is_done or self._result.error:
            return False
        finished = [_succeeded(one) for one in new if one["EventType"] != _EPISODE]
        return None not in finished and last.is_plain and last.lacks(finished)

    def accepts(self, result: OrchestratorResult) -> bool:
        """Whether *result* goes on where the last one stood; else the walk has to begin anew."""
        if self._fault is not None or result.crashed or len(result.actions) < len(self._tasks):
            return False
        # Mostly the very same objects, which a list sees at once; every task has taken its action.
        if result.actions[: len(self._tasks)] == self._result.actions:
            return True
        return all(map(_takes, self._tasks, result.actions))

    def step(
        self, result: OrchestratorResult, new: Iterable[Event], past: Iterable[Event] = ()
    ) -> Decision:
        """Walk *past*, of which a walk made anew has seen nothing, then *new*, and decide.

        What the history then records is to be told to :meth:`settle`.
        """
        self._take(result)
        for one in past:
            self._observe(one)
        # Retries take ids when their attempts fail, which is before later tasks appear.
        if not self.retrying:
            self._reveal(len(self._tasks))
            self._advance()
        unused = [one for one in new if not self._use(one)]
        self._reveal(len(self._tasks))
        self._advance()
        cancelled = self._close_cancelled_timers()
        self._check_determinism()
        scheduled, self._fresh = list(self._fresh.values()), {}
        return Decision(scheduled, cancelled, self._next_id, self._outcome(), unused)

    def _use(self, one: Event) -> bool:
        """Observe *one*, unless it is an event and the orchestrator has ended before it came."""
        over = self._result.is_done and self._position == len(self._tasks)
        if over and one["EventType"] == EventType.EVENT_RAISED:
            return False
        self._observe(one)
        return True

    def settle(self, rows: Iterable[Event]) -> None:
        """See the rows that the last step has added to the history."""
        for row in rows:
            self._observe(row)

    def _take(self, result: OrchestratorResult) -> None:
        self._result = result
        if result.crashed:
            self._fault = result.error
        try:
            self._tasks += [build_task(action) for action in result.actions[len(self._tasks) :]]
        except OrchestrationError as fault:
            self._fault = str(fault)

    @property
    def retrying(self) -> bool:
        """Whether a call that may be retried is open."""
        return any(isinstance(one, Call) and one.retries for one in self._open.values())

    @property
    def awaited_events(self) -> list[str]:
        """The external events without which the current action is not over."""
        current = self._tasks[self._position : self._revealed][:1]
        return [
            leaf.spelled
            for task in current
            for leaf in task.leaves()
            if isinstance(leaf, EventWait) and not leaf.done
        ]

    def _observe(self, one: Event) -> None:
        kind = one["EventType"]
        if kind == EventType.ORCHESTRATOR_STARTED:
            self._now = one["Timestamp"]
        elif kind in SCHEDULED:
            self._record(one)
        elif kind == EventType.ORCHESTRATOR_COMPLETED:
            self._reveal(one.get("Actions", 0))
            self._advance()
        elif kind == EventType.EVENT_RAISED:
            self._receive(one["Name"])
            self._advance()
        elif kind == EventType.TIMER_FIRED:
            self._fire(one["TimerId"])
            self._advance()
        elif "TaskScheduledId" in one:
            failed = kind in (
                EventType.TASK_FAILED,
                EventType.SUB_ORCHESTRATION_INSTANCE_FAILED,
            )
            self._finish(one["TaskScheduledId"], failed)
            self._advance()

    def _record(self, row: Event) -> None:
        self._recorded[row["EventId"]] = row
        self._fresh.pop(row["EventId"], None)
        self._unchecked.append(row)
        if row["EventType"] == EventType.EVENT_SENT:
            self._asked[json.loads(row["Input"])["id"]] = row["EventId"]

    def _reveal(self, count: int) -> None:
        """Give ids to the tasks the orchestrator had asked for by this point."""
        for task in self._tasks[self._revealed : count]:
            for leaf in task.leaves():
                if not isinstance(leaf, EventWait):
                    leaf.id = self._take_id()
        self._revealed = max(self._revealed, min(count, len(self._tasks)))
        if self._next_id > self.rules.max_actions:
            self._fault = f"the orchestration has more than {self.rules.max_actions} actions"

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _advance(self) -> None:
        """Start actions, one by one, up to the first that is not over."""
        while self._fault is None and self._position < self._revealed:
            task = self._tasks[self._position]
            if not self._invoked:
                self._start(task)
            if not task.done:
                return
            self._position += 1
            self._invoked = False

    def _start(self, task: Task) -> None:
        try:
            for leaf in task.leaves():
                self._invoke(leaf)
        except OrchestrationError as fault:
            self._fault = str(fault)
        self._invoked = True

    def _invoke(self, leaf: Leaf) -> None:
        if isinstance(leaf, Call):
            if refusal := self.rules.refusal(leaf):
                raise OrchestrationError(refusal)
            self._emit(Scheduled(leaf.id, leaf.kind, leaf), leaf)
        elif isinstance(leaf, Timer):
            fire_at = leaf.fire_at
            self._emit(Scheduled(leaf.id, EventType.TIMER_CREATED, fire_at=fire_at), leaf)
        elif isinstance(leaf, EntityMessage):
            self._send(leaf)
        elif self._early[leaf.name]:
            self._early[leaf.name] -= 1
            leaf.done = True
        else:
            self._waiting[leaf.name].append(leaf)

    def _send(self, message: EntityMessage) -> None:
        if refusal := self.rules.refusal(message):
            raise OrchestrationError(refusal)
        # Not open: like a wait for an event, an answer that never comes holds no end back.
        self._schedule(Scheduled(message.id, EventType.EVENT_SENT, message))

    def _emit(self, work: Scheduled, waiter: Call | Timer) -> None:
        self._schedule(work)
        self._open[work.id] = waiter

    def _schedule(self, work: Scheduled) -> None:
        self._emitted[work.id] = work
        if work.id not in self._recorded:
            self._fresh[work.id] = work

    def _receive(self, name: str) -> None:
        """Take an event; one that is named by the id of a request is an entity's answer."""
        if name not in self._asked:
            self._raise(name.lower())
            return
        work = self._emitted.get(self._asked[name])
        if work is not None and isinstance(work.call, EntityMessage):
            work.call.answered = True

    def _raise(self, name: str) -> None:
        # Waiters form a stack, undelivered events a queue (DurableOrchestrationContext.cs).
        if self._waiting[name]:
            self._waiting[name].pop().done = True
        else:
            self._early[name] += 1

    def _finish(self, id_: int, failed: bool) -> None:
        call = self._open.pop(id_, None)
        if not isinstance(call, Call):
            return
        if not failed or not call.retries:
            call.done = True
            return
        fire_at = wire_time(read_time(self._now) + call.retry_delay)
        self._emit(Scheduled(self._take_id(), EventType.TIMER_CREATED, fire_at=fire_at), call)

    def _fire(self, id_: int) -> None:
        waiter = self._open.pop(id_, None)
        if isinstance(waiter, Timer):
            waiter.fired = True
        elif waiter is not None and waiter.attempts >= waiter.max_attempts:
            waiter.done = True
        elif waiter is not None:
            waiter.attempts += 1
            self._emit(Scheduled(self._take_id(), waiter.kind, waiter), waiter)

    def _close_cancelled_timers(self) -> list[int]:
        cancelled = [
            id_
            for id_, waiter in self._open.items()
            if isinstance(waiter, Timer) and waiter.cancelled
        ]
        for id_ in cancelled:
            del self._open[id_]
            if self._fresh.pop(id_, None):
                del self._emitted[id_]
        return cancelled

    def _check_determinism(self) -> None:
        if self._fault is not None:
            return
        unchecked, self._unchecked = self._unchecked, []
        for row in unchecked:
            if error := departure(row["EventId"], row, self._emitted.get(row["EventId"])):
                self._departure = error
                self._emitted, self._fresh, self._open = {}, {}, {}
                return

    def _outcome(self) -> Outcome | None:
        if self._departure is not None:
            # The engine's own error, which no orchestrator function raised.
            return Outcome("Failed", json.dumps(self._departure))
        if self._open or (self._fault is None and self._position < len(self._tasks)):
            return None
        error = self._fault or self._result.error
        if error is not None:
            text = f"Orchestrator function '{self.name}' failed: {error}"
            return Outcome("Failed", json.dumps(text))
        if not self._result.is_done:
            return None
        last = self._result.actions[-1] if self._result.actions else {}
        if last.get("actionType") == ActionType.CONTINUE_AS_NEW:
            return Outcome("ContinuedAsNew", json.dumps(last["input"]))
        output = self._result.output
        return Outcome("Completed", None if output is None else json.dumps(output))


def _takes(task: Task, action: Action) -> bool:
    return task.takes(action)


def _succeeded(one: Event) -> int | None:
    """The id of the work that *one* says has succeeded, if it says that."""
    return one.get("TaskScheduledId") if one["EventType"] in _SUCCESSES else None
