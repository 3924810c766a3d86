"""Transactional batches: all or nothing, and who is to blame."""

import json
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from tests.emulators.cosmos.raw import BATCH, RawClient, key

STOCK = {"id": "stock", "pk": "p", "onHand": 5, "reserved": 0}


def document(name: str, **more: Any) -> dict[str, Any]:
    """An item of the partition all these batches are about."""
    return {"id": name, "pk": "p", **more}


def reserve(name: str, quantity: int) -> list[Any]:
    """The batch that reserves stock: a document of its own, and a guarded patch of the level."""
    operations = [{"op": "incr", "path": "/reserved", "value": quantity}]
    condition = f"from c where c.onHand - c.reserved >= {quantity}"
    return [
        ("create", (document(name, quantity=quantity),)),
        ("patch", ("stock", operations), {"filter_predicate": condition}),
    ]


async def failure(container: ContainerProxy, operations: list[Any]) -> CosmosBatchOperationError:
    """The refusal of a batch."""
    with pytest.raises(CosmosBatchOperationError) as failed:
        await container.execute_item_batch(operations, "p")
    return failed.value


async def ids(container: ContainerProxy) -> list[str]:
    """What is stored, in order."""
    items = container.query_items("SELECT VALUE c.id FROM c ORDER BY c.id", partition_key="p")
    return [str(item) async for item in items]


async def test_every_operation_answers_in_its_place(container: ContainerProxy):
    """The answers are told apart by position only."""
    await container.create_item(document("old", n=1))
    kept = await container.create_item(document("kept"))

    answers = await container.execute_item_batch(
        [
            ("create", (document("new"),)),
            ("upsert", (document("upserted"),)),
            ("replace", ("old", document("old", n=2))),
            ("read", ("kept",)),
            ("patch", ("old", [{"op": "incr", "path": "/n", "value": 1}])),
            ("delete", ("new",)),
        ],
        "p",
    )

    assert [answer["statusCode"] for answer in answers] == [201, 201, 200, 200, 200, 204]
    assert answers[3]["resourceBody"] == kept
    assert answers[4]["resourceBody"]["n"] == 3
    assert "resourceBody" not in answers[5]
    assert await ids(container) == ["kept", "old", "upserted"]


async def test_a_failed_operation_leaves_nothing_behind(container: ContainerProxy):
    """The order and its event are written together or not at all."""
    await container.create_item(STOCK)
    before = await container.read_item("stock", "p")

    failed = await failure(container, [*reserve("r1", 2), ("create", (STOCK,))])

    assert (failed.status_code, failed.error_index) == (409, 2)
    assert await ids(container) == ["stock"]
    assert await container.read_item("stock", "p") == before


async def test_exactly_one_entry_is_to_blame(container: ContainerProxy):
    """Every other operation, before it and after it, is a failed dependency."""
    failed = await failure(
        container,
        [("create", (document("a"),)), ("read", ("missing",)), ("create", (document("a"),))],
    )

    statuses = [answer["statusCode"] for answer in failed.operation_responses]
    assert statuses == [424, 404, 424]


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (("create", (STOCK,)), 409),
        (("read", ("missing",)), 404),
        (("delete", ("missing",)), 404),
        (("replace", ("missing", document("missing"))), 404),
        (("patch", ("missing", [{"op": "set", "path": "/n", "value": 1}])), 404),
        (("patch", ("stock", [{"op": "remove", "path": "/missing"}])), 400),
        (("replace", ("stock", STOCK), {"if_match_etag": '"stale"'}), 412),
        (("upsert", (STOCK,), {"if_match_etag": '"stale"'}), 412),
        (("delete", ("stock",), {"if_match_etag": '"stale"'}), 412),
        (reserve("unused", 6)[1], 412),
        (("create", ({"id": "x", "pk": "elsewhere"},)), 400),
        (("create", (document("large", blob="x" * 2_097_000),)), 413),
    ],
)
async def test_an_operation_fails_with_the_status_of_its_point_request(
    container: ContainerProxy, operation: Any, status: int
):
    """409 means done already, 412 means out of stock: an app acts on the difference."""
    await container.create_item(STOCK)

    failed = await failure(container, [operation])

    assert (failed.status_code, failed.error_index) == (status, 0)


async def test_operations_see_what_those_before_them_did(container: ContainerProxy):
    """A batch can create an item and go on to change it."""
    answers = await container.execute_item_batch(
        [
            ("create", (document("a", n=1),)),
            ("patch", ("a", [{"op": "incr", "path": "/n", "value": 1}])),
            ("replace", ("a", document("a", n=3))),
            ("delete", ("a",)),
            ("create", (document("a", n=4),)),
        ],
        "p",
    )

    assert [answer["statusCode"] for answer in answers] == [201, 200, 200, 204, 201]
    assert (await container.read_item("a", "p"))["n"] == 4


