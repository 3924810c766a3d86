"""A Durable orchestration context without Durable: runs a saga against a script of activities."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Orchestrator = Callable[[Any], Generator[Any, Any, Any]]


class ActivityFailed(Exception):
    """Reaches the saga as the Durable extension words it."""

    def __init__(self, name: str, error: str = "Unavailable: cosmos-db is not available") -> None:
        super().__init__(f"Activity function '{name}' failed:  {error}\nStack: ... \n details")


@dataclass(frozen=True)
class ActivityCall:
    """What the orchestrator yields to have an activity run."""

    name: str
    step: dict[str, Any]


@dataclass
class Timer:
    """What the orchestrator yields to wait."""

    until: datetime
    cancelled: bool = False

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self.cancelled = True


@dataclass(frozen=True)
class ExternalEvent:
    """What the orchestrator yields to be told something."""

    name: str


@dataclass(frozen=True)
class FirstOf:
    """What the orchestrator yields to have the first of several things."""

    timer: Timer
    event: ExternalEvent


@dataclass
class ScriptedContext:
    """Drives an orchestrator; *activity* answers each call, or raises as the activity would.

    Time is virtual: a timer moves it. ``calls``, their ``steps``, and ``pauses`` are what it did.
    """

    saga_input: Any
    activity: Callable[[str, dict[str, Any]], Any]
    instance_id: str = "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60"
    current_utc_datetime: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    calls: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[timedelta] = field(default_factory=list)
    raised: int = 0
    """How many events are there for whoever waits for one."""

    def get_input(self) -> Any:
        return self.saga_input

    def call_activity(self, name: str, step: dict[str, Any]) -> ActivityCall:
        return ActivityCall(name, dict(step))

    def create_timer(self, fire_at: datetime) -> Timer:
        return Timer(fire_at)

    def wait_for_external_event(self, name: str) -> ExternalEvent:
        return ExternalEvent(name)

    def task_any(self, tasks: list[Any]) -> FirstOf:
        timer, event = tasks
        return FirstOf(timer, event)

    def run(self, orchestrator: Orchestrator) -> Any:
        """The orchestrator's output; what it raises is raised."""
        story = orchestrator(self)
        resume: Callable[[], Any] = lambda: next(story)  # noqa: E731
        while True:
            try:
                task = resume()
            except StopIteration as end:
                return end.value
            resume = self._resumption(story, task)

    def _resumption(self, story: Generator[Any, Any, Any], task: Any) -> Callable[[], Any]:
        if isinstance(task, FirstOf) and self.raised:
            self.raised -= 1
            return lambda: story.send(task.event)
        if isinstance(task, FirstOf):
            timer = task.timer
            self.pauses.append(timer.until - self.current_utc_datetime)
            self.current_utc_datetime = timer.until
            return lambda: story.send(timer)
        if isinstance(task, Timer):
            self.pauses.append(task.until - self.current_utc_datetime)
            self.current_utc_datetime = task.until
            return lambda: story.send(None)
        self.calls.append(task.name)
        self.steps.append(task.step)
        try:
            answer = self.activity(task.name, task.step)
        except ActivityFailed as fault:
            failure = fault  # the except clause unbinds its own name
            return lambda: story.throw(failure)
        return lambda: story.send(answer)
