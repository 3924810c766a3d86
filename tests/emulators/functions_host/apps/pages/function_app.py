"""What the pages have to show: one instance with a step of every kind, and entities."""
# mypy: ignore-errors
# ruff: noqa: D103

import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.entity_trigger(context_name="context", entity_name="Counter")
def count(context: df.DurableEntityContext):
    operation = context.operation_name
    state = context.get_state(lambda: 0)
    if operation == "add":
        context.set_state(state + context.get_input())
        context.set_result(context.get_state())
    elif operation == "fail":
        raise ValueError("this counter cannot do that")
    elif operation == "delete":
        context.destruct_on_exit()


@app.entity_trigger(context_name="context")
def notes(context: df.DurableEntityContext):
    """Whatever it is told last; a ``gate`` holds it up."""
    value = context.get_input()
    while isinstance(value, dict) and not Path(value.get("gate", "/")).exists():
        time.sleep(0.01)
    context.set_state(value)


@app.activity_trigger(input_name="value")
def echo(value: object) -> object:
    return value


@app.activity_trigger(input_name="label")
def fail(label: str) -> None:
    raise ValueError(f"{label} is broken")


@app.orchestration_trigger(context_name="context")
def child(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("echo", context.get_input()))


@app.orchestration_trigger(context_name="context")
def quick(context: df.DurableOrchestrationContext):
    return context.get_input()


@app.orchestration_trigger(context_name="context")
def waiting(context: df.DurableOrchestrationContext):
    return (yield context.wait_for_external_event("Approval"))


@app.activity_trigger(input_name="path")
def open_gate(path: str) -> str:
    if not Path(path).exists():
        raise ValueError("the gate is closed")
    return "through"


@app.orchestration_trigger(context_name="context")
def through_gate(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("open_gate", context.get_input()))


@app.orchestration_trigger(context_name="context")
def call_and_signal(context: df.DurableOrchestrationContext):
    """A call that works, one that fails, and a signal."""
    entity = df.EntityId("Counter", context.instance_id)
    answer = yield context.call_entity(entity, "add", 5)
    context.signal_entity(entity, "add", 1)
    try:
        yield context.call_entity(entity, "fail")
    except Exception as error:
        return [answer, str(error)]


@app.orchestration_trigger(context_name="context")
def everything(context: df.DurableOrchestrationContext):
    """A step of every kind; the input is an address that answers, and the last step fails."""
    options = df.RetryOptions(first_retry_interval_in_milliseconds=300, max_number_of_attempts=3)
    entity = df.EntityId("Counter", context.instance_id)
    yield context.call_activity("echo", {"sku": "MUG-BLUE", "quantity": 2})
    yield context.call_sub_orchestrator("child", "hello", f"{context.instance_id}-child")
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=300))
    context.set_custom_status("waits for approval")
    yield context.wait_for_external_event("approval")
    yield context.call_entity(entity, "add", 5)
    context.signal_entity(df.EntityId("notes", "diary"), "write", {"order": 42})
    try:
        yield context.call_entity(entity, "fail")
    except Exception:
        context.set_custom_status("the counter refused")
    yield context.call_http("GET", context.get_input())
    yield context.call_activity_with_retry("fail", options, "the last step")


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    name, instance_id = req.route_params["name"], req.params.get("id")
    input_ = req.get_json() if req.get_body() else None
    instance_id = await client.start_new(name, instance_id, input_)
    return client.create_check_status_response(req, instance_id)
