"""Orchestrations whose payloads are odd: empty, huge, foreign, or not JSON at all."""
# mypy: ignore-errors
# ruff: noqa: D103

import azure.durable_functions as df
import azure.functions as func

CALLED = []

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    input_ = req.get_json() if req.get_body() else None
    instance_id = await client.start_new(req.route_params["name"], req.params.get("id"), input_)
    return client.create_check_status_response(req, instance_id)


@app.route(route="wait/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def wait(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await client.wait_for_completion_or_create_check_status_response(
        req, req.route_params["id"], 5000, 20
    )


@app.activity_trigger(input_name="value")
def echo(value: object) -> object:
    return value


@app.activity_trigger(input_name="size")
def huge(size: int) -> str:
    return "x" * size


@app.activity_trigger(input_name="label")
def foreign(label: str) -> object:
    return {label}


@app.entity_trigger(context_name="context")
def cell(context: df.DurableEntityContext):
    context.set_state(context.get_input())
    context.set_result(context.get_input())


@app.orchestration_trigger(context_name="context")
def everywhere(context: df.DurableOrchestrationContext):
    """One value through every door there is."""
    value = context.get_input()
    context.set_custom_status(value)
    activity = yield context.call_activity("echo", value)
    child = yield context.call_sub_orchestrator("same", value)
    entity = yield context.call_entity(df.EntityId("cell", context.instance_id), "set", value)
    return [activity, child, entity]


@app.orchestration_trigger(context_name="context")
def same(context: df.DurableOrchestrationContext):
    return context.get_input()


@app.orchestration_trigger(context_name="context")
def mixed(context: df.DurableOrchestrationContext):
    yield context.call_activity("echo", {"a": 1})
    yield context.create_timer(context.current_utc_datetime)
    yield context.call_sub_orchestrator("same", [1], f"{context.instance_id}-child")
    return (yield context.wait_for_external_event("go"))


@app.orchestration_trigger(context_name="context")
def inflate(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("huge", context.get_input()))


@app.orchestration_trigger(context_name="context")
def foreign_result(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("foreign", "x"))


@app.orchestration_trigger(context_name="context")
def foreign_output(context: df.DurableOrchestrationContext):
    yield context.call_activity("echo", None)
    return {"a set"}


@app.orchestration_trigger(context_name="context")
def talkative(context: df.DurableOrchestrationContext):
    context.set_custom_status("x" * context.get_input())
    yield context.call_activity("echo", None)
    return "done"


@app.orchestration_trigger(context_name="context")
def forgetful(context: df.DurableOrchestrationContext):
    """Take "first" and start over, and see whether the earlier "second" is still there."""
    if context.get_input() is None:
        yield context.wait_for_external_event("first")
        context.continue_as_new("again")
        return None
    second = context.wait_for_external_event("second")
    third = context.wait_for_external_event("third")
    winner = yield context.task_any([second, third])
    return "second" if winner == second else "third"


@app.orchestration_trigger(context_name="context")
def echo_event(context: df.DurableOrchestrationContext):
    return (yield context.wait_for_external_event("Grüße"))


@app.orchestration_trigger(context_name="context")
def fickle(context: df.DurableOrchestrationContext):
    """Call another activity whenever it runs."""
    CALLED.append("echo" if len(CALLED) % 2 else "huge")
    yield context.call_activity(CALLED[-1], 1)


@app.orchestration_trigger(context_name="context")
def nonsense(context: df.DurableOrchestrationContext):
    yield context.get_input()


@app.orchestration_trigger(context_name="context")
def not_a_generator(context: df.DurableOrchestrationContext):
    return {"input": context.get_input()}
