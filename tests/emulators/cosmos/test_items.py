"""Items: point operations, conditions, system properties, limits."""

import json

import pytest
from azure.core import MatchConditions
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from azure.cosmos.partition_key import NonePartitionKeyValue

from tests.emulators.cosmos.raw import RawClient, key

ITEM = {"id": "a", "pk": "p", "n": 1}


async def test_a_created_item_can_be_read(container: ContainerProxy):
    """What was acknowledged is there, with the properties the service adds."""
    created = await container.create_item(ITEM)

    read = await container.read_item("a", "p")

    assert read == created
    assert {"_rid", "_self", "_etag", "_attachments", "_ts"} <= read.keys()


async def test_an_id_is_taken_once_per_partition(container: ContainerProxy):
    """A repeated step finds its own document by this conflict."""
    await container.create_item(ITEM)

    await container.create_item({"id": "a", "pk": "q"})
    with pytest.raises(CosmosResourceExistsError):
        await container.create_item(ITEM)


@pytest.mark.parametrize(("name", "partition"), [("b", "p"), ("a", "q")])
async def test_a_missing_item_is_not_found(container: ContainerProxy, name: str, partition: str):
    """The wrong partition key hides an item as if it did not exist."""
    await container.create_item(ITEM)

    with pytest.raises(CosmosResourceNotFoundError):
        await container.read_item(name, partition)


async def test_upserting_creates_and_then_replaces(raw: RawClient, docs: str):
    """The status tells an app which of the two happened."""
    upsert = {"x_ms_documentdb_is_upsert": "True", **key("p")}

    first, _, _ = await raw.send("POST", docs, json.dumps(ITEM), **upsert)
    second, _, text = await raw.send("POST", docs, json.dumps({**ITEM, "n": 2}), **upsert)

    assert (first, second) == (201, 200)
    assert json.loads(text)["n"] == 2


async def test_replacing_keeps_the_identity_of_an_item(container: ContainerProxy):
    """The rid belongs to the item, the etag to the version."""
    created = await container.create_item(ITEM)

    replaced = await container.replace_item("a", {**ITEM, "n": 2})

    assert replaced["_rid"] == created["_rid"]
    assert replaced["_etag"] != created["_etag"]


async def test_replacing_with_another_id_renames_the_item(container: ContainerProxy):
    """It stays the same item under its new name, unless the name is taken."""
    created = await container.create_item(ITEM)
    await container.create_item({**ITEM, "id": "taken"})

    renamed = await container.replace_item("a", {**ITEM, "id": "b"})

    assert renamed["_rid"] == created["_rid"]
    assert (await container.read_item("b", "p"))["n"] == 1
    with pytest.raises(CosmosResourceNotFoundError):
        await container.read_item("a", "p")
    with pytest.raises(CosmosResourceExistsError):
        await container.replace_item("b", {**ITEM, "id": "taken"})


async def test_replacing_a_missing_item_is_not_found_even_with_an_etag(container: ContainerProxy):
    """A missing document is 404, not 412: nothing can match or fail to."""
    with pytest.raises(CosmosResourceNotFoundError):
        await container.replace_item(
            "a", ITEM, etag='"x"', match_condition=MatchConditions.IfNotModified
        )


async def test_a_deleted_item_is_gone(container: ContainerProxy):
    """And deleting it again says so."""
    await container.create_item(ITEM)

    await container.delete_item("a", "p")

    with pytest.raises(CosmosResourceNotFoundError):
        await container.delete_item("a", "p")


async def test_a_whole_partition_can_be_deleted(container: ContainerProxy):
    """A customer's data goes in one request; everybody else's stays."""
    for name in "abc":
        await container.create_item({"id": name, "pk": "p"})
    await container.create_item({"id": "a", "pk": "q"})

    await container.delete_all_items_by_partition_key("p")

    assert [item["pk"] async for item in container.read_all_items()] == ["q"]


async def test_an_item_made_again_is_another_item(container: ContainerProxy):
    """A reader that kept the rid of the deleted one must not get the new one."""
    first = await container.create_item(ITEM)
    await container.delete_item("a", "p")

    second = await container.create_item(ITEM)

    assert second["_rid"] != first["_rid"]


async def test_an_item_can_be_addressed_by_itself(container: ContainerProxy):
    """The SDK addresses by ``_self`` when it is handed an item instead of an id."""
    created = await container.create_item(ITEM)

    read = await container.read_item(created, "p")
    await container.delete_item(created, "p")

    assert read == created
    with pytest.raises(CosmosResourceNotFoundError):
        await container.read_item("a", "p")


