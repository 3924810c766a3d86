"""Putting the clock of a task hub forward, so that nobody waits three days for a test."""

from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import Client, start_host

DAYS = 3
MILLISECONDS = DAYS * 86_400_000


async def skip(client: Client, seconds: float) -> float:
    """Put the clock forward; how far it is ahead then."""
    answer = await client.request("POST", "/_emulator/clock", json={"advanceSeconds": seconds})
    assert answer.status == 200, await answer.text()
    return float((await answer.json())["aheadSeconds"])


async def test_a_timer_of_days_fires_when_the_clock_is_put_there(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """The orchestrator sees the time that it waited for, and the restart keeps it."""
    state = str(tmp_path / "state")
    host = start_host("durable", tmp_path, state=state)
    client = Client(host, session)
    instance_id = await client.start("nap", MILLISECONDS)
    await client.wait_for(instance_id, "Running")

    ahead = await skip(client, DAYS * 86_400)

    slept = (await client.finish(instance_id))["output"]
    host.kill()
    again = start_host("durable", tmp_path, state=state)
    kept = await skip(Client(again, session), 0)
    again.kill()
    assert slept >= DAYS * 86_400
    assert ahead == kept == DAYS * 86_400


@pytest.mark.parametrize("body", [{}, {"advanceSeconds": -1}, {"advanceSeconds": "soon"}, []])
async def test_a_clock_that_would_be_wrong_is_refused(durable: Client, body):
    """What is wrong is said, and the clock stays as it is."""
    refused = await durable.request("POST", "/_emulator/clock", json=body)

    assert refused.status == 400
    assert "advanceSeconds" in (await refused.json())["error"]
    assert (await (await durable.request("GET", "/_emulator/clock")).json())["aheadSeconds"] == 0
