"""The shapes that are measured: a chain, a fan-out, and a loop over events."""

import json
import time
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

replays: list[tuple[float, float]] = []
"""When the SDK began to replay a chain, and when it had its answer."""
longest = [""]
"""The longest text that a chain was given."""


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """The start-up probe."""
    return func.HttpResponse("ok")


@app.route("replays", methods=["GET"])
async def tell_replays(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """What there was since it was last asked."""
    told = json.dumps(replays)
    replays.clear()
    return func.HttpResponse(told, mimetype="application/json")


def _chain(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """As many activities as the input says, one after the other."""
    count: Any = context.get_input()
    value = 0
    for _ in range(count):
        value = yield context.call_activity("step", value)
    return value


_replay_chain = df.Orchestrator.create(_chain)


@app.generic_trigger(arg_name="context", type="orchestrationTrigger")
def chain(context: func.OrchestrationContext) -> str:
    """A chain, as its decorator would register it, that tells of its replays."""
    longest[0] = max(longest[0], context.body, key=len)
    return _timed(context.body)


@app.generic_trigger(arg_name="context", type="orchestrationTrigger")
def busy_chain(context: func.OrchestrationContext) -> str:
    """A chain that replays the longest one so far, for nothing, at each of its own steps."""
    return _timed(longest[0], context.body)


def _timed(*texts: str) -> str:
    began = time.perf_counter()
    *_, answer = map(_replay_chain, texts)
    replays.append((began, time.perf_counter()))
    return str(answer)


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
