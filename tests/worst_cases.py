"""How long each step of each saga may take at worst, found by running the sagas.

``python -m tests.worst_cases`` prints the table of docs/retries.md.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

import activities
from orchestrations import retries
from orchestrations.fulfil_order import fulfil_order
from orchestrations.refund_order import refund_order
from orchestrations.renew_authorization import renew_authorization
from orchestrations.retries import RetryPolicy
from orchestrations.settle_order import settle_order
from orchestrations.ship_order import ship_order
from shared import durable_contract as names
from tests.scripted_context import ActivityFailed, Orchestrator, ScriptedContext

ORDER = {"orderId": "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60", "lineCount": 1}

# Every saga, with inputs that lead to all of its steps. One of its own, await_event, waits for an
# event and not for a fault: docs/retries.md tells of it apart.
SAGAS: dict[str, tuple[Orchestrator, list[dict[str, Any]]]] = {
    names.FULFIL_ORDER: (fulfil_order, [ORDER | {"flags": {}, "reviewHours": 0.1}]),
    names.SETTLE_ORDER: (
        settle_order,
        [ORDER | {"status": status, "reason": "a-reason"} for status in ("Cancelled", "Rejected")],
    ),
    names.SHIP_ORDER: (ship_order, [ORDER | {"collect": True, "attempt": 2}]),
    names.REFUND_ORDER: (refund_order, [ORDER | {"refundId": "refund-1", "restockLines": 1}]),
    names.RENEW_AUTHORIZATION: (
        renew_authorization,
        [ORDER | {"renewal": 1, "paymentId": "pi_1", "attempt": 2}],
    ),
}
OF_ITS_OWN = {names.AWAIT_EVENT}

DONE = {
    "outcome": "done",
    "paymentId": "pi_1",
    "release": True,
    "deadline": "2026-11-23T12:06:00+00:00",
}
POSTPONED = {"outcome": "postponed", "retryAfterSeconds": 1}
# Both lead to an end of their own.
REFUSALS = ("payment-declined", names.CANCELLED)

_MOST_CALLS = 10_000

Answers = Callable[[str], Any]


@dataclass(frozen=True)
class Host:
    """What host.json says of repeating and of running long."""

    executions: int
    pauses_seconds: float
    timeout_seconds: float

    @classmethod
    def configured(cls) -> "Host":
        """As it is deployed."""
        host = json.loads(Path("host.json").read_text())
        repeats = host["retry"]["maxRetryCount"]
        longest = _seconds(host["retry"]["maximumInterval"])
        return cls(repeats + 1, repeats * longest, _seconds(host["functionTimeout"]))


class _Watched(ScriptedContext):
    """Notes when each activity is called, in seconds."""

    def __init__(self, saga_input: Any, activity: Callable[[str, Any], Any]) -> None:
        self.moments: dict[str, list[float]] = {}
        super().__init__(saga_input, self._noted)
        self._answer = activity

    def _noted(self, name: str, step: Any) -> Any:
        called = self.moments.setdefault(name, [])
        called.append(self.current_utc_datetime.timestamp())
        assert len(called) < _MOST_CALLS, f"{name} is repeated for ever"
        return self._answer(name, step)


@dataclass(frozen=True)
class Way:
    """A saga with an input, and what its activities answer."""

    orchestrator: Orchestrator
    saga_input: Any
    answers: Answers

    def run(self) -> "_Watched":
        """The saga, run to its end."""
        story = _Watched(self.saga_input, lambda name, _: _given(self.answers(name)))
        with suppress(ActivityFailed, retries.StillPostponed):
            story.run(self.orchestrator)
        return story

    def tried(self, step: str, answer: Any) -> tuple[int, float]:
        """How often *step* is called if it always gives *answer*, and over how many seconds."""
        moments = replace(self, answers=_but(self.answers, step, answer)).run().moments[step]
        return len(moments), moments[-1] - moments[0]


@dataclass(frozen=True)
class WorstCase:
    """A step that never works: how often it is tried, and for how long."""

    saga: str
    step: str
    policy: str
    attempts: int
    executions: int
    pauses_seconds: float
    """All of them, the host's too."""
    longest_seconds: float
    """The same with every execution running until the host ends it."""
    postponed_seconds: float
    """What may come on top, while a service is left alone."""

    def row(self) -> str:
        """As a row of the table."""
        cells = (
            f"`{self.saga}`",
            f"`{self.step}`",
            f"`{self.policy}`",
            str(self.attempts),
            str(self.executions),
            f"{self.pauses_seconds / 60:.0f} min",
            f"{self.longest_seconds / 3600:.1f} h",
            f"{self.postponed_seconds / 3600:.0f} h" if self.postponed_seconds else "",
        )
        return "| " + " | ".join(cells) + " |"


