"""Databases, containers, their ranges and their throughput."""

import json
from typing import Any

import pytest
from azure.cosmos import PartitionKey, ThroughputProperties
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import (
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from tests.emulators.cosmos.raw import RawClient


async def test_creating_if_not_exists_twice_gives_the_same_database(client: CosmosClient):
    """Every start of the app does this; it must be repeatable."""
    first = await client.create_database_if_not_exists("twice")
    second = await client.create_database_if_not_exists("twice")

    assert (await first.read())["_rid"] == (await second.read())["_rid"]
    await client.delete_database("twice")


async def test_a_database_id_is_taken_once(client: CosmosClient, database: DatabaseProxy):
    """Two apps that create the same database must not both believe they did."""
    with pytest.raises(CosmosResourceExistsError):
        await client.create_database(database.id)


async def test_databases_can_be_listed_and_queried(client: CosmosClient, database: DatabaseProxy):
    """Tools find their database by listing or by a query."""
    listed = [body["id"] async for body in client.list_databases()]
    queried = client.query_databases(
        "SELECT * FROM r WHERE r.id = @id", parameters=[{"name": "@id", "value": database.id}]
    )

    assert database.id in listed
    assert [body["id"] async for body in queried] == [database.id]


async def test_a_container_comes_with_the_default_indexing_policy(container: ContainerProxy):
    """The service fills the policy in, and apps that replace a container send it back."""
    body = await container.read()

    assert body["indexingPolicy"] == {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [{"path": '/"_etag"/?'}],
    }


async def test_a_partial_indexing_policy_is_completed(database: DatabaseProxy):
    """What is not said is indexed, but for the etag."""
    container = await database.create_container(
        "partial", PartitionKey("/pk"), indexing_policy={"indexingMode": "consistent"}
    )

    policy = (await container.read())["indexingPolicy"]

    assert policy["includedPaths"] == [{"path": "/*"}]
    assert policy["excludedPaths"] == [{"path": '/"_etag"/?'}]


async def test_replacing_a_container_keeps_its_items(
    database: DatabaseProxy, container: ContainerProxy
):
    """Changing a TTL in a deployment must not cost data."""
    await container.create_item({"id": "a", "pk": "p"})

    await database.replace_container(container, PartitionKey("/pk"), default_ttl=3600)

    assert (await container.read())["defaultTtl"] == 3600
    assert (await container.read_item("a", "p"))["id"] == "a"


async def test_replacing_a_container_keeps_its_unique_keys(database: DatabaseProxy):
    """The SDK cannot even send them when it replaces a container."""
    policy: dict[str, Any] = {"uniqueKeys": [{"paths": ["/email"]}]}
    container = await database.create_container("u", PartitionKey("/pk"), unique_key_policy=policy)

    await database.replace_container(container, PartitionKey("/pk"), default_ttl=60)

    assert (await container.read())["uniqueKeyPolicy"] == policy


async def test_the_partition_key_of_a_container_is_fixed(
    database: DatabaseProxy, container: ContainerProxy
):
    """The service cannot move items to other partitions, so it refuses."""
    with pytest.raises(CosmosHttpResponseError) as refused:
        await database.replace_container(container, PartitionKey("/other"))

    assert refused.value.status_code == 400


async def test_deleting_a_container_deletes_its_items(
    database: DatabaseProxy, container: ContainerProxy
):
    """A container made again under the same name starts empty."""
    await container.create_item({"id": "a", "pk": "p"})

    await database.delete_container(container)
    again = await database.create_container("things", PartitionKey("/pk"))

    assert [item async for item in again.read_all_items()] == []


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a#b", "a?b", "ends ", "x" * 256, 7, None])
async def test_an_invalid_container_id_is_refused(
    raw: RawClient, database: DatabaseProxy, name: Any
):
    """The service's rules for names, also for clients that do not check them first."""
    body = json.dumps({"id": name, "partitionKey": {"paths": ["/pk"], "kind": "Hash"}})

    status, _, _ = await raw.send("POST", f"/dbs/{database.id}/colls", body)

    assert status == 400


@pytest.mark.parametrize(
    "definition",
    [
        {"partitionKey": None},
        {"partitionKey": {"paths": []}},
        {"partitionKey": {"paths": ["pk"]}},
        {"partitionKey": {"paths": ["/a", "/b", "/c", "/d"], "kind": "MultiHash"}},
        {"defaultTtl": -10},
        {"defaultTtl": 0},
        {"indexingPolicy": {"includedPaths": [{"path": "/a"}]}},
        {"indexingPolicy": {"indexingMode": "none", "includedPaths": [{}]}},
        {"uniqueKeyPolicy": {"uniqueKeys": [{"paths": []}]}},
        {"uniqueKeyPolicy": {"uniqueKeys": [{"paths": [f"/k{n}"]} for n in range(11)]}},
    ],
)
async def test_an_invalid_definition_is_refused(
    raw: RawClient, database: DatabaseProxy, definition: dict[str, Any]
):
    """A mistake in a deployment's template shows on this machine."""
    valid = {"id": "x", "partitionKey": {"paths": ["/pk"], "kind": "Hash"}}

    status, _, _ = await raw.send(
        "POST", f"/dbs/{database.id}/colls", json.dumps({**valid, **definition})
    )

    assert status == 400


async def test_a_missing_owner_is_told_apart_from_a_missing_item(database: DatabaseProxy):
    """Substatus 1003 tells an app that its container is gone, not one item."""
    with pytest.raises(CosmosResourceNotFoundError) as missing:
        await database.get_container_client("nowhere").read_item("a", "p")

    assert missing.value.status_code == 404


async def test_reading_ranges_ends_with_304(
    raw: RawClient, database: DatabaseProxy, container: ContainerProxy
):
    """Any other answer to the repeated request would keep the SDK asking forever."""
    path = f"/dbs/{database.id}/colls/{container.id}/pkranges"
    status, headers, text = await raw.send("GET", path)
    assert status == 200
    assert '"maxExclusive": "FF"' in text

    status, _, text = await raw.send("GET", path, if_none_match=headers["etag"])

    assert (status, text) == (304, "")


async def test_there_are_never_any_conflicts(container: ContainerProxy):
    """They arise between write regions; apps that resolve them still may ask."""
    assert [conflict async for conflict in container.list_conflicts()] == []
    with pytest.raises(CosmosResourceNotFoundError):
        await container.get_conflict("any", "p")


async def test_throughput_is_kept_and_can_be_changed(database: DatabaseProxy):
    """Deployment scripts scale containers up before a load and down after it."""
    container = await database.create_container("t", PartitionKey("/pk"), offer_throughput=500)
    assert (await container.get_throughput()).offer_throughput == 500

    await container.replace_throughput(600)

    assert (await container.get_throughput()).offer_throughput == 600


async def test_autoscale_throughput_is_kept(database: DatabaseProxy):
    """The maximum of an autoscale container comes back as its maximum."""
    autoscale = ThroughputProperties(auto_scale_max_throughput=4000)

    container = await database.create_container(
        "t", PartitionKey("/pk"), offer_throughput=autoscale
    )

    assert (await container.get_throughput()).auto_scale_max_throughput == 4000


async def test_a_container_tells_what_is_in_its_ranges_when_asked(database: DatabaseProxy):
    """What capacity scripts look at; nothing is spent on it otherwise."""
    container = await database.create_container("t", PartitionKey("/pk"), offer_throughput=13_000)
    for name in "abc":
        await container.create_item({"id": name, "pk": name})

    body = await container.read(
        populate_partition_key_range_statistics=True, populate_quota_info=True
    )

    headers = container.client_connection.last_response_headers
    assert sum(part["documentCount"] for part in body["statistics"]) == 3
    assert len(body["statistics"]) == 5
    assert headers["x-ms-documentdb-collection-index-transformation-progress"] == "100"