async def test_the_current_etag_lets_an_operation_pass(container: ContainerProxy):
    """Etags guard batches as they guard point writes."""
    created = await container.create_item(STOCK)

    answers = await container.execute_item_batch(
        [("replace", ("stock", STOCK), {"if_match_etag": created["_etag"]})], "p"
    )

    assert answers[0]["eTag"] != created["_etag"]


async def test_a_batch_takes_one_lsn_and_a_failed_one_takes_none(container: ContainerProxy):
    """The change feed hands out what was written together together."""
    first = await container.create_item(STOCK)
    lsn = int(first.get_response_headers()["lsn"])
    await failure(container, [("create", (document("a"),)), ("create", (STOCK,))])

    await container.execute_item_batch([("create", (document(n),)) for n in "abc"], "p")

    read = await container.read_item("stock", "p")
    assert int(read.get_response_headers()["lsn"]) == lsn + 1


async def test_a_batch_that_only_reads_takes_no_lsn(container: ContainerProxy):
    """Nothing happened that the change feed could tell."""
    created = await container.create_item(STOCK)

    answers = await container.execute_item_batch([("read", ("stock",))], "p")

    assert answers.get_response_headers()["lsn"] == created.get_response_headers()["lsn"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("[]", 400, "Batch request has no operations."),
        (json.dumps([{}] * 101), 400, "Batch request has more operations than what is supported."),
        ("[" + " " * 2 * 1024 * 1024 + "]", 413, "RequestEntityTooLarge"),
        ("{}", 400, "array"),
        ("[1]", 400, "object"),
        ("[", 400, "invalid"),
    ],
)
async def test_a_batch_is_checked_before_anything_is_executed(
    raw: RawClient, docs: str, body: str, status: int, message: str
):
    """These refuse the request as a whole, not one of its operations."""
    answered, _, text = await raw.send("POST", docs, body, **BATCH, **key("p"))

    assert answered == status
    assert message in text


@pytest.mark.parametrize(
    "operation",
    [
        {},
        {"operationType": "Explode"},
        {"operationType": ["Create"]},
        {"operationType": "Create"},
        {"operationType": "Create", "resourceBody": 5},
        {"operationType": "Read"},
        {"operationType": "Read", "id": 5},
        {"operationType": "Patch", "id": "stock", "resourceBody": {}},
        {"operationType": "Delete", "id": "stock", "ifMatch": 5},
    ],
)
async def test_a_malformed_operation_fails_the_batch(
    raw: RawClient, docs: str, operation: dict[str, Any]
):
    """What no SDK would send still gets the service's answer."""
    status, _, text = await raw.send("POST", docs, json.dumps([operation]), **BATCH, **key("p"))

    assert status == 207
    assert json.loads(text)[0]["statusCode"] == 400


async def test_a_batch_of_a_hundred_operations_fits(container: ContainerProxy):
    """A bulk import uses every one of them."""
    operations = [("create", (document(f"{n:03}"),)) for n in range(100)]

    answers = await container.execute_item_batch(operations, "p")

    assert len(answers) == 100
    assert len(await ids(container)) == 100


async def test_a_minimal_batch_answers_without_the_items(raw: RawClient, docs: str):
    """The app needs to know that it worked, not what it just sent."""
    body = json.dumps([{"operationType": "Create", "resourceBody": STOCK}])

    _, _, text = await raw.send("POST", docs, body, prefer="return=minimal", **BATCH, **key("p"))

    assert "resourceBody" not in json.loads(text)[0]
    assert json.loads(text)[0]["statusCode"] == 201


async def test_a_batch_needs_the_whole_of_a_hierarchical_key(database: DatabaseProxy):
    """A prefix names many partitions, and a batch is about one."""
    container = await database.create_container(
        "tree", PartitionKey(["/a", "/b"], kind="MultiHash")
    )
    item = {"id": "x", "a": "1", "b": "2"}

    await container.execute_item_batch([("create", (item,))], ["1", "2"])
    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.execute_item_batch([("create", (item,))], ["1"])

    assert refused.value.status_code == 400
    assert "Partition key provided either doesn't correspond" in str(refused.value)


async def test_the_charge_of_a_batch_is_the_sum_of_its_operations(container: ContainerProxy):
    """The report of request units per order adds these up."""
    answers = await container.execute_item_batch([("create", (document(n),)) for n in "ab"], "p")

    total = float(answers.get_response_headers()["x-ms-request-charge"])
    assert total == pytest.approx(sum(answer["requestCharge"] for answer in answers), abs=0.02)
