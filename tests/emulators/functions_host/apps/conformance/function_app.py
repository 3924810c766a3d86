"""What an independent tester would try, one small function for each promise made to users."""
# mypy: ignore-errors
# ruff: noqa: D103

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions.models.OrchestrationRuntimeStatus import OrchestrationRuntimeStatus

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
Context = df.DurableOrchestrationContext
TWICE = df.RetryOptions(first_retry_interval_in_milliseconds=1, max_number_of_attempts=2)


class OutOfStockError(Exception):
    """An error of the app's own, with attributes that do not cross."""

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(f"{sku}: {left} left 📦")
        self.left = left


def record(line: str) -> int:
    """Note *line* where it outlives the process; returns how often it was."""
    path = Path(os.environ["RECORD_FILE"])
    with path.open("a") as file:
        file.write(f"{line}\n")
    return path.read_text().splitlines().count(line)


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    input_ = req.get_json() if req.get_body() else None
    instance_id = await client.start_new(req.route_params["name"], req.params.get("id"), input_)
    return client.create_check_status_response(req, instance_id)


@app.route(route="client/{operation}/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def use_client(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    operate = OPERATIONS[req.route_params["operation"]]
    try:
        answer = await operate(client, req.route_params["id"], req)
    except Exception as error:
        return func.HttpResponse(str(error), status_code=400)
    return func.HttpResponse(json.dumps(answer, default=str), mimetype="application/json")


async def raise_event(client, instance_id, req):
    return await client.raise_event(instance_id, req.params["name"], req.get_json())


async def status_of(client, instance_id, _):
    return (await client.get_status(instance_id)).to_json()


async def status_with_input(client, instance_id, _):
    status = await client.get_status(
        instance_id, show_input=True, show_history=True, show_history_output=True
    )
    return status.to_json()


async def list_by_time_and_status(client, instance_id, _):
    now = datetime.now(UTC)
    found = await client.get_status_by(
        created_time_from=now - timedelta(hours=1),
        created_time_to=now + timedelta(hours=1),
        runtime_status=[OrchestrationRuntimeStatus.Failed],
    )
    return [one.instance_id for one in found]


async def purge(client, instance_id, _):
    return (await client.purge_instance_history(instance_id)).instances_deleted


async def terminate(client, instance_id, _):
    return await client.terminate(instance_id, "enough")


async def suspend(client, instance_id, _):
    return await client.suspend(instance_id, "a pause")


async def resume(client, instance_id, _):
    return await client.resume(instance_id, "it is over")


async def entity_state(client, key, _):
    state = await client.read_entity_state(df.EntityId("account", key))
    return [state.entity_exists, state.entity_state]


async def signal_many(client, key, req):
    entity = df.EntityId("account", key)
    amounts = req.get_json()
    await asyncio.gather(*(client.signal_entity(entity, "deposit", one) for one in amounts))


OPERATIONS = {
    one.__name__: one
    for one in (
        raise_event, status_of, status_with_input, list_by_time_and_status, purge, terminate,
        suspend, resume, entity_state, signal_many,
    )
}  # fmt: skip


@app.activity_trigger(input_name="sku")
def sell(sku: str) -> None:
    record(f"sell {sku}")
    raise OutOfStockError(sku, 0)


@app.activity_trigger(input_name="value")
def echo(value: object) -> object:
    return value


@app.activity_trigger(input_name="path")
def wait_for_file(path: str) -> str:
    record(f"wait_for_file {Path(path).name}")
    while not Path(path).exists():
        time.sleep(0.01)
    return Path(path).name


@app.orchestration_trigger(context_name="context")
def same(context: Context):
    return (yield context.call_activity("echo", context.get_input()))


@app.orchestration_trigger(context_name="context")
def raising(context: Context):
    yield context.call_activity("echo", 1)
    raise OutOfStockError("mug", 1)


@app.orchestration_trigger(context_name="context")
def selling(context: Context):
    yield context.call_activity("sell", "mug")


@app.orchestration_trigger(context_name="context")
def catching_sale(context: Context):
    try:
        yield context.call_activity("sell", "cup")
    except Exception as error:
        return [type(error).__name__, str(error)]


@app.orchestration_trigger(context_name="context")
def catching_child(context: Context):
    try:
        yield context.call_sub_orchestrator("raising", None)
    except Exception as error:
        return str(error)


@app.orchestration_trigger(context_name="context")
def second_time_lucky(context: Context):
    """Fails when it runs for the first time; a retry is an instance of its own."""
    count = yield context.call_activity("count", context.get_input())
    if count < 2:
        raise ValueError("not yet")
    return count


@app.activity_trigger(input_name="line")
def count(line: str) -> int:
    return record(line)


@app.orchestration_trigger(context_name="context")
def retrying_child(context: Context):
    result = yield context.call_sub_orchestrator_with_retry(
        "second_time_lucky", TWICE, context.get_input()
    )
    return [result, (yield context.call_activity("echo", "after"))]


@app.orchestration_trigger(context_name="context")
def after_exhausted_retries(context: Context):
    """What follows a call that was given up takes its ids after those of the retries."""
    try:
        yield context.call_activity_with_retry("sell", TWICE, context.get_input())
    except Exception as error:
        first = str(error).splitlines()[0]
    rest = yield context.task_all([context.call_activity("echo", n) for n in range(3)])
    return [first, rest]


@app.orchestration_trigger(context_name="context")
def fan_out(context: Context):
    return (
        yield context.task_all(
            [context.call_activity("echo", n) for n in range(context.get_input())]
        )
    )


@app.orchestration_trigger(context_name="context")
def fan_out_children(context: Context):
    return (
        yield context.task_all(
            [context.call_sub_orchestrator("same", n) for n in range(context.get_input())]
        )
    )


@app.orchestration_trigger(context_name="context")
def events(context: Context):
    """Wait for one event of each name, in turn."""
    context.set_custom_status("waiting")
    values = []
    for name in context.get_input():
        value = yield context.wait_for_external_event(name)
        values.append(value)
    return values


@app.orchestration_trigger(context_name="context")
def late_wait(context: Context):
    """Wait for the event only after a step that a test can hold open."""
    yield context.call_activity("wait_for_file", context.get_input())
    return (yield context.wait_for_external_event("news"))


@app.orchestration_trigger(context_name="context")
def both_events(context: Context):
    return (
        yield context.task_all(
            [context.wait_for_external_event("left"), context.wait_for_external_event("right")]
        )
    )


@app.orchestration_trigger(context_name="context")
def timers(context: Context):
    """One that is over already, one that is not due for years and loses."""
    yield context.create_timer(context.current_utc_datetime - timedelta(days=1))
    never = context.create_timer(context.current_utc_datetime + timedelta(days=3650))
    event = context.wait_for_external_event("go")
    winner = yield context.task_any([never, event])
    never.cancel()
    return winner == event


@app.orchestration_trigger(context_name="context")
def nap(context: Context):
    started = context.current_utc_datetime
    due = started + timedelta(milliseconds=context.get_input())
    yield context.create_timer(due)
    return (context.current_utc_datetime - due).total_seconds()


@app.orchestration_trigger(context_name="context")
def first_of_three(context: Context):
    tasks = [context.call_activity("echo", n) for n in range(3)]
    winner = yield context.task_any(tasks)
    rest = yield context.task_all([task for task in tasks if task != winner])
    return sorted([winner.result, *rest])


@app.orchestration_trigger(context_name="context")
def identifiers(context: Context):
    """Ids and times are those of the first run, however often it is replayed."""
    seen = [context.new_guid(), context.new_uuid(), context.current_utc_datetime]
    yield context.call_activity("count", f"{context.instance_id} {seen[0]} {seen[1]} {seen[2]}")
    yield context.call_activity("count", f"{context.instance_id} {seen[0]} {seen[1]} {seen[2]}")


@app.entity_trigger(context_name="context")
def account(context: df.DurableEntityContext):
    balance = context.get_state(lambda: 0)
    if context.operation_name == "deposit":
        balance += context.get_input()
        context.set_state(balance)
    context.set_result(balance)


@app.orchestration_trigger(context_name="context")
def depositing(context: Context):
    key, amount, times = context.get_input()
    for _ in range(times):
        context.signal_entity(df.EntityId("account", key), "deposit", amount)
    return (yield context.call_entity(df.EntityId("account", key), "balance"))


@app.activity_trigger(input_name="value")
def switched_off(value: object) -> None:
    """The tests disable it."""


@app.orchestration_trigger(context_name="context")
def calling_what_is_off(context: Context):
    yield context.call_activity("switched_off", None)
