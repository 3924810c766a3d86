"""Many external events at once: none is lost or taken twice, and they cost few replays."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.harness import WEBHOOK, Client, HostProcess, start_host

EVENTS = 200


@pytest.fixture(scope="module")
def quiet_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host on which nothing else runs, so that its episodes can be counted."""
    host = start_host("durable", tmp_path_factory.mktemp("bursts"))
    yield host
    host.kill()


@pytest.fixture
def quiet(quiet_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(quiet_host, session)


async def raise_all(client: Client, instance_id: str) -> None:
    """Raise the numbers below EVENTS, all at once."""
    path = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/number"
    await asyncio.gather(*(client.request("POST", path, json=n) for n in range(EVENTS)))


async def run(client: Client, name: str, input_: Any) -> Any:
    """The output of an orchestrator that is sent all events while it runs."""
    instance_id = await client.start(name, input_)
    await raise_all(client, instance_id)
    return (await client.finish(instance_id))["output"]


async def episodes(client: Client) -> int:
    """How many episodes the host has run."""
    stats = await (await client.request("GET", "/_emulator/stats")).json()
    return int(stats["durable"]["episodes"])


async def test_takes_a_burst_in_few_episodes(quiet: Client):
    """Each replays all that came before, so one for each event would cost their square."""
    before = await episodes(quiet)

    total = await run(quiet, "many_events", EVENTS)

    assert total == sum(range(EVENTS))
    assert await episodes(quiet) - before < EVENTS / 2


async def test_hands_every_event_of_a_burst_to_the_generation_that_waits_for_it(quiet: Client):
    """An eternal orchestration takes one each time; the rest must reach its successors."""
    total = await run(quiet, "one_event_a_generation", [EVENTS, 0])

    assert total == sum(range(EVENTS))
