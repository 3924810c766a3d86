"""Microsoft's in-memory Durable Task backend with the shapes of ``durable_app``.

``python -m benchmarks.durabletask_side backend|worker PORT``; two processes, because that is how
it is fastest: in one they share an interpreter lock.
"""

import logging
import signal
import sys
from collections.abc import Generator
from typing import Any

from durabletask import task
from durabletask.testing import create_test_backend
from durabletask.worker import TaskHubGrpcWorker

from emulators.serving import LOOPBACK

Steps = Generator[task.Task[Any], Any, Any]


def chain(context: task.OrchestrationContext, count: int) -> Steps:
    """As many activities as the input says, one after the other."""
    value = 0
    for _ in range(count):
        value = yield context.call_activity(step, input=value)
    return value


def fan_out(context: task.OrchestrationContext, count: int) -> Steps:
    """As many activities as the input says, all at once."""
    steps: list[task.Task[Any]] = [context.call_activity(step, input=n) for n in range(count)]
    results = yield task.when_all(steps)
    return sum(results)


def event_loop(context: task.OrchestrationContext, count: int) -> Steps:
    """Wait for the same event as often as the input says."""
    total = 0
    for _ in range(count):
        total += yield context.wait_for_external_event("tick")
    return total


def step(_: task.ActivityContext, number: int) -> int:
    """The smallest piece of work that has a result."""
    return number + 1


def quiet() -> logging.Logger:
    """What keeps the library from a line of log per step, which would slow it down."""
    logger = logging.getLogger("durabletask-quiet")
    logger.setLevel(logging.ERROR)
    return logger


def main() -> None:
    """Serve until stopped."""
    role, port = sys.argv[1], int(sys.argv[2])
    if role == "backend":
        create_test_backend(port)
    else:
        worker = TaskHubGrpcWorker(host_address=f"{LOOPBACK}:{port}", logger=quiet())
        for orchestrator in (chain, fan_out, event_loop):
            worker.add_orchestrator(orchestrator)
        worker.add_activity(step)
        worker.start()  # type: ignore[no-untyped-call]
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