async def test_every_write_changes_the_etag_even_with_the_same_content(container: ContainerProxy):
    """Optimistic concurrency detects writes, not differences."""
    first = await container.upsert_item(ITEM)

    second = await container.upsert_item(ITEM)

    assert first["_etag"] != second["_etag"]


async def test_the_etag_in_the_header_is_the_one_in_the_body(raw: RawClient, docs: str):
    """Clients take it from either place."""
    _, headers, text = await raw.send("POST", docs, json.dumps(ITEM), **key("p"))

    assert headers["etag"] == json.loads(text)["_etag"]


@pytest.mark.parametrize("write", ["replace", "upsert", "patch", "delete"])
async def test_a_stale_etag_fails_every_kind_of_write(container: ContainerProxy, write: str):
    """Whoever read an older version must not overwrite a newer one."""
    stale = (await container.create_item(ITEM))["_etag"]
    current = await container.replace_item("a", {**ITEM, "n": 2})
    guard = {"etag": stale, "match_condition": MatchConditions.IfNotModified}
    writes = {
        "replace": lambda: container.replace_item("a", ITEM, **guard),
        "upsert": lambda: container.upsert_item(ITEM, **guard),
        "patch": lambda: container.patch_item(
            "a", "p", [{"op": "set", "path": "/n", "value": 3}], **guard
        ),
        "delete": lambda: container.delete_item("a", "p", **guard),
    }

    with pytest.raises(CosmosAccessConditionFailedError):
        await writes[write]()

    assert await container.read_item("a", "p") == current


async def test_the_current_etag_lets_a_write_pass(container: ContainerProxy):
    """Otherwise nobody could ever write."""
    created = await container.create_item(ITEM)

    replaced = await container.replace_item(
        "a", ITEM, etag=created["_etag"], match_condition=MatchConditions.IfNotModified
    )

    assert replaced["_etag"] != created["_etag"]


async def test_upserting_with_an_etag_creates_what_is_absent(container: ContainerProxy):
    """The etag of an upsert is checked only where there is something to check it against."""
    await container.upsert_item(ITEM, etag='"x"', match_condition=MatchConditions.IfNotModified)

    assert (await container.read_item("a", "p"))["n"] == 1


async def test_a_reader_that_has_the_current_version_gets_304(raw: RawClient, docs: str):
    """Polling for a change costs no transfer."""
    _, headers, _ = await raw.send("POST", docs, json.dumps(ITEM), **key("p"))

    status, _, text = await raw.send("GET", f"{docs}/a", if_none_match=headers["etag"], **key("p"))

    assert (status, text) == (304, "")


async def test_a_minimal_write_answers_without_the_item(container: ContainerProxy):
    """Half of the bytes on the wire of a write-heavy app are answers nobody reads."""
    answer = await container.create_item(ITEM, no_response=True)

    assert answer == {}
    assert answer.get_response_headers()["etag"]
    assert (await container.read_item("a", "p"))["n"] == 1


async def test_the_header_and_the_document_must_agree_on_the_partition(raw: RawClient, docs: str):
    """Substatus 1001 tells a client to look at the container's definition again."""
    status, headers, _ = await raw.send("POST", docs, json.dumps(ITEM), **key("q"))

    assert (status, headers["x-ms-substatus"]) == (400, "1001")


async def test_a_client_of_the_container_before_is_told(raw: RawClient, docs: str):
    """After a container is dropped and made again, cached routing must be thrown away."""
    status, headers, _ = await raw.send(
        "GET", f"{docs}/a", x_ms_cosmos_intended_collection_rid="AAAAAYAAAAA=", **key("p")
    )

    assert (status, headers["x-ms-substatus"]) == (400, "1024")


async def test_the_sdk_recovers_when_a_container_is_made_again(
    database: DatabaseProxy, container: ContainerProxy
):
    """An app that keeps running over a redeployment of its containers goes on working."""
    await container.create_item(ITEM)
    await database.delete_container("things")
    await database.create_container("things", PartitionKey("/pk"))

    await container.create_item(ITEM)

    assert (await container.read_item("a", "p"))["n"] == 1


