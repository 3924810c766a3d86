"""Every durable feature the host has, one small orchestrator each."""
# mypy: ignore-errors
# ruff: noqa: D103

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def record(line: str) -> None:
    """Leave a trace that outlives the process, so that tests can count executions."""
    if path := os.environ.get("RECORD_FILE"):
        with Path(path).open("a") as file:
            file.write(f"{line}\n")


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    instance_id = await client.start_new(
        req.route_params["name"],
        req.params.get("id"),
        req.get_json() if req.get_body() else None,
    )
    return client.create_check_status_response(req, instance_id)


@app.activity_trigger(input_name="value")
def double(value: int) -> int:
    record(f"double {value}")
    return value * 2


@app.activity_trigger(input_name="label")
async def nothing(label: str) -> None:
    record(f"nothing {label}")


@app.activity_trigger(input_name="label")
def fail(label: str) -> None:
    record(f"fail {label}")
    raise ValueError(f"{label} is broken")


@app.activity_trigger(input_name="spec")
def fail_until(spec: dict) -> str:
    """Fail until it has run ``succeed_at`` times."""
    record(f"fail_until {spec['label']}")
    lines = Path(os.environ["RECORD_FILE"]).read_text().splitlines()
    if lines.count(f"fail_until {spec['label']}") < spec["succeed_at"]:
        raise ValueError("not yet")
    return "done"


@app.activity_trigger(input_name="label")
def need_file(label: str) -> str:
    """Fail until a test has put the file there."""
    record(f"need_file {Path(label).name}")
    if not Path(label).exists():
        raise FileNotFoundError("the file is not there yet")
    return "found"


@app.activity_trigger(input_name="path")
def wait_for_file(path: str) -> str:
    record(f"wait_for_file {Path(path).name}")
    while not Path(path).exists():
        time.sleep(0.01)
    record(f"opened {Path(path).name}")
    return Path(path).name


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):
    value = context.get_input()
    for _ in range(4):
        value = yield context.call_activity("double", value)
    return value


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext):
    count = context.get_input()
    results = yield context.task_all([context.call_activity(double, n) for n in range(count)])
    return sum(results)


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=20, max_number_of_attempts=3)
    return (yield context.call_activity_with_retry("fail_until", options, context.get_input()))


@app.orchestration_trigger(context_name="context")
def retried_side_by_side(context: df.DurableOrchestrationContext):
    """Retries of two calls and a plain call after them all take ids from one counter."""
    options = df.RetryOptions(first_retry_interval_in_milliseconds=20, max_number_of_attempts=4)
    calls = [
        context.call_activity_with_retry("fail_until", options, {"label": label, "succeed_at": n})
        for label, n in context.get_input()
    ]
    results = yield context.task_all(calls)
    last = yield context.call_activity("double", 21)
    return [*results, last]


@app.orchestration_trigger(context_name="context")
def race_with_retries(context: df.DurableOrchestrationContext):
    """The usual fan-in loop: handle each result as it comes, while others still retry."""
    options = df.RetryOptions(first_retry_interval_in_milliseconds=20, max_number_of_attempts=4)
    pending = [
        context.call_activity("double", 1),
        context.call_activity_with_retry(
            "fail_until", options, {"label": context.instance_id, "succeed_at": 3}
        ),
    ]
    results = []
    while pending:
        winner = yield context.task_any(pending)
        pending.remove(winner)
        results.append((yield context.call_activity("echo", winner.result)))
    return results


@app.activity_trigger(input_name="value")
def echo(value: object) -> object:
    return value


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    name, input_ = context.get_input()
    return (yield context.call_sub_orchestrator(name, input_, f"{context.instance_id}-child"))


@app.orchestration_trigger(context_name="context")
def parent_with_retry(context: df.DurableOrchestrationContext):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=20, max_number_of_attempts=2)
    try:
        yield context.call_sub_orchestrator_with_retry("failing", options, context.get_input())
    except Exception as error:
        return str(error).splitlines()[0]


@app.orchestration_trigger(context_name="context")
def nap(context: df.DurableOrchestrationContext):
    started = context.current_utc_datetime
    yield context.create_timer(started + timedelta(milliseconds=context.get_input()))
    return (context.current_utc_datetime - started).total_seconds()


