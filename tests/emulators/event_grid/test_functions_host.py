"""Event Grid and the Functions host together: both are emulators, so each checks the other."""

import asyncio
import json
import time

import pytest
from azure.core.messaging import CloudEvent

from emulators.event_grid.config import DEFAULT_KEY
from emulators.functions_host import keys
from tests.emulators.event_grid.conftest import CLOUD_EVENTS, event, subscription, topic
from tests.emulators.event_grid.recorder import DEADLINE_SECONDS
from tests.emulators.functions_host.harness import start_host, write_app
from tests.emulators.processes import free_port

APP = """
@app.event_grid_trigger(arg_name="event")
def second_time(event: func.EventGridEvent):
    again = Path(os.environ["RECORD_FILE"]).with_name(event.id)
    if not again.exists():
        again.touch()
        raise ValueError("not yet")
    record("handled", event.id, event.topic.rpartition("/")[2])


@app.event_grid_trigger(arg_name="events", cardinality="many")
def many(events: str):
    record("many", sorted(event["id"] for event in json.loads(events)))


@app.route(route="publish")
@app.event_grid_output(
    arg_name="output", topic_endpoint_uri="TOPIC_ENDPOINT", topic_key_setting="TOPIC_KEY"
)
def publish(req: func.HttpRequest, output: func.Out[func.EventGridOutputEvent]) -> str:
    from datetime import datetime
    output.set(
        func.EventGridOutputEvent(
            id="from-a-function", data={"a": 1}, subject="s", event_type="t",
            event_time=datetime.now(), data_version="1.0",
        )
    )
    return "published"
"""


@pytest.fixture(scope="module")
def grid_port():
    """Where the host finds the topic."""
    return free_port()


@pytest.fixture(scope="module")
def host(tmp_path_factory, grid_port):
    """A host that insists on keys."""
    folder = tmp_path_factory.mktemp("host")
    app = write_app(folder / "app", APP)
    endpoint = f"http://127.0.0.1:{grid_port}/orders/api/events"
    values = {"TOPIC_ENDPOINT": endpoint, "TOPIC_KEY": DEFAULT_KEY}
    settings = json.dumps({"Values": values})
    (app / "local.settings.json").write_text(settings, encoding="utf-8")
    host = start_host(app, folder, "--enforce-keys")
    yield host
    host.kill()


def function(host, name, code=keys.EVENT_GRID_SYSTEM_KEY, **more):
    """A subscription of the function *name*."""
    path = f"/runtime/webhooks/eventgrid?functionName={name}&code={code}"
    return {"name": "function", "endpoint": host.url + path, **more}


async def recorded(host, line):
    """Wait until a function has written *line*."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while line not in host.recorded:
        assert time.monotonic() < deadline, host.recorded
        await asyncio.sleep(0.02)


async def test_a_function_that_fails_gets_the_event_again(start, host):
    """The whole way of an inbound event, a 500 of the host included."""
    grid = await start(topic(function(host, "second_time")), speed=100)

    await grid.publish(event("e-42"))
    await recorded(host, "handled e-42 orders")

    await grid.settle("orders/function", delivered=1, retries=1, state="Succeeded")


async def test_a_batch_of_cloud_events_is_one_invocation(start, host):
    """How the app takes its events: an array, once they are many."""
    many = function(host, "many", batching={"maxEventsPerBatch": 10})
    grid = await start(topic(many, inputSchema=CLOUD_EVENTS))

    await grid.publish(*(CloudEvent("/shop", "t", id=f"c{number}") for number in range(3)))

    await recorded(host, "many ['c0', 'c1', 'c2']")


async def test_the_output_binding_of_a_function_publishes(start, host, grid_port, hook):
    """With what the Functions library makes of an event, not the SDK."""
    grid = await start(topic(subscription(hook)), port=grid_port)

    async with grid.session.get(f"{host.url}/api/publish") as answer:
        text = await answer.text()
    [received] = await hook.wait_for(1)

    assert text == "published"
    assert (received["id"], received["data"]) == ("from-a-function", {"a": 1})


async def test_without_the_key_a_function_is_never_validated(start, host):
    """The host answers 401 to the handshake already, and that can be seen."""
    grid = await start(topic(function(host, "many", code="wrong")), speed=100)

    await grid.publish(event())
    stats = await grid.settle("orders/function", queued=1, state="Pending")
    while not stats["detail"]:
        stats = await grid.stats("orders/function")

    assert "answered 401" in stats["detail"]
