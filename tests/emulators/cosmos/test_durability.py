"""What was acknowledged survives ``kill -9``, and nothing interleaves."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosBatchOperationError

from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.cosmos.server import EmulatorProcess


def reservation(number: int) -> list[Any]:
    """One reservation: its document and the guarded change of the level, in one batch."""
    increment = [{"op": "incr", "path": "/reserved", "value": 1}]
    guard = {"filter_predicate": "from c where c.onHand - c.reserved >= 1"}
    return [
        ("create", ({"id": f"r{number}", "pk": "sku"},)),
        ("patch", ("stock", increment), guard),
    ]


async def reserve(container: ContainerProxy, number: int) -> bool:
    """Whether the reservation was acknowledged."""
    try:
        await container.execute_item_batch(reservation(number), "sku")
    except CosmosBatchOperationError as refused:
        if refused.status_code != 412:
            raise
        return False
    return True


async def test_a_hot_item_is_never_oversold(container: ContainerProxy):
    """Fifty concurrent buyers of the last twenty: exactly twenty get one."""
    await container.create_item({"id": "stock", "pk": "sku", "onHand": 20, "reserved": 0})

    sold = await asyncio.gather(*(reserve(container, number) for number in range(50)))

    reservations: list[Any] = [
        row
        async for row in container.query_items(
            "SELECT VALUE COUNT(1) FROM c WHERE STARTSWITH(c.id, 'r')", partition_key="sku"
        )
    ]
    assert sum(sold) == 20
    assert (await container.read_item("stock", "sku"))["reserved"] == 20
    assert reservations == [20]


async def test_a_concurrent_increment_is_never_lost(container: ContainerProxy):
    """Reading, adding and writing are one step of the server."""
    await container.create_item({"id": "counter", "pk": "p", "n": 0})
    increment = [{"op": "incr", "path": "/n", "value": 1}]

    await asyncio.gather(*(container.patch_item("counter", "p", increment) for _ in range(60)))

    assert (await container.read_item("counter", "p"))["n"] == 60


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path):
    """Killed in the middle of its work, it comes back with every batch whole or absent."""
    process = EmulatorProcess(str(tmp_path))
    acknowledged: set[int] = set()
    async with CosmosClient(process.url, EMULATOR_KEY, retry_total=0) as client:
        database = await client.create_database("d")
        container = await database.create_container("c", PartitionKey("/pk"))
        await container.create_item({"id": "stock", "pk": "sku", "onHand": 10**6, "reserved": 0})
        await _reserve_until_killed(container, process, acknowledged)
    revived = EmulatorProcess(str(tmp_path), process.port)

    async with CosmosClient(revived.url, EMULATOR_KEY) as client:
        container = client.get_database_client("d").get_container_client("c")
        stored = {
            int(str(row)[1:])
            async for row in container.query_items(
                "SELECT VALUE c.id FROM c WHERE c.id != 'stock'", partition_key="sku"
            )
        }
        stock = await container.read_item("stock", "sku")
        fed = [row["id"] async for row in container.query_items_change_feed(start_time="Beginning")]
    revived.stop()
    assert len(acknowledged) >= 40
    assert acknowledged <= stored
    assert stock["reserved"] == len(stored) == len(fed) - 1


async def _reserve_until_killed(
    container: ContainerProxy, process: EmulatorProcess, acknowledged: set[int]
) -> None:
    async def work(worker: int) -> None:
        for number in range(worker, 10_000, 4):
            try:
                await container.execute_item_batch(reservation(number), "sku")
            except (AzureError, OSError):
                return
            acknowledged.add(number)
            if len(acknowledged) == 40:
                process.kill()

    await asyncio.gather(*(work(worker) for worker in range(4)))


async def test_everything_is_there_after_a_restart(tmp_path: Path):
    """Definitions, throughput, expiry, unique keys and the LSN too, not only items."""
    process = EmulatorProcess(str(tmp_path))
    async with CosmosClient(process.url, EMULATOR_KEY) as client:
        database = await client.create_database("d")
        container = await database.create_container(
            "c", PartitionKey("/pk"), default_ttl=-1, offer_throughput=900
        )
        before = await container.create_item({"id": "a", "pk": "p"})
        definition = await container.read()
        await container.delete_item("a", "p")
        await container.create_item({"id": "b", "pk": "p"})
    process.kill()
    revived = EmulatorProcess(str(tmp_path), process.port)

    async with CosmosClient(revived.url, EMULATOR_KEY) as client:
        container = client.get_database_client("d").get_container_client("c")
        assert await container.read() == definition
        assert (await container.get_throughput()).offer_throughput == 900
        again = await container.create_item({"id": "a", "pk": "p"})
        assert again["_rid"] != before["_rid"]
        assert again.get_response_headers()["lsn"] == "4"
    revived.stop()


@pytest.mark.parametrize("option", ["--port", "--key"])
def test_a_bad_option_is_explained(option: str):
    """Whoever starts it by hand sees what to change."""
    command = [sys.executable, "-m", "emulators.cosmos", option, "!"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)

    assert ended.returncode != 0
    assert option in ended.stderr
    assert "Traceback" not in ended.stderr
