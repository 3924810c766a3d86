"""Entities, and orchestrations and clients that use them."""
# mypy: ignore-errors
# ruff: noqa: D103

import json
import os
import random
import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def record(line: str) -> None:
    """Leave a trace that outlives the process, so that tests can count executions."""
    with Path(os.environ["RECORD_FILE"]).open("a") as file:
        file.write(f"{line}\n")


@app.entity_trigger(context_name="context", entity_name="Counter")
def count(context: df.DurableEntityContext):
    """Every operation the tests need, on a number."""
    operation = context.operation_name
    state = context.get_state(lambda: 0)
    if operation == "add":
        context.set_state(state + context.get_input())
        context.set_result(context.get_state())
    elif operation == "get":
        context.set_result(state)
    elif operation == "add_then_fail":
        context.set_state(state + context.get_input())
        raise ValueError("too late")
    elif operation == "delete":
        context.destruct_on_exit()
    elif operation == "spoil":
        context.set_state(object())
    elif operation == "sleep":
        time.sleep(3)


@app.entity_trigger(context_name="context")
def log(context: df.DurableEntityContext):
    """A list of what it was told, and of where in its batch that was."""
    context.position = getattr(context, "position", 0) + 1
    entry = context.get_input()
    if isinstance(entry, dict):
        record(f"wait {context.entity_key}")
        while not Path(entry["gate"]).exists():
            time.sleep(0.01)
    record(f"{context.entity_key} {context.operation_name} {entry} {context.position}")
    context.set_state([*context.get_state(list), entry])


@app.activity_trigger(input_name="value")
def echo(value: object) -> object:
    return value


@app.orchestration_trigger(context_name="context")
def call(context: df.DurableOrchestrationContext):
    """Call operations of one counter, one after another, and report each answer or error."""
    key, operations = context.get_input()
    answers = []
    for operation, value in operations:
        try:
            answer = yield context.call_entity(df.EntityId("Counter", key), operation, value)
            answers.append(answer)
        except Exception as error:
            answers.append(f"error: {error}")
    return answers


@app.orchestration_trigger(context_name="context")
def call_many(context: df.DurableOrchestrationContext):
    """Calls side by side, then one more activity, so that ids of all kinds mix."""
    key, count_ = context.get_input()
    entity = df.EntityId("counter", key)
    answers = yield context.task_all([context.call_entity(entity, "add", 1) for _ in range(count_)])
    last = yield context.call_activity("echo", "done")
    return [sorted(answers), last]


@app.orchestration_trigger(context_name="context")
def signal_in_order(context: df.DurableOrchestrationContext):
    key, entries = context.get_input()
    entity = df.EntityId("log", key)
    for entry in entries:
        context.signal_entity(entity, "write", entry)
    yield context.call_activity("echo", None)
    context.signal_entity(entity, "write", "last")
    return (yield context.call_entity(df.EntityId("counter", key), "add", 1))


@app.orchestration_trigger(context_name="context")
def race(context: df.DurableOrchestrationContext):
    """A call that loses holds nothing back."""
    held = context.call_entity(
        df.EntityId("log", context.instance_id), "write", context.get_input()
    )
    quick = context.call_activity("echo", "quick")
    winner = yield context.task_any([held, quick])
    return winner.result


@app.orchestration_trigger(context_name="context")
def generations(context: df.DurableOrchestrationContext):
    key, left = context.get_input()
    context.signal_entity(df.EntityId("log", key), "write", left)
    value = yield context.call_entity(df.EntityId("counter", key), "add", 1)
    if left == 1:
        return value
    context.continue_as_new([key, left - 1])


@app.activity_trigger(input_name="label")
def fail_once(label: str) -> str:
    record(f"fail_once {label}")
    if Path(os.environ["RECORD_FILE"]).read_text().splitlines().count(f"fail_once {label}") < 2:
        raise ValueError("once")
    return label


@app.orchestration_trigger(context_name="context")
def child(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("echo", context.get_input()))


@app.orchestration_trigger(context_name="context")
def medley(context: df.DurableOrchestrationContext):
    """Work of every kind at once, more of it as results come in, all chosen by a seed."""
    chance = random.Random(context.get_input())
    options = df.RetryOptions(first_retry_interval_in_milliseconds=5, max_number_of_attempts=3)
    entity = df.EntityId("counter", context.instance_id)

    def one(number: int):
        kind = chance.randrange(6)
        if kind == 0:
            return context.call_activity("echo", number)
        if kind == 1:
            label = f"{context.instance_id}-{number}"
            return context.call_activity_with_retry("fail_once", options, label)
        if kind == 2:
            return context.call_sub_orchestrator("child", number)
        if kind == 3:
            soon = timedelta(milliseconds=chance.randrange(30))
            return context.create_timer(context.current_utc_datetime + soon)
        if kind == 4:
            return context.call_entity(entity, "add_then_fail", 1)
        return context.call_entity(entity, "add", 1)

    made = 6
    pending = [one(number) for number in range(made)]
    while pending:
        winner = yield context.task_any(pending)
        pending.remove(winner)
        context.signal_entity(df.EntityId("log", context.instance_id), "write", made)
        if made < 14:
            pending.append(one(made))
            made += 1
        if chance.randrange(3) == 0:
            yield context.call_activity("echo", "between")
    return made


@app.orchestration_trigger(context_name="context")
def unknown(context: df.DurableOrchestrationContext):
    yield context.call_entity(df.EntityId("nobody", "a"), "add", 1)


@app.orchestration_trigger(context_name="context")
def signal_unknown(context: df.DurableOrchestrationContext):
    context.signal_entity(df.EntityId("nobody", "a"), "add", 1)
    yield context.call_activity("echo", None)


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    name, instance_id = req.route_params["name"], req.params.get("id")
    input_ = req.get_json() if req.get_body() else None
    instance_id = await client.start_new(name, instance_id, input_)
    return client.create_check_status_response(req, instance_id)


@app.route(route="entity/{name}/{key}", methods=["GET", "POST"])
@app.durable_client_input(client_name="client")
async def use_entity(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Read an entity's state, or signal it, through the SDK's client."""
    entity = df.EntityId(req.route_params["name"], req.route_params["key"])
    if req.method == "POST":
        await client.signal_entity(entity, req.params["op"], req.get_json())
        return func.HttpResponse(status_code=202)
    state = await client.read_entity_state(entity)
    body = {"exists": state.entity_exists, "state": state.entity_state}
    return func.HttpResponse(json.dumps(body), mimetype="application/json")
