"""Worker processes: they share the work, and their deaths cost nobody anything."""

import asyncio
import fcntl
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import Client, HostProcess, start_host
from tests.emulators.processes import free_port


@pytest.fixture(scope="module")
def pair_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host with two workers."""
    host = start_host("durable", tmp_path_factory.mktemp("pair"), "--workers", "2")
    yield host
    host.kill()


@pytest.fixture
def pair(pair_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(pair_host, session)


async def test_spreads_work_over_all_workers(pair: Client):
    """One instance, one state, two processes: both cores work."""
    status = await pair.run("processes")

    assert len(set(status["output"])) == 2


async def test_runs_an_activity_again_when_its_worker_dies(
    pair: Client, pair_host: HostProcess, tmp_path: Path
):
    """The engine keeps work until it is done, so a crash of user code repeats it, no more."""
    status = await pair.run("survivor", str(tmp_path / "died"))

    assert isinstance(status["output"], int)
    assert pair_host.recorded.count("kill_worker_once died") == 2


async def test_answers_500_when_a_worker_dies_under_a_request(pair: Client):
    """Nobody may repeat an HTTP request but its sender; the next one finds a new worker."""
    crashed = await pair.request("POST", "/api/crash")
    next_one = await pair.run("chain", 1)

    assert (crashed.status, next_one["output"]) == (500, 16)


async def test_starts_workers_under_a_debugger_where_asked_to(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    """An editor attaches to the process that runs the functions, as with Core Tools."""
    port = free_port()
    debugger = f"-m debugpy --listen 127.0.0.1:{port}"
    monkeypatch.setenv("languageWorkers__python__arguments", debugger)
    host = start_host("durable", tmp_path)

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    greeting = await reader.readline()

    writer.close()
    ran = await Client(host, session).run("chain", 1)
    host.kill()
    assert greeting.startswith(b"Content-Length: ")
    assert ran["output"] == 16


async def test_keeps_the_hosts_own_modules_from_the_app(durable: Client):
    """An app that imports here what it lacks would fail on Azure."""
    response = await durable.request("GET", "/api/project")

    assert await response.text() == "False"


@pytest.mark.slow
async def test_gives_up_on_an_app_whose_workers_keep_dying(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """As the real host does: three early deaths are a pattern, not an accident."""
    host = start_host("durable", tmp_path)
    client = Client(host, session)

    answers = [(await client.request("POST", "/api/crash")).status for _ in range(4)]

    host.kill()
    assert answers == [500] * 4
    assert "Exceeded language worker restart retry count" in host.output


async def test_takes_its_worker_down_when_it_is_killed(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """A worker that outlived its host would run functions for nobody."""
    host = start_host("durable", tmp_path)
    lock = tmp_path / "lock"
    await Client(host, session).request("POST", f"/api/lock?path={lock}")

    host.kill()

    with lock.open() as file:
        # The lock is free only when the worker is gone; the test's timeout bounds the wait.
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)


async def test_warms_the_worker_up_that_replaces_a_dead_one(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Its first request would otherwise find cold clients, just when things go wrong."""
    host = start_host("http", tmp_path)
    client = Client(host, session)
    await client.request("POST", "/api/crash")

    answer = await client.request("GET", "/api/warm")

    host.kill()
    assert await answer.text() == "True"
