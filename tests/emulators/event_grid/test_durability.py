"""What was acknowledged is delivered, whatever happens to the process."""

import asyncio
import json
import subprocess
import sys

import aiohttp
import pytest
from azure.core.exceptions import AzureError

from tests.emulators.event_grid.conftest import Grid, event, running, subscription, topic
from tests.emulators.processes import EmulatorProcess, free_port

INTAKE = "orders/intake"


def process(tmp_path, *topics, speed=1):
    """An emulator that can be killed and started again."""
    config = tmp_path / "events.json"
    config.write_text(json.dumps({"topics": topics}), encoding="utf-8")
    options = ("--config", str(config), "--speed", str(speed))
    return EmulatorProcess("event_grid", tmp_path, *options)


async def test_kill_9_during_a_delivery_delivers_it_again(tmp_path, hook):
    """Whether it arrived is not known, so it goes again, and counts as a first attempt."""
    emulator = process(tmp_path, topic(subscription(hook)))
    hook.answers = [5.0]
    async with aiohttp.ClientSession() as session:
        grid = Grid(emulator.url, session)
        with emulator:
            await grid.publish(event("42"))
            await hook.wait_for(1)

        with emulator:
            await grid.settle(INTAKE, delivered=1, queued=0)

    assert hook.ids == ["42", "42"]
    assert hook.received[1].headers["aeg-delivery-count"] == "0"


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
async def test_kill_9_in_full_flight_loses_nothing(tmp_path, hook, kills):
    """Every event that was acknowledged arrives at least once, and nothing else does."""
    batching = {"maxEventsPerBatch": 7}
    emulator = process(tmp_path, topic(subscription(hook, batching=batching)))
    acknowledged, sent = [], []

    async def publish(grid, number):
        ids = [f"{number}-{position}" for position in range(20)]
        sent.extend(ids)
        await grid.publish(*map(event, ids))
        acknowledged.extend(ids)

    async with aiohttp.ClientSession() as session:
        grid = Grid(emulator.url, session)
        for kill in range(kills):
            with emulator:
                attempts = [
                    asyncio.create_task(publish(grid, number))
                    for number in range(kill * 20, kill * 20 + 20)
                ]
                await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED)
                await hook.wait_for(1)
            for attempt in attempts:
                attempt.cancel()
            ends = await asyncio.gather(*attempts, return_exceptions=True)
            assert all(
                end is None or isinstance(end, AzureError | asyncio.CancelledError) for end in ends
            )
        with emulator:
            await grid.settle(INTAKE, queued=0)

    assert acknowledged
    assert set(acknowledged) <= set(hook.ids) <= set(sent)


@pytest.mark.slow  # the second waits some seconds for the first to let go
def test_two_emulators_never_share_a_state(tmp_path):
    """The second would deliver again what the first is delivering, or even delete it."""
    with process(tmp_path, topic()):
        command = [sys.executable, "-m", "emulators.event_grid", "--state", str(tmp_path)]
        command += ["--config", str(tmp_path / "events.json"), "--port", str(free_port())]

        second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert second.returncode == 1
    assert "is in use by another emulator" in second.stderr
    assert "Traceback" not in second.stderr


async def test_retries_and_skipped_time_survive_a_restart(tmp_path, hook):
    """A plan of twelve hours is worth keeping."""
    topics = [topic(subscription(hook))]
    hook.answers = [500]
    async with running(topics, state=str(tmp_path)) as grid:
        await grid.advance(1000)
        await grid.publish(event("42"))
        await grid.settle(INTAKE, failedRequests=1)

    async with running(topics, state=str(tmp_path)) as grid:
        waiting = await grid.stats(INTAKE)
        await grid.advance(20)
        await grid.settle(INTAKE, delivered=1)

    assert (waiting["queued"], waiting["requests"]) == (1, 0)
    assert hook.received[1].headers["aeg-delivery-count"] == "1"


async def test_a_subscription_that_is_configured_no_more_is_deleted(tmp_path, hook):
    """With its events, as in Azure; a hidden backlog would never end."""
    gone = subscription(hook, name="gone")
    async with running([topic(subscription(hook), gone)], state=str(tmp_path)) as grid:
        for name in ("intake", "gone"):
            await grid.post(f"/_emulator/subscriptions/orders/{name}/pause")
        await grid.publish(event("42"))

    async with running([topic(subscription(hook))], state=str(tmp_path)) as grid:
        await grid.settle(INTAKE, delivered=1)
    async with running([topic(subscription(hook), gone)], state=str(tmp_path)) as grid:
        stats = await grid.stats()

    assert stats["queued"] == 0
    assert hook.ids == ["42"]
