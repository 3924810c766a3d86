"""Nothing in the check is about orders: it replays whatever the local host has run."""

import asyncio
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from devstack.histories import History
from devstack.services import ROOT
from tests.emulators.functions_host.harness import APPS, Client, start_host

RUNS = {
    "durable": [
        ("chain", 1),
        ("fan_out", 12),
        ("retried_side_by_side", [["a", 1], ["b", 2], ["c", 4]]),
        ("race_with_retries", None),
        ("parent", ["chain", 3]),
        ("parent_with_retry", "label"),
        ("nap", 5),
        ("approval", {"seconds": 0}),
        ("failing", "label"),
        ("missing_activity", None),
        ("replaying", None),
        ("pack", None),
        ("counted_fan_out", 20),
    ],
    "entities": [
        *(("medley", seed) for seed in range(8)),
        ("call_many", ["key", 5]),
        ("signal_in_order", ["key", ["a", "b"]]),
        ("generations", ["other", 3]),
    ],
}


async def keep(client: Client, instance_id: str, folder: Path) -> None:
    """Write the history of a finished instance to a file."""
    await client.finish(instance_id)
    response = await client.request("GET", f"/_emulator/history/{instance_id}")
    history = History.of_instance(instance_id, "", await response.json())
    history.write(history.file_in(folder))


def check(app: Path, histories: Path) -> subprocess.CompletedProcess[str]:
    """The command, for another app than ours."""
    which = ["--app", str(app), "--folder", str(histories)]
    return subprocess.run(
        [sys.executable, "-m", "devstack", "histories", "check", *which],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
async def test_replays_work_of_every_kind(tmp_path, name):
    """Retries, races, timers, children, events and entities all take their ids as on the host."""
    histories = tmp_path / "histories"
    host = start_host(name, tmp_path)
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(host, session)
            ids = [
                await client.start(orchestrator, input_, f"{orchestrator}-{number}")
                for number, (orchestrator, input_) in enumerate(RUNS[name])
            ]
            for instance_id in ids:
                await keep(client, instance_id, histories)
    finally:
        host.kill()

    done = await asyncio.to_thread(check, APPS / name, histories)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ids)} of {len(ids)} histories" in done.stdout
