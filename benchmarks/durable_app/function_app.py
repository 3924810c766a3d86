"""The shapes that are measured: a chain, a fan-out, and a loop over events."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """The start-up probe."""
    return func.HttpResponse("ok")


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """As many activities as the input says, one after the other."""
    count: Any = context.get_input()
    value = 0
    for _ in range(count):
        value = yield context.call_activity("step", value)
    return value


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """As many activities as the input says, all at once."""
    count: Any = context.get_input()
    steps = [context.call_activity("step", n) for n in range(count)]
    results = yield context.task_all(steps)
    return sum(results)


@app.orchestration_trigger(context_name="context")
def event_loop(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """Wait for the same event as often as the input says."""
    count: Any = context.get_input()
    total = 0
    for _ in range(count):
        total += yield context.wait_for_external_event("tick")
    return total


@app.activity_trigger(input_name="number")
def step(number: int) -> int:
    """The smallest piece of work that has a result."""
    return number + 1