async def test_answers_carry_what_the_sdk_routes_by(container: ContainerProxy):
    """Without the range id and the content path the SDK reads ranges before every operation."""
    answer = await container.create_item(ITEM)

    headers = answer.get_response_headers()
    assert headers["x-ms-documentdb-partitionkeyrangeid"] == "0"
    assert headers["x-ms-alt-content-path"].endswith("/colls/things")
    assert headers["x-ms-session-token"].startswith("0:-1#")
    assert float(headers["x-ms-request-charge"]) > 0


async def test_each_write_takes_the_next_lsn_and_reads_take_none(container: ContainerProxy):
    """Session consistency and the change feed both count on this order."""
    created = await container.create_item(ITEM)
    read = await container.read_item("a", "p")
    written = await container.upsert_item(ITEM)

    lsns = [int(answer.get_response_headers()["lsn"]) for answer in (created, read, written)]
    assert lsns == [1, 1, 2]


@pytest.mark.parametrize("value", [None, 5, 5.5, True, NonePartitionKeyValue, "é😀"])
async def test_a_partition_key_can_be_any_primitive(container: ContainerProxy, value: object):
    """null, absent, numbers and booleans are partitions too."""
    absent = value is NonePartitionKeyValue
    await container.create_item({"id": "a"} if absent else {"id": "a", "pk": value})

    assert (await container.read_item("a", value))["id"] == "a"  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [{}, {"a": 1}])
async def test_an_object_is_no_partition_key(container: ContainerProxy, value: object):
    """Such an item lives where items without the property do."""
    await container.create_item({"id": "a", "pk": value})

    found = await container.read_item("a", NonePartitionKeyValue)

    assert found["pk"] == value


async def test_a_partition_key_path_can_be_quoted(database: DatabaseProxy):
    """Property names may hold slashes and spaces."""
    container = await database.create_container("quoted", PartitionKey('/"a/b"/c'))

    await container.create_item({"id": "x", "a/b": {"c": "p"}})

    assert (await container.read_item("x", "p"))["id"] == "x"


async def test_one_and_one_point_zero_are_one_partition(container: ContainerProxy):
    """Numbers are doubles to the service, however they are written."""
    await container.create_item({"id": "a", "pk": 1})

    with pytest.raises(CosmosResourceExistsError):
        await container.create_item({"id": "a", "pk": 1.0})


async def test_a_hierarchical_key_needs_all_its_levels(database: DatabaseProxy):
    """A point operation names one logical partition, never a prefix of several."""
    container = await database.create_container(
        "tree", PartitionKey(["/tenant", "/user"], kind="MultiHash")
    )
    await container.create_item({"id": "a", "tenant": "t", "user": "u"})

    assert (await container.read_item("a", ["t", "u"]))["user"] == "u"
    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.read_item("a", ["t"])
    assert refused.value.status_code == 400


async def test_an_item_over_two_megabytes_is_too_large(container: ContainerProxy):
    """413 is how an app learns that it must split what it stores."""
    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.create_item({**ITEM, "blob": "x" * 2 * 1024 * 1024})

    assert refused.value.status_code == 413


async def test_an_item_counts_as_it_is_sent(container: ContainerProxy):
    """The SDK escapes what is not ASCII, and so sends more than is stored."""
    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.create_item({**ITEM, "blob": "é" * 400_000})

    assert refused.value.status_code == 413


async def test_an_item_just_under_two_megabytes_fits(container: ContainerProxy):
    """The limit is the service's, not a smaller one."""
    await container.create_item({**ITEM, "blob": "x" * (2 * 1024 * 1024 - 1000)})

    assert len((await container.read_item("a", "p"))["blob"]) > 2_000_000


@pytest.mark.parametrize("name", ["x" * 1024, "é" * 512, "", 5, None, "a/b", "a#b", "ends "])
async def test_an_invalid_id_is_refused(raw: RawClient, docs: str, name: object):
    """Over the length limit in bytes, empty, not a string, or with a forbidden character."""
    status, _, _ = await raw.send("POST", docs, json.dumps({"id": name, "pk": "p"}), **key("p"))

    assert status == 400


async def test_unusual_but_legal_ids_work(container: ContainerProxy):
    """Ids travel percent-encoded in the path and plain in the signature."""
    for name in ["é😀", "a b", "a%2Fb", "a+b&c=d", "x" * 1023]:
        await container.create_item({"id": name, "pk": "p"})

        assert (await container.read_item(name, "p"))["id"] == name