@app.orchestration_trigger(context_name="context")
def approval(context: df.DurableOrchestrationContext):
    """Wait for an event under a deadline, and cancel the deadline, as the docs teach."""
    settings = context.get_input()
    deadline = context.create_timer(
        context.current_utc_datetime + timedelta(seconds=settings["seconds"])
    )
    event = context.wait_for_external_event("approval")
    winner = yield context.task_any([event, deadline])
    if winner == deadline:
        return "expired"
    if settings.get("cancel", True):
        deadline.cancel()
    return event.result


@app.orchestration_trigger(context_name="context")
def two_events(context: df.DurableOrchestrationContext):
    first = yield context.wait_for_external_event("news")
    second = yield context.wait_for_external_event("news")
    return [first, second]


@app.orchestration_trigger(context_name="context")
def counter(context: df.DurableOrchestrationContext):
    count = context.get_input()
    context.set_custom_status(f"round {count}")
    yield context.wait_for_external_event("tick")
    if count == 3:
        return count
    context.continue_as_new(count + 1)


@app.orchestration_trigger(context_name="context")
def failing(context: df.DurableOrchestrationContext):
    yield context.call_activity("fail", context.get_input())


@app.orchestration_trigger(context_name="context")
def catching(context: df.DurableOrchestrationContext):
    try:
        yield context.call_activity("fail", "the step")
    except Exception as error:
        return str(error)


@app.orchestration_trigger(context_name="context")
def compensating(context: df.DurableOrchestrationContext):
    """One sibling fails at once; the undo must not overtake the other one."""
    try:
        yield context.task_all(
            [
                context.call_activity("fail", "one"),
                context.call_activity("wait_for_file", context.get_input()),
            ]
        )
    except Exception:
        yield context.call_activity("nothing", "undo")
    return "undone"


@app.orchestration_trigger(context_name="context")
def blocked(context: df.DurableOrchestrationContext):
    """Two steps, the second of which a test can hold open."""
    yield context.call_activity("nothing", "first")
    name = yield context.call_activity("wait_for_file", context.get_input())
    yield context.call_activity("nothing", "last")
    return name


@app.orchestration_trigger(context_name="context")
def missing_activity(context: df.DurableOrchestrationContext):
    yield context.call_activity("no_such_activity", None)


@app.orchestration_trigger(context_name="context")
def call_http(context: df.DurableOrchestrationContext):
    request = context.get_input()
    token = df.ManagedIdentityTokenSource("https://example.org") if "token" in request else None
    try:
        return (
            yield context.call_http(
                request["method"],
                request["uri"],
                request.get("content"),
                request.get("headers"),
                token,
            )
        )
    except Exception as error:
        return f"error: {error}"


@app.orchestration_trigger(context_name="context")
def needy(context: df.DurableOrchestrationContext):
    """A step before, one that may fail beside one that does not, and a step after."""
    path = context.get_input()
    yield context.call_activity("nothing", f"before {path}")
    results = yield context.task_all(
        [context.call_activity("need_file", path), context.call_activity("double", 4)]
    )
    yield context.call_activity("nothing", f"after {path}")
    return results


@app.orchestration_trigger(context_name="context")
def needy_parent(context: df.DurableOrchestrationContext):
    path = context.get_input()
    yield context.call_activity("nothing", f"parent {path}")
    return (yield context.call_sub_orchestrator("needy", path, f"{context.instance_id}-child"))


@app.orchestration_trigger(context_name="context")
def needy_undoing(context: df.DurableOrchestrationContext):
    """Undo what went before and fail nevertheless, as a saga does on a fault."""
    try:
        yield context.call_activity("need_file", context.get_input())
    except Exception:
        yield context.call_activity("nothing", "undo")
        raise


@app.orchestration_trigger(context_name="context")
def needy_with_retries(context: df.DurableOrchestrationContext):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=1, max_number_of_attempts=2)
    return (yield context.call_activity_with_retry("need_file", options, context.get_input()))


@app.orchestration_trigger(context_name="context")
def about(context: df.DurableOrchestrationContext):
    return {"input": context.get_input(), "version": context.version, "id": context.instance_id}


@app.orchestration_trigger(context_name="context")
def version_of_child(context: df.DurableOrchestrationContext):
    return (yield context.call_sub_orchestrator("about", None, version=context.get_input()))


