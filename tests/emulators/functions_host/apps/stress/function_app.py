"""The shapes of orchestrations that the stress test runs by the hundred.

Every activity says in a file that it runs, under a label that no other call has, so that the test
can count executions. No output depends on how often something ran.
"""
# mypy: ignore-errors
# ruff: noqa: D103

import os
import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

RECORD = Path(os.environ["RECORD_FILE"])
WORK_SECONDS = 0.005


def record(label: str) -> None:
    with RECORD.open("a") as file:
        file.write(f"{label}\n")


def attempts_so_far(label: str) -> int:
    """Count this attempt as well; what is counted outlives the process."""
    path = RECORD.with_name(f"attempts-{label.replace('/', '-')}")
    with path.open("a") as file:
        file.write(".")
    return path.stat().st_size


@app.activity_trigger(input_name="call")
def add(call: dict) -> int:
    record(call["label"])
    time.sleep(WORK_SECONDS)
    return sum(call["numbers"])


@app.activity_trigger(input_name="call")
async def add_soon(call: dict) -> int:
    record(call["label"])
    return sum(call["numbers"])


@app.activity_trigger(input_name="call")
def unsteady(call: dict) -> int:
    """Fail as often as the call says, then succeed."""
    record(call["label"])
    if attempts_so_far(call["label"]) <= call["failures"]:
        raise ValueError("not yet")
    return call["number"]


@app.activity_trigger(input_name="call")
def broken(call: dict) -> None:
    record(call["label"])
    raise ValueError("never")


def call_of(context, step, *numbers: int) -> dict:
    return {"label": f"{context.instance_id}/{step}", "numbers": numbers}


def retries(attempts: int) -> df.RetryOptions:
    return df.RetryOptions(first_retry_interval_in_milliseconds=20, max_number_of_attempts=attempts)


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):
    total = context.get_input()
    for step in range(4):
        total = yield context.call_activity("add", call_of(context, step, total, step))
    return total


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext):
    number = context.get_input()
    calls = [
        context.call_activity("add_soon", call_of(context, step, number, step)) for step in range(5)
    ]
    return (yield context.task_all(calls))


@app.orchestration_trigger(context_name="context")
def race(context: df.DurableOrchestrationContext):
    """The usual fan-in loop: handle each result as it comes."""
    pending = [context.call_activity("add", call_of(context, step, step)) for step in range(3)]
    total = context.get_input()
    while pending:
        winner = yield context.task_any(pending)
        pending.remove(winner)
        label = f"won-{winner.result}"
        total += yield context.call_activity("add_soon", call_of(context, label, winner.result))
    return total


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext):
    number = context.get_input()
    call = {"label": f"{context.instance_id}/0", "number": number, "failures": number % 3}
    return (yield context.call_activity_with_retry("unsteady", retries(4), call))


@app.orchestration_trigger(context_name="context")
def gives_up(context: df.DurableOrchestrationContext):
    number = context.get_input()
    try:
        yield context.call_activity_with_retry("broken", retries(2), call_of(context, 0))
    except Exception:
        number = yield context.call_activity("add", call_of(context, "undo", number, -1))
    return number


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    number = context.get_input()
    named = context.call_sub_orchestrator("chain", number, f"{context.instance_id}-child")
    unnamed = context.call_sub_orchestrator("chain", number + 1)
    return (yield context.task_all([named, unnamed]))


@app.orchestration_trigger(context_name="context")
def nap(context: df.DurableOrchestrationContext):
    number = context.get_input()
    for milliseconds in (50, 50 * (number % 7)):
        due = context.current_utc_datetime + timedelta(milliseconds=milliseconds)
        yield context.create_timer(due)
    return (yield context.call_activity("add", call_of(context, 0, number, 1)))


@app.orchestration_trigger(context_name="context")
def meeting(context: df.DurableOrchestrationContext):
    """Events of different names, so that one that is raised twice cannot stand for another."""
    guests = [context.wait_for_external_event(name) for name in ("a", "b", "c")]
    return (yield context.task_all(guests))


@app.orchestration_trigger(context_name="context")
def approval(context: df.DurableOrchestrationContext):
    number = context.get_input()
    deadline = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    approved = context.wait_for_external_event("approved")
    yield context.task_any([approved, deadline])
    deadline.cancel()
    return (yield context.call_activity("add_soon", call_of(context, 0, number, approved.result)))


@app.orchestration_trigger(context_name="context")
def rounds(context: df.DurableOrchestrationContext):
    round_, total = context.get_input()
    total = yield context.call_activity("add", call_of(context, round_, total, round_))
    if round_ == 4:
        return total
    context.continue_as_new([round_ + 1, total])


@app.orchestration_trigger(context_name="context")
def ticks(context: df.DurableOrchestrationContext):
    """Events that arrive during one round belong to the next ones."""
    number, left = context.get_input()
    yield context.wait_for_external_event("tick")
    if left == 1:
        return number
    context.continue_as_new([number, left - 1])


@app.orchestration_trigger(context_name="context")
def terminated(context: df.DurableOrchestrationContext):
    yield context.call_activity("add", call_of(context, 0))
    yield context.wait_for_external_event("never")


@app.orchestration_trigger(context_name="context")
def paused(context: df.DurableOrchestrationContext):
    number = yield context.call_activity("add", call_of(context, 0, context.get_input()))
    number += yield context.wait_for_external_event("go")
    return (yield context.call_activity("add", call_of(context, 1, number, 1)))


@app.orchestration_trigger(context_name="context")
def mixed(context: df.DurableOrchestrationContext):
    number = context.get_input()
    unsteady = {"label": f"{context.instance_id}/unsteady", "number": number, "failures": 1}
    soon = context.current_utc_datetime + timedelta(milliseconds=100)
    results = yield context.task_all(
        [
            context.call_activity("add", call_of(context, 0, number, 1)),
            context.call_activity_with_retry("unsteady", retries(3), unsteady),
            context.call_sub_orchestrator("chain", number),
            context.create_timer(soon),
        ]
    )
    return results[:3]


@app.orchestration_trigger(context_name="context")
def refused(context: df.DurableOrchestrationContext):
    number = yield context.call_activity("add", call_of(context, 0, context.get_input()))
    raise ValueError(f"{number} is refused")
