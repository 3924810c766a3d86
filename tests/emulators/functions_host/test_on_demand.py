"""``POST /admin/functions/NAME``: any function but HTTP ones, without waiting for its trigger."""

import json
from collections.abc import Iterator

import aiohttp
import pytest

from tests.emulators.functions_host.harness import Client, HostProcess, start_host, write_app

APP = """
@app.event_grid_trigger(arg_name="event")
def placed(event: func.EventGridEvent):
    record("event", event.id)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def yearly(timer: func.TimerRequest):
    record("timer", timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def fails(timer: func.TimerRequest):
    record("failing")
    raise ValueError("cannot do that")


@app.route(route="x")
def over_http(req: func.HttpRequest) -> str:
    return "x"
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for all tests here."""
    folder = tmp_path_factory.mktemp("on_demand")
    host = start_host(write_app(folder / "app", APP), folder)
    yield host
    host.kill()


@pytest.fixture
def client(host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(host, session)


async def run(client: Client, name: str, body: str = "{}") -> int:
    """Ask for the function *name*; returns the status."""
    response = await client.request("POST", f"/admin/functions/{name}", data=body)
    return response.status


async def test_runs_an_event_grid_function_with_the_event_it_is_given(client: Client):
    """``input`` is the event as JSON text, as Core Tools want it."""
    event = {"id": "e1", "data": {}, "eventTime": "2026-01-01T00:00:00Z"}

    status = await run(client, "placed", json.dumps({"input": json.dumps(event)}))

    assert status == 202
    await client.wait_for_record("event e1")


async def test_takes_the_input_as_an_object_too(client: Client):
    """Quoting JSON in JSON is a nuisance on a command line."""
    status = await run(client, "PLACED", json.dumps({"input": {"id": "e2"}}))

    assert status == 202
    await client.wait_for_record("event e2")


@pytest.mark.parametrize("body", ["", "{}", '{"input": ""}'])
async def test_runs_a_timer_function_without_an_input(client: Client, body: str):
    """There is nothing to tell it."""
    assert await run(client, "yearly", body) == 202

    await client.wait_for_record("timer False")


async def test_does_not_tell_how_a_run_went(client: Client):
    """The answer comes before the run; its failure is in the log."""
    assert await run(client, "fails") == 202

    await client.wait_for_record("failing")


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [("missing", "{}", 404), ("yearly", "[]", 400), ("yearly", "{", 400), ("over_http", "{}", 501)],
)
async def test_refuses(client: Client, name: str, body: str, status: int):
    """HTTP functions have a URL of their own to be called at."""
    assert await run(client, name, body) == status
