"""Rewinding failed instances: what failed runs again, what succeeded does not."""

import json
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import (
    WEBHOOK,
    Client,
    Gate,
    HostProcess,
    start_host,
)


async def fail(client: Client, name: str, gate: Gate) -> str:
    """An instance of *name* that has failed for want of the gate's file."""
    status = await client.run(name, str(gate))
    assert status["runtimeStatus"] == "Failed"
    failed: str = status["instanceId"]
    return failed


async def test_runs_only_the_failed_activities_again(
    durable: Client, durable_host: HostProcess, gate: Gate
):
    """Once the cause is gone the instance goes on from where it broke."""
    instance_id = await fail(durable, "needy", gate)
    gate.open()

    assert await durable.use("rewind", instance_id) is None

    status = await durable.wait_for(instance_id, "Completed")
    assert status["output"] == ["found", 8]
    assert durable_host.recorded.count(f"nothing before {gate}") == 1
    assert durable_host.recorded.count(f"need_file {gate.name}") == 2
    assert durable_host.recorded.count(f"nothing after {gate}") == 1


async def test_rewinds_failed_sub_orchestrations_with_their_parent(
    durable: Client, durable_host: HostProcess, gate: Gate
):
    """The failure may be levels down; the parent gets the child's new result."""
    instance_id = await fail(durable, "needy_parent", gate)
    gate.open()

    await durable.use("rewind", instance_id)

    status = await durable.wait_for(instance_id, "Completed")
    child = await durable.status(f"{instance_id}-child")
    assert (status["output"], child["runtimeStatus"]) == (["found", 8], "Completed")
    assert durable_host.recorded.count(f"nothing parent {gate}") == 1
    assert durable_host.recorded.count(f"nothing before {gate}") == 1


async def test_fails_again_while_the_cause_is_there(durable: Client, gate: Gate):
    """And can then be rewound again."""
    instance_id = await fail(durable, "needy_parent", gate)
    await durable.use("rewind", instance_id)
    assert (await durable.finish(instance_id))["runtimeStatus"] == "Failed"
    gate.open()

    await durable.use("rewind", instance_id)

    await durable.wait_for(instance_id, "Completed")


async def test_keeps_the_reason_in_history(durable: Client, gate: Gate):
    """Whoever reads the history later sees that somebody stepped in."""
    instance_id = await fail(durable, "needy", gate)
    gate.open()
    await durable.use("rewind", instance_id)
    await durable.wait_for(instance_id, "Completed")

    history = (await durable.status(instance_id, showHistory="true"))["historyEvents"]

    kinds = [one["EventType"] for one in history]
    assert history[kinds.index("ExecutionRewound")]["Reason"] == "because"
    assert "TaskFailed" not in kinds
    assert kinds.count("ExecutionCompleted") == 1


@pytest.mark.parametrize("name", ["needy_undoing", "needy_with_retries"])
async def test_cannot_take_back_what_followed_the_failure(durable: Client, name: str, gate: Gate):
    """The real engine strikes out the failure only; its consequences no longer fit the code."""
    instance_id = await fail(durable, name, gate)
    gate.open()

    await durable.use("rewind", instance_id)

    status = await durable.finish(instance_id)
    assert status["runtimeStatus"] == "Failed"
    assert status["output"].startswith("Non-Deterministic workflow detected: ")


async def test_fails_again_when_a_sub_orchestration_is_gone(durable: Client, gate: Gate):
    """A purged child cannot be rewound, and its parent must not wait for it for ever."""
    instance_id = await fail(durable, "needy_parent", gate)
    await durable.use("purge", f"{instance_id}-child")

    await durable.use("rewind", instance_id)

    status = await durable.finish(instance_id)
    assert "cannot be rewound" in status["output"]


async def test_refuses_what_has_not_failed(durable: Client):
    """404 and 412; the SDK knows a message for the former only."""
    completed = (await durable.run("chain", 1))["instanceId"]
    path = f"{WEBHOOK}/instances/{completed}/rewind?reason=x"

    assert (await durable.request("POST", path)).status == 412
    assert await durable.use("rewind", "unknown") == "No instance with ID unknown found."


@pytest.mark.slow
async def test_goes_on_after_a_kill(tmp_path: Path, gate: Gate, session: aiohttp.ClientSession):
    """What was acknowledged is stored, for the instance and its children at once."""
    state = str(tmp_path / "state")
    first = start_host("durable", tmp_path, state=state)
    instance_id = await fail(Client(first, session), "needy_parent", gate)
    gate.open()
    await Client(first, session).use("rewind", instance_id)
    first.kill()

    second = start_host("durable", tmp_path, state=state)

    status = await Client(second, session).wait_for(instance_id, "Completed")
    second.kill()
    assert json.dumps(status["output"]) == '["found", 8]'
