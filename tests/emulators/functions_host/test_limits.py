"""What host.json limits: retries, time, concurrency; and what it overrides."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.harness import WEBHOOK, Client, Gate, HostProcess, start_host


@pytest.fixture(scope="module")
def limits_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host whose host.json sets every limit low."""
    host = start_host("limits", tmp_path_factory.mktemp("limits"))
    yield host
    host.kill()


@pytest.fixture
def limits(limits_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(limits_host, session)


async def run(client: Client, name: str) -> Any:
    """Start *name* over the webhook and return its output."""
    response = await client.request("POST", f"{WEBHOOK}/orchestrators/{name}?timeout=10")
    assert response.status == 200, await response.text()
    return await response.json()


async def test_applies_the_root_retry_policy_to_http_functions(limits: Client):
    """The documentation says otherwise; the host's code does it, and the caller waits."""
    response = await limits.request("GET", "/api/third_time")

    assert await response.text() == "2 of 2 after ValueError: run 1"


async def test_prefers_the_policy_of_the_function(limits: Client, limits_host: HostProcess):
    """One retry means two runs."""
    response = await limits.request("GET", "/api/own_policy")

    assert response.status == 500
    assert limits_host.recorded.count("own_policy") == 2


async def test_multiplies_the_root_policy_with_durable_retries(
    limits: Client, limits_host: HostProcess
):
    """Two attempts of three runs each: whoever sets both has to know."""
    output = await run(limits, "break_twice")

    assert output == "gave up"
    assert len([line for line in limits_host.recorded if line.startswith("broken")]) == 6


async def test_leaves_the_root_policy_to_documented_triggers_when_told_so(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """``--root-retry documented`` shows what an app meets where the host follows its docs."""
    host = start_host("limits", tmp_path, "--root-retry", "documented")

    response = await Client(host, session).request("GET", "/api/third_time")

    host.kill()
    assert response.status == 500


async def test_ends_a_function_at_the_timeout(limits: Client, limits_host: HostProcess):
    """A hanging function does not hold its caller for ever."""
    response = await limits.request("GET", "/api/too_slow")

    assert response.status == 500
    assert "Timeout value of 0:00:01 was exceeded by function: Functions.too_slow" in (
        limits_host.output
    )


@pytest.mark.slow
@pytest.mark.parametrize("activity", ["stuck_thread", "stuck_task"])
async def test_ends_an_activity_at_the_timeout(
    tmp_path: Path, session: aiohttp.ClientSession, activity: str
):
    """The orchestrator hears of it as of any failure; for the thread its worker has to go."""
    host = start_host("limits", tmp_path, "--root-retry", "documented")
    client = Client(host, session)

    path = f"{WEBHOOK}/orchestrators/patient?timeout=10"
    response = await client.request("POST", path, json=json.dumps(activity))

    recorded = host.recorded
    host.kill()
    assert (await response.json()).startswith(
        f"Activity function '{activity}' failed:  FunctionTimeoutException: Timeout value of "
        f"0:00:01 was exceeded by function: Functions.{activity}"
    )
    assert len(recorded) == 1


async def test_runs_no_more_activities_at_once_than_allowed(limits: Client):
    """The limit protects what the activities call."""
    await run(limits, "crowd")

    most = await limits.request("GET", "/api/most_at_once")
    assert await most.text() == "2"


async def test_turns_requests_away_that_are_too_many(
    limits: Client, limits_host: HostProcess, gate: Gate
):
    """Two run, one waits, the next is refused at once and may come back later."""
    held = [asyncio.create_task(limits.request("GET", f"/api/hold?gate={gate}")) for _ in range(4)]
    refused, *_ = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
    running = limits_host.recorded.count("hold")

    gate.open()

    assert [one.result().status for one in refused] == [429]
    assert sorted([(await one).status for one in held]) == [200, 200, 200, 429]
    assert running <= 2


async def test_replaces_a_running_instance_when_any_state_may_be_overridden(limits: Client):
    """AnyState: the old execution is gone, and its id belongs to the new one."""
    path = f"{WEBHOOK}/orchestrators/wait/only-one"
    await limits.request("POST", path, json=1)
    await limits.wait_for("only-one", "Running")

    again = await limits.request("POST", path, json=2)

    assert again.status == 202
    await limits.request("POST", f"{WEBHOOK}/instances/only-one/raiseEvent/end", json="over")
    status = await limits.finish("only-one")
    assert (status["input"], status["output"]) == (2, ["over", "1.0"])
