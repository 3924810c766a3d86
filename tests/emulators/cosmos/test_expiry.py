"""Time to live and unique keys, and what an expired item no longer holds on to."""

import asyncio
import time
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import (
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from emulators.cosmos.definitions import container_body
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.items import Partition
from emulators.cosmos.retention import purge
from emulators.cosmos.store import Store


@pytest.fixture
async def expiring(database: DatabaseProxy) -> ContainerProxy:
    """A container where items live one second unless they say otherwise."""
    unique: dict[str, Any] = {"uniqueKeys": [{"paths": ["/email"]}]}
    return await database.create_container(
        "expiring", PartitionKey("/pk"), default_ttl=1, unique_key_policy=unique
    )


async def gone(container: ContainerProxy, name: str) -> None:
    """Wait until the item has expired.

    Raises:
        TimeoutError: it is still there after five seconds.
    """
    async with asyncio.timeout(5):
        while True:
            try:
                await container.read_item(name, "p")
            except CosmosResourceNotFoundError:
                return
            await asyncio.sleep(0.05)


def item(name: str, **more: Any) -> dict[str, Any]:
    """An item whose unique value is its own name unless said otherwise."""
    return {"id": name, "pk": "p", "email": name, **more}


async def test_an_expired_item_is_absent_everywhere(expiring: ContainerProxy):
    """Reads, queries, feeds and creates must agree that it is gone."""
    await expiring.create_item(item("a"))
    await expiring.create_item(item("kept", ttl=-1))
    await gone(expiring, "a")

    queried = [row async for row in expiring.query_items("SELECT VALUE c.id FROM c")]
    listed = [row["id"] async for row in expiring.read_all_items()]
    fed = [row["id"] async for row in expiring.query_items_change_feed(start_time="Beginning")]
    assert queried == listed == fed == ["kept"]
    with pytest.raises(CosmosResourceNotFoundError):
        await expiring.delete_item("a", "p")


async def test_an_expired_item_frees_its_id_and_its_unique_keys(expiring: ContainerProxy):
    """Creating over an expired id is a creation, with a new identity."""
    first = await expiring.create_item(item("a"))
    await expiring.create_item(item("b"))
    await gone(expiring, "b")

    again = await expiring.create_item(item("a"))
    taken_over = await expiring.create_item(item("c", email="b"))

    assert again["_rid"] != first["_rid"]
    assert taken_over["email"] == "b"


@pytest.mark.slow
async def test_writing_an_item_renews_its_time(expiring: ContainerProxy):
    """The time counts from the last write."""
    await expiring.create_item(item("a", ttl=2))
    started = time.monotonic()
    await expiring.create_item(item("watch"))
    await gone(expiring, "watch")

    await expiring.patch_item("a", "p", [{"op": "set", "path": "/n", "value": 1}])
    await gone(expiring, "a")

    # Seconds are cut off when a write is timed, so a renewed two-second item lives at least 2 s.
    assert time.monotonic() - started >= 2


async def test_items_never_expire_where_the_container_does_not_say_so(
    container: ContainerProxy, expiring: ContainerProxy
):
    """An item's ttl means nothing while the container has none, until the container gets one."""
    await container.create_item(item("a", ttl=1))
    await expiring.create_item(item("later"))

    await gone(expiring, "later")

    assert (await container.read_item("a", "p"))["ttl"] == 1


async def test_turning_expiry_on_acts_on_what_is_there(
    database: DatabaseProxy, container: ContainerProxy
):
    """The container's setting decides at once, also about old items."""
    await container.create_item(item("a", ttl=1))
    await container.create_item(item("b"))

    await database.replace_container(container, PartitionKey("/pk"), default_ttl=-1)
    await gone(container, "a")

    assert (await container.read_item("b", "p"))["id"] == "b"


@pytest.mark.parametrize("ttl", [0, None, -10, "5", 1.5, True, 2**31])
async def test_an_invalid_time_to_live_is_refused(container: ContainerProxy, ttl: object):
    """Also where the container has expiry switched off."""
    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.create_item(item("a", ttl=ttl))

    assert refused.value.status_code == 400


@pytest.fixture
async def unique(database: DatabaseProxy) -> ContainerProxy:
    """A container with a unique pair of values."""
    policy: dict[str, Any] = {"uniqueKeys": [{"paths": ["/email", "/kind"]}]}
    return await database.create_container("unique", PartitionKey("/pk"), unique_key_policy=policy)


async def test_a_unique_key_is_taken_once_per_partition(unique: ContainerProxy):
    """Whichever operation would make the second one is refused."""
    await unique.create_item(item("a", email="x", kind=1))
    await unique.create_item({**item("a", email="x", kind=1), "pk": "q"})
    other = await unique.create_item(item("b", email="x", kind=2))
    kind = [{"op": "set", "path": "/kind", "value": 1}]

    for attempt in (
        unique.create_item(item("c", email="x", kind=1)),
        unique.upsert_item(item("b", email="x", kind=1)),
        unique.replace_item("b", item("b", email="x", kind=1)),
        unique.patch_item("b", "p", kind),
    ):
        with pytest.raises(CosmosResourceExistsError):
            await attempt

    assert await unique.read_item("b", "p") == other


async def test_a_missing_value_counts_as_null(unique: ContainerProxy):
    """Two items without the property collide, as in the service."""
    await unique.create_item({"id": "a", "pk": "p"})

    with pytest.raises(CosmosResourceExistsError):
        await unique.create_item({"id": "b", "pk": "p", "email": None})


async def test_a_unique_key_is_free_again_after_its_item_changed_or_went(unique: ContainerProxy):
    """A key belongs to the current version of an item only."""
    await unique.create_item(item("a", email="x"))
    await unique.replace_item("a", item("a", email="y"))
    await unique.create_item(item("b", email="x"))

    await unique.delete_item("b", "p")

    assert (await unique.create_item(item("c", email="x")))["email"] == "x"


def test_purging_deletes_what_has_expired_and_nothing_else():
    """Otherwise a container of short-lived items would fill the disk."""
    store = Store(":memory:")
    database = store.create_database({"id": "d"})
    body = container_body({"id": "c", "partitionKey": {"paths": ["/pk"]}, "defaultTtl": 10})
    expiring = store.create_container(database, body)
    forever = store.create_container(database, {**body, "id": "f", "defaultTtl": None})
    for container in (expiring, forever):
        for name, ttl in [("default", {}), ("long", {"ttl": 99}), ("never", {"ttl": -1})]:
            with store.transaction(container) as lsn:
                partition = Partition(store.items, container, '["p"]', lsn, now=1000)
                partition.create({"id": name, "pk": "p", **ttl})

    purged = purge(store, now=1010)

    kept = [found.id for found in store.items.scan(expiring.number, Extent())]
    assert (purged, kept) == (1, ["long", "never"])
    assert len(list(store.items.scan(forever.number, Extent()))) == 3
    store.close()
