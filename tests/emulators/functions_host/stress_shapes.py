"""What the stress test runs: each shape with its input, its client's part and its certain end.

A new feature joins by a line in SHAPES and an orchestrator in ``apps/stress``.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.emulators.functions_host.stress_fleet import Subject

Drive = Callable[[Subject, int], Awaitable[None]]


async def _leave_alone(subject: Subject, number: int) -> None:
    """Most need nobody."""


async def _meet(subject: Subject, number: int) -> None:
    for name, data in (("c", number + 2), ("a", number), ("b", number + 1)):
        await subject.raise_event(name, data)


async def _approve(subject: Subject, number: int) -> None:
    await subject.raise_event("approved", 1)


async def _tick(subject: Subject, number: int) -> None:
    for _ in range(3):
        await subject.raise_event("tick", number)


async def _terminate(subject: Subject, number: int) -> None:
    await subject.terminate(f"reason {number}")


async def _pause(subject: Subject, number: int) -> None:
    await subject.suspend()
    await subject.raise_event("go", 1)
    await subject.resume()


def _number(number: int) -> Any:
    return number


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of instance; what is computed is computed from the instance's number."""

    name: str
    output: Callable[[int], Any]
    executions: Callable[[int], int]
    """Of activities, failed ones and those of sub-orchestrations included."""
    drive: Drive = _leave_alone
    input: Callable[[int], Any] = _number
    status: str = "Completed"


SHAPES = (
    Shape("chain", lambda n: n + 6, lambda _: 4),
    Shape("fan_out", lambda n: [n + step for step in range(5)], lambda _: 5),
    Shape("race", lambda n: n + 3, lambda _: 6),
    Shape("retried", lambda n: n, lambda n: n % 3 + 1),
    Shape("gives_up", lambda n: n - 1, lambda _: 3),
    Shape("parent", lambda n: [n + 6, n + 7], lambda _: 8),
    Shape("nap", lambda n: n + 1, lambda _: 1),
    Shape("meeting", lambda n: [n, n + 1, n + 2], lambda _: 0, _meet),
    Shape("approval", lambda n: n + 1, lambda _: 1, _approve),
    Shape("rounds", lambda n: n + 10, lambda _: 5, input=lambda n: [0, n]),
    Shape("ticks", lambda n: n, lambda _: 0, _tick, input=lambda n: [n, 3]),
    Shape("terminated", lambda n: f"reason {n}", lambda _: 1, _terminate, status="Terminated"),
    Shape("paused", lambda n: n + 2, lambda _: 2, _pause),
    Shape("mixed", lambda n: [n + 1, n, n + 6], lambda _: 7),
    Shape(
        "refused",
        lambda n: f"Orchestrator function 'refused' failed: {n} is refused",
        lambda _: 1,
        status="Failed",
    ),
)
