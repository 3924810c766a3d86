"""Retry policies, the function timeout and concurrency limits of host.json."""
# mypy: ignore-errors
# ruff: noqa: D103

import asyncio
import os
import time
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
RUNNING = {"now": 0, "most": 0}


def record(line: str) -> None:
    with Path(os.environ["RECORD_FILE"]).open("a") as file:
        file.write(f"{line}\n")


@app.route(route="third_time")
def third_time(req: func.HttpRequest, context: func.Context) -> str:
    retry = context.retry_context
    if retry.retry_count < 2:
        raise ValueError(f"run {retry.retry_count}")
    return f"{retry.retry_count} of {retry.max_retry_count} after {retry.exception}"


@app.route(route="own_policy")
@app.retry(strategy="fixed_delay", max_retry_count="1", delay_interval="00:00:00")
def own_policy(req: func.HttpRequest) -> str:
    record("own_policy")
    raise ValueError("always")


@app.route(route="too_slow")
@app.retry(strategy="fixed_delay", max_retry_count="0", delay_interval="00:00:00")
async def too_slow(req: func.HttpRequest) -> str:
    await asyncio.Event().wait()


@app.route(route="hold")
def hold(req: func.HttpRequest) -> str:
    record("hold")
    while not Path(req.params["gate"]).exists():
        time.sleep(0.01)
    return "released"


@app.route(route="most_at_once")
def most_at_once(req: func.HttpRequest) -> str:
    return str(RUNNING["most"])


@app.activity_trigger(input_name="value")
async def busy(value: int) -> int:
    RUNNING["now"] += 1
    RUNNING["most"] = max(RUNNING["most"], RUNNING["now"])
    await asyncio.sleep(0.01)
    RUNNING["now"] -= 1
    return value


@app.activity_trigger(input_name="label")
def broken(label: str) -> None:
    record(f"broken {label}")
    raise ValueError(label)


@app.orchestration_trigger(context_name="context")
def crowd(context: df.DurableOrchestrationContext):
    yield context.task_all([context.call_activity("busy", n) for n in range(10)])


@app.orchestration_trigger(context_name="context")
def break_twice(context: df.DurableOrchestrationContext):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=1, max_number_of_attempts=2)
    try:
        yield context.call_activity_with_retry("broken", options, context.instance_id)
    except Exception:
        return "gave up"


@app.orchestration_trigger(context_name="context")
def wait(context: df.DurableOrchestrationContext):
    result = yield context.wait_for_external_event("end")
    return [result, context.version]


@app.activity_trigger(input_name="label")
def stuck_thread(label: str) -> None:
    record(f"stuck {label}")
    time.sleep(60)


@app.activity_trigger(input_name="label")
async def stuck_task(label: str) -> None:
    record(f"stuck {label}")
    await asyncio.Event().wait()


@app.orchestration_trigger(context_name="context")
def patient(context: df.DurableOrchestrationContext):
    """Its activity never ends of itself, whatever kind of function it is."""
    try:
        yield context.call_activity(context.get_input(), context.instance_id)
    except Exception as error:
        return str(error)
