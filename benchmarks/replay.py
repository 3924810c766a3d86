"""What replaying an orchestrator costs the SDK alone, with no host around it.

The Durable Functions SDK runs an orchestrator from its beginning at every step, so a step costs
more the longer the history is; no host that replays can be faster. It is given the very text that
a host gives it, each event with a time of its own. The times of past events are remembered here, as
in a worker of the host: without that, the SDK needs several times as long.
"""

import gc
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count, pairwise
from statistics import fmean, median
from typing import Any

from azure.functions import OrchestrationContext

from benchmarks.durable_app.function_app import app
from emulators.functions_host.worker import timestamps

# DurableTask.Core.History.EventType
_EXECUTION_STARTED, _TASK_SCHEDULED, _TASK_COMPLETED = 0, 4, 5
_ORCHESTRATOR_STARTED, _ORCHESTRATOR_COMPLETED = 12, 13
_BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
_PARTS = 4
_REPEATS = 3

Handle = Callable[[OrchestrationContext], str]


def chain_replay_ms(length: int) -> float:
    """Milliseconds of replay per step of a chain of *length* steps.

    The cost grows evenly, so the mean over all its steps is that over some of them.
    """
    handle = _handles()["chain"]
    steps = [length * part // _PARTS for part in range(_PARTS + 1)]
    costs = [_milliseconds(handle, _context(length, done)) for done in steps]
    return fmean((one + other) / 2 for one, other in pairwise(costs))


@cache
def _handles() -> dict[str, Handle]:
    timestamps.remember()
    gc.collect()
    gc.freeze()
    # An app gives its functions out once.
    return {str(one.get_function_name()): one.get_user_function() for one in app.get_functions()}


def _milliseconds(handle: Handle, text: str) -> float:
    context = OrchestrationContext(text)
    taken = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        handle(context)
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


def _context(length: int, done: int) -> str:
    """What a host hands the orchestrator once *done* of *length* activities are over."""
    return json.dumps(
        {
            "history": list(_history(str(length), done)),
            "input": str(length),
            "instanceId": "chain",
            "parentInstanceId": None,
            "isReplaying": done > 0,
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 2,
        },
        separators=(",", ":"),
    )


def _history(input_: str, done: int) -> Iterator[dict[str, Any]]:
    times = (_BEGAN + timedelta(milliseconds=number) for number in count())
    for event in _events(input_, done):
        time_ = next(times).replace(tzinfo=None).isoformat(timespec="microseconds")
        yield event | {"Timestamp": f"{time_}0Z"}


def _events(input_: str, done: int) -> Iterator[dict[str, Any]]:
    yield _event(_ORCHESTRATOR_STARTED)
    yield _event(_EXECUTION_STARTED, Name="chain", Version=None, Input=json.dumps(input_))
    for number in range(done):
        yield _event(_TASK_SCHEDULED, number, Name="step", Version=None, Input=None)
        yield _event(_ORCHESTRATOR_COMPLETED)
        yield _event(_ORCHESTRATOR_STARTED)
        yield _event(_TASK_COMPLETED, TaskScheduledId=number, Result=str(number + 1))


def _event(kind: int, event_id: int = -1, **fields: Any) -> dict[str, Any]:
    return {"EventType": kind, "EventId": event_id, "IsPlayed": True, "Timestamp": ""} | fields
