"""State on disk: what was acknowledged survives ``kill -9``, and nothing runs twice needlessly."""

import os
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import (
    APPS,
    ROOT,
    WEBHOOK,
    Client,
    Gate,
    HostProcess,
    start_host,
)


@pytest.fixture
def state(tmp_path: Path) -> str:
    """Where both processes of a test keep their state."""
    return str(tmp_path / "state")


async def test_goes_on_where_a_killed_process_stopped(
    tmp_path: Path, state: str, gate: Gate, session: aiohttp.ClientSession
):
    """Finished activities stay finished; the one that ran runs again; the rest follows."""
    first = start_host("durable", tmp_path, state=state)
    instance_id = await Client(first, session).start("blocked", str(gate))
    await Client(first, session).wait_for_record(f"wait_for_file {gate.name}")
    first.kill()
    gate.open()

    second = start_host("durable", tmp_path, state=state)

    status = await Client(second, session).finish(instance_id)
    second.kill()
    assert status["output"] == gate.name
    assert second.recorded == [
        "nothing first",
        f"wait_for_file {gate.name}",
        f"wait_for_file {gate.name}",
        f"opened {gate.name}",
        "nothing last",
    ]


@pytest.mark.slow
async def test_keeps_every_acknowledged_start(
    tmp_path: Path, state: str, session: aiohttp.ClientSession
):
    """An instance whose id was handed out is there after a kill at any moment."""
    first = start_host("durable", tmp_path, state=state)
    ids = [await Client(first, session).start("chain", n) for n in range(20)]
    first.kill()

    second = start_host("durable", tmp_path, state=state)

    outputs = [(await Client(second, session).finish(one))["output"] for one in ids]
    second.kill()
    assert outputs == [16 * n for n in range(20)]


@pytest.mark.slow
async def test_fires_timers_that_came_due_while_it_was_down(
    tmp_path: Path, state: str, session: aiohttp.ClientSession
):
    """Durable timers belong to the state, not to the process."""
    first = start_host("durable", tmp_path, state=state)
    instance_id = await Client(first, session).start("nap", 1500)
    await Client(first, session).wait_for(instance_id, "Running")
    first.kill()

    second = start_host("durable", tmp_path, state=state)

    status = await Client(second, session).finish(instance_id)
    second.kill()
    assert status["output"] >= 1.5


@pytest.mark.slow
async def test_refuses_state_that_another_host_uses(tmp_path: Path, state: str):
    """Two hosts on one task hub would run every activity twice."""
    first = start_host("durable", tmp_path, state=state)

    second = HostProcess(APPS / "durable", tmp_path, state=state)

    assert second.wait_for_exit() == 1
    first.kill()
    assert "task hub DurableTests" in second.output
    assert "is in use by another host" in second.output


@pytest.mark.slow
async def test_keeps_task_hubs_in_one_folder_apart(
    tmp_path: Path, state: str, session: aiohttp.ClientSession
):
    """Two apps may share a state folder, each with a hub of its own."""
    one = start_host("durable", tmp_path, state=state)
    other = start_host("limits", tmp_path, state=state)

    instance_id = await Client(one, session).start("chain", 1)

    elsewhere = await Client(other, session).request("GET", f"{WEBHOOK}/instances/{instance_id}")
    one.kill()
    other.kill()
    assert elsewhere.status == 404


@pytest.mark.slow
async def test_lets_running_activities_finish_when_told_to_stop(
    tmp_path: Path, state: str, gate: Gate, session: aiohttp.ClientSession
):
    """SIGTERM is no crash: the running activity ends and is not repeated."""
    first = start_host("durable", tmp_path, state=state)
    instance_id = await Client(first, session).start("blocked", str(gate))
    await Client(first, session).wait_for_record(f"wait_for_file {gate.name}")
    first.terminate()
    gate.open()
    first.wait_for_exit()

    second = start_host("durable", tmp_path, state=state)

    await Client(second, session).finish(instance_id)
    second.kill()
    assert second.recorded.count(f"wait_for_file {gate.name}") == 1


@pytest.mark.slow
async def test_does_not_wait_for_ever_for_an_activity_that_hangs(
    tmp_path: Path, state: str, gate: Gate, session: aiohttp.ClientSession
):
    """The grace period ends; the activity runs again at the next start."""
    host = start_host("durable", tmp_path, state=state)
    await Client(host, session).start("blocked", str(gate))
    await Client(host, session).wait_for_record(f"wait_for_file {gate.name}")

    host.terminate()

    assert host.wait_for_exit() == 0


def relative(path: Path) -> str:
    """*path* as seen from where hosts are started."""
    return os.path.relpath(path, ROOT)


async def test_takes_relative_paths_from_where_it_was_started(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Both are typed by a person in a terminal, whatever folder the host itself then works in."""
    host = start_host(
        Path(relative(APPS / "durable")), tmp_path, state=relative(tmp_path / "state")
    )

    status = await Client(host, session).run("chain", 1)
    host.kill()
    assert status["output"] == 16
    assert (tmp_path / "state").is_dir()
