"""The change feed in all-versions-and-deletes mode."""

import time
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosBatchOperationError

from emulators.cosmos.auth import EMULATOR_KEY
from emulators.cosmos.definitions import container_body
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.items import Partition
from emulators.cosmos.retention import purge
from emulators.cosmos.store import Store
from tests.emulators.cosmos.raw import RawClient
from tests.emulators.cosmos.server import EmulatorProcess
from tests.emulators.cosmos.test_change_feed import token

MODE: Any = "AllVersionsAndDeletes"
FULL = {"a_im": "Full-Fidelity Feed"}


async def versions(container: ContainerProxy, **options: Any) -> list[dict[str, Any]]:
    """What the feed tells until it is idle."""
    return [row async for row in container.query_items_change_feed(mode=MODE, **options)]


async def begin(container: ContainerProxy) -> str:
    """A continuation from which everything to come is told."""
    assert await versions(container) == []
    return token(container)


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    """What happened, in order."""
    return [row["metadata"]["operationType"] for row in rows]


async def test_every_version_and_the_deletion_are_told(container: ContainerProxy):
    """An audit or a cache sees what the latest-version feed leaves out."""
    start = await begin(container)
    await container.create_item({"id": "a", "pk": "p", "n": 1})
    await container.upsert_item({"id": "a", "pk": "p", "n": 2})
    await container.delete_item("a", "p")

    rows = await versions(container, continuation=start)

    assert kinds(rows) == ["create", "replace", "delete"]
    assert [row["current"].get("n") for row in rows] == [1, 2, None]
    assert [row.get("previous", {}).get("n") for row in rows] == [None, 1, 2]
    assert rows[2]["metadata"]["id"] == "a"
    assert rows[2]["metadata"]["partitionKey"] == {"pk": "p"}
    assert rows[1]["metadata"]["previousImageLSN"] == rows[0]["metadata"]["lsn"]


async def test_a_batch_is_never_split_over_two_pages(container: ContainerProxy):
    """Its changes have one LSN: a reader that stopped within it would lose the rest."""
    start = await begin(container)
    creations = [("create", ({"id": name, "pk": "p"},)) for name in "abcde"]
    await container.execute_item_batch(creations, "p")
    await container.create_item({"id": "f", "pk": "p"})

    feed = container.query_items_change_feed(mode=MODE, continuation=start, max_item_count=2)
    pages = [[row["current"]["id"] async for row in page] async for page in feed.by_page()]

    assert pages == [list("abcde"), ["f"]]


async def test_a_failed_batch_leaves_no_version(container: ContainerProxy):
    """What was rolled back never happened."""
    start = await begin(container)
    twice = [("create", ({"id": "a", "pk": "p"},))] * 2

    with pytest.raises(CosmosBatchOperationError):
        await container.execute_item_batch(twice, "p")

    assert await versions(container, continuation=start) == []


@pytest.mark.parametrize("throughput", [400, 30_000])
async def test_one_partition_can_be_followed_alone(database: DatabaseProxy, throughput: int):
    """Its readers pay for its changes only, wherever it is."""
    container = await database.create_container(
        "c", PartitionKey("/pk"), offer_throughput=throughput
    )
    assert await versions(container, partition_key="p3") == []
    start = token(container)
    for number in range(6):
        await container.create_item({"id": f"i{number}", "pk": f"p{number}"})

    rows = await versions(container, continuation=start)

    assert [row["current"]["id"] for row in rows] == ["i3"]


@pytest.mark.parametrize(
    "start", [{}, {"if_modified_since": "Mon, 23 Nov 2026 18:00:00 GMT"}, {"if_none_match": '"x"'}]
)
async def test_it_starts_now_or_at_a_continuation(raw: RawClient, docs: str, start: dict[str, str]):
    """Older versions were never kept; part of the truth would pass for all of it."""
    status, _, _ = await raw.send("GET", docs, **FULL, **start)

    assert status == 400


async def test_versions_survive_a_crash(tmp_path: Path):
    """A reader that comes back after ``kill -9`` misses nothing."""
    emulator = EmulatorProcess(state=str(tmp_path))
    async with CosmosClient(emulator.url, EMULATOR_KEY) as client:
        database = await client.create_database("d")
        container = await database.create_container("c", PartitionKey("/pk"))
        start = await begin(container)
        await container.create_item({"id": "a", "pk": "p"})
        await container.delete_item("a", "p")
    emulator.kill()
    emulator = EmulatorProcess(state=str(tmp_path), port=emulator.port)
    async with CosmosClient(emulator.url, EMULATOR_KEY) as client:
        container = client.get_database_client("d").get_container_client("c")

        rows = await versions(container, continuation=start)
    emulator.stop()

    assert kinds(rows) == ["create", "delete"]


@pytest.fixture
def store() -> Store:
    """One item, in a container that keeps items ten seconds and versions a minute."""
    store = Store(":memory:")
    given = {
        "id": "c",
        "partitionKey": {"paths": ["/pk"]},
        "defaultTtl": 10,
        "changeFeedPolicy": {"retentionDuration": 1},
    }
    container = store.create_container(store.create_database({"id": "d"}), container_body(given))
    store.record_versions(container)
    with store.transaction(container) as lsn:
        Partition(store.items, container, '["p"]', lsn).create({"id": "a", "pk": "p"})
    return store


def kept(store: Store) -> list[tuple[str, bool]]:
    """The versions that are stored: what happened, and whether it was by expiry."""
    (container,) = store.containers.values()
    found = store.items.versions.since(container.number, Extent(), 0)
    return [(version.operation, version.expired) for version in found]


def test_an_expired_item_is_told_as_deleted_by_time(store: Store):
    """A cache must drop it, and an audit must not blame anybody."""
    purge(store, time.time() + 11)

    assert kept(store) == [("create", False), ("delete", True)]


def test_versions_are_kept_as_long_as_the_container_says(store: Store):
    """After that their room is given back, and a reader from before is refused, not misled."""
    purge(store, time.time() + 59)
    assert ("create", False) in kept(store)

    purge(store, time.time() + 62)

    (container,) = store.containers.values()
    assert ("create", False) not in kept(store)
    assert store.items.versions.horizon(container.number) == 1


def test_a_container_nobody_follows_keeps_no_versions(store: Store):
    """Everybody else would pay for them."""
    body = container_body({"id": "other", "partitionKey": {"paths": ["/pk"]}})
    (database,) = store.databases.values()
    other = store.create_container(database, body)
    with store.transaction(other) as lsn:
        Partition(store.items, other, '["p"]', lsn).create({"id": "a", "pk": "p"})

    assert list(store.items.versions.since(other.number, Extent(), 0)) == []