def worst_cases() -> list[WorstCase]:
    """Of every step of every saga, in the order in which they come."""
    host = Host.configured()
    with _without_jitter():
        return [
            _worst_case(saga, step, way, host)
            for saga in SAGAS
            for step, way in _reached(saga).items()
        ]


def _reached(saga: str) -> dict[str, Way]:
    """The steps of a saga, each with a way that leads to it."""
    orchestrator, inputs = SAGAS[saga]
    return {
        step: Way(orchestrator, saga_input, answers)
        for saga_input in reversed(inputs)
        for step, answers in _reached_with(orchestrator, saga_input).items()
    }


def _reached_with(orchestrator: Orchestrator, saga_input: Any) -> dict[str, Answers]:
    reached: dict[str, Answers] = {}
    untried: list[Answers] = [lambda _: DONE]
    while untried:
        answers = untried.pop(0)
        for step in Way(orchestrator, saga_input, answers).run().moments:
            if step not in reached:
                reached[step] = answers
                untried += [_but(answers, step, _refused(reason)) for reason in REFUSALS]
                untried += [
                    _but(_but(answers, first, _refused(reason)), step, ActivityFailed(step))
                    for first, reason in product(reached, REFUSALS)
                    if first != step
                ]
                untried.append(_but(answers, step, ActivityFailed(step)))
    return reached


def _worst_case(saga: str, step: str, way: Way, host: Host) -> WorstCase:
    attempts, pauses = way.tried(step, ActivityFailed(step))
    executions = attempts * host.executions
    pauses += attempts * host.pauses_seconds
    postponed = 0.0
    if step in postponable_activities():
        _, postponed = way.tried(step, POSTPONED)
    return WorstCase(
        saga,
        step,
        _policy_with(attempts),
        attempts,
        executions,
        pauses,
        pauses + executions * host.timeout_seconds,
        postponed,
    )


def _but(answers: Answers, step: str, answer: Any) -> Answers:
    return lambda name: answer if name == step else answers(name)


def _given(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _refused(reason: str) -> dict[str, str]:
    return {"outcome": "refused", "reason": reason}


def _policy_with(attempts: int) -> str:
    """The name of the policy with so many attempts."""
    (name,) = [
        name
        for name, policy in vars(retries).items()
        if isinstance(policy, RetryPolicy) and policy.attempts == attempts
    ]
    return name


@contextmanager
def _without_jitter() -> Iterator[None]:
    """Pauses at their longest."""

    def longest(policy: RetryPolicy, attempt: int, _: str) -> float:
        return min(policy.cap_seconds, policy.first_seconds * 2.0 ** (attempt - 1))

    with mock.patch.object(RetryPolicy, "delay_seconds", longest):
        yield


def activity_names() -> set[str]:
    """Every activity there is; it has the name of its method."""
    return {name for name, _ in _activity_methods()}


def postponable_activities() -> set[str]:
    """Those that may answer that nothing was tried."""
    return {name for name, method in _activity_methods() if hasattr(method, "is_postponable")}


def _activity_methods() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.iter_modules(activities.__path__, "activities."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and kind.__name__.endswith("Activities"):
                for name, method in vars(kind).items():
                    if not name.startswith("_"):
                        yield name, method


def _seconds(span: str) -> float:
    hours, minutes, seconds = map(int, span.split(":"))
    return float(hours * 3600 + minutes * 60 + seconds)


if __name__ == "__main__":
    print("\n".join(case.row() for case in worst_cases()))  # noqa: T201