@app.orchestration_trigger(context_name="context")
def replaying(context: df.DurableOrchestrationContext):
    seen = [context.is_replaying]
    yield context.call_activity("double", 1)
    seen.append(context.is_replaying)
    yield context.task_all([context.call_activity("double", n) for n in range(3)])
    seen.append(context.is_replaying)
    return seen


class Parcel:
    """A class of the app's own, which the SDK carries by its module and name."""

    def __init__(self, weight: int) -> None:
        self.weight = weight

    @staticmethod
    def to_json(parcel: "Parcel") -> dict:
        return {"weight": parcel.weight}

    @staticmethod
    def from_json(data: dict) -> "Parcel":
        return Parcel(data["weight"])


@app.activity_trigger(input_name="parcel")
def heavier(parcel: Parcel) -> Parcel:
    return Parcel(parcel.weight + 1)


@app.orchestration_trigger(context_name="context")
def pack(context: df.DurableOrchestrationContext):
    parcel = yield context.call_activity("heavier", Parcel(1))
    return parcel.weight


@app.route(route="client/{operation}/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def use_client(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Let tests use the SDK's client as an app does; its errors come back as text."""
    instance_id = req.route_params["id"]
    try:
        answer = await _operate(client, req.route_params["operation"], instance_id, req)
    except Exception as error:
        return func.HttpResponse(str(error), status_code=400)
    return func.HttpResponse(json.dumps(answer, default=str), mimetype="application/json")


async def _operate(client, operation, instance_id, req):
    if operation == "raise_event":
        return await client.raise_event(instance_id, req.params["name"], req.get_json())
    if operation == "status":
        return (await client.get_status(instance_id, show_input=True)).to_json()
    if operation == "status_all":
        return [one.to_json() for one in await client.get_status_all()]
    if operation == "purge":
        return (await client.purge_instance_history(instance_id)).instances_deleted
    if operation == "restart":
        return await client.restart(instance_id, restart_with_new_instance_id=True)
    return await getattr(client, operation)(instance_id, "because")


@app.activity_trigger(input_name="path")
def kill_worker_once(path: str) -> int:
    """Take the whole worker process down, the first time."""
    record(f"kill_worker_once {Path(path).name}")
    if not Path(path).exists():
        Path(path).touch()
        os._exit(3)
    return os.getpid()


@app.orchestration_trigger(context_name="context")
def survivor(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("kill_worker_once", context.get_input()))


@app.activity_trigger(input_name="seconds")
def process_id(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


@app.orchestration_trigger(context_name="context")
def processes(context: df.DurableOrchestrationContext):
    return (yield context.task_all([context.call_activity("process_id", 0.05) for _ in range(20)]))


@app.route(route="crash", methods=["POST"])
def crash(req: func.HttpRequest) -> str:
    os._exit(4)


@app.route(route="project")
def project(req: func.HttpRequest) -> str:
    """Whether the app could import the host's own project by accident."""
    import importlib.util

    return str(importlib.util.find_spec("devstack") is not None)


LOCKS = []


@app.route(route="lock", methods=["POST"])
def lock(req: func.HttpRequest) -> str:
    """Hold a lock for as long as this process lives."""
    import fcntl

    LOCKS.append(Path(req.params["path"]).open("w"))  # noqa: SIM115  # until the end
    fcntl.flock(LOCKS[-1], fcntl.LOCK_EX)
    return "locked"


@app.orchestration_trigger(context_name="context")
def counted_fan_out(context: df.DurableOrchestrationContext):
    """Records each of its replays, which an orchestrator of an app must not do."""
    record(f"replay {context.instance_id}")
    calls = [context.call_activity("double", n) for n in range(context.get_input())]
    return sum((yield context.task_all(calls)))


@app.orchestration_trigger(context_name="context")
def many_events(context: df.DurableOrchestrationContext):
    total = 0
    for _ in range(context.get_input()):
        total += yield context.wait_for_external_event("number")
    return total


@app.orchestration_trigger(context_name="context")
def one_event_a_generation(context: df.DurableOrchestrationContext):
    left, total = context.get_input()
    total += yield context.wait_for_external_event("number")
    if left == 1:
        return total
    context.continue_as_new([left - 1, total])
