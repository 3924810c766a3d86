"""Queries over the wire: scope, paging, refusals."""

import json
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.emulators.cosmos.raw import QUERY, RawClient


@pytest.fixture
async def filled(container: ContainerProxy) -> ContainerProxy:
    """Thirty items in three partitions."""
    for partition in "abc":
        items = [
            ("create", ({"id": f"{partition}{n}", "pk": partition, "n": n, "tags": ["x", "y"]},))
            for n in range(10)
        ]
        await container.execute_item_batch(items, partition)
    return container


async def rows(container: ContainerProxy, query: str, **options: Any) -> list[Any]:
    """Everything a query gives, over all its pages."""
    return [row async for row in container.query_items(query, **options)]


async def test_a_query_with_a_key_stays_in_its_partition(filled: ContainerProxy):
    """Other customers' items are not even looked at."""
    found = await rows(filled, "SELECT VALUE c.id FROM c WHERE c.n > 7", partition_key="b")

    assert found == ["b8", "b9"]


async def test_a_query_without_a_key_sees_all_partitions(filled: ContainerProxy):
    """Ordering, counting and limiting hold over all of them together."""
    ordered = await rows(
        filled, "SELECT VALUE c.id FROM c ORDER BY c.n DESC, c.pk OFFSET 1 LIMIT 3"
    )
    counted = await rows(filled, "SELECT VALUE COUNT(1) FROM c")

    assert ordered == ["b9", "c9", "a8"]
    assert counted == [30]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT VALUE c.id FROM c",
        "SELECT VALUE c.id FROM c ORDER BY c.n",
        "SELECT VALUE c.id || t FROM c JOIN t IN c.tags",
        "SELECT DISTINCT VALUE c.n FROM c",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 30])
async def test_pages_together_are_the_whole_result(filled: ContainerProxy, query: str, size: int):
    """No row is lost or repeated where one page ends and the next begins."""
    whole = await rows(filled, query)

    paged = filled.query_items(query, max_item_count=size).by_page()
    pages = [[row async for row in page] async for page in paged]

    assert [row for page in pages for row in page] == whole
    assert max(map(len, pages)) <= size
    assert len(pages) == -(-len(whole) // size)


async def test_a_page_can_be_resumed_later_while_items_are_added_and_removed(
    filled: ContainerProxy,
):
    """A token is a place among the items, so that changes elsewhere do not shift it."""
    first = filled.query_items("SELECT VALUE c.id FROM c", partition_key="a", max_item_count=4)
    pager: Any = first.by_page()
    seen = [row async for row in await anext(pager)]
    token = pager.continuation_token

    await filled.delete_item("a0", "a")
    await filled.create_item({"id": "new", "pk": "a"})
    again = filled.query_items("SELECT VALUE c.id FROM c", partition_key="a", max_item_count=4)
    rest: list[Any] = [row async for page in again.by_page(token) async for row in page]

    assert seen + rest == [*(f"a{n}" for n in range(10)), "new"]


async def test_reading_all_items_pages_too(filled: ContainerProxy):
    """The feed of a whole container, in the order of creation."""
    pager = filled.read_all_items(max_item_count=11).by_page()
    pages = [[item["id"] async for item in page] async for page in pager]

    assert [len(page) for page in pages] == [11, 11, 8]
    assert pages[0][0] == "a0"


async def test_select_star_gives_whole_documents(filled: ContainerProxy):
    """Including what the service added, so that an etag can be used at once."""
    found = await rows(filled, "SELECT * FROM c WHERE c.id = 'a3'")

    assert found == [await filled.read_item("a3", "a")]


async def test_reading_many_items_by_key_finds_those_that_exist(filled: ContainerProxy):
    """The SDK makes one query of them; the missing one is left out."""
    wanted = [("a1", "a"), ("b2", "b"), ("b3", "b"), ("zz", "c")]

    found = await filled.read_items(wanted)

    assert sorted(item["id"] for item in found) == ["a1", "b2", "b3"]


async def test_a_feed_range_limits_a_query_to_its_partitions(filled: ContainerProxy):
    """The hash of a partition key here is the one the SDK computes."""
    feed_range = await filled.feed_range_from_partition_key("b")

    found = await rows(filled, "SELECT VALUE c.id FROM c", feed_range=feed_range)

    assert found == [f"b{n}" for n in range(10)]


async def test_all_feed_ranges_together_are_the_container(filled: ContainerProxy):
    """Workers that share a container out miss nothing."""
    ranges = [feed_range async for feed_range in filled.read_feed_ranges()]

    found = [
        row
        for feed_range in ranges
        for row in await rows(filled, "SELECT VALUE COUNT(1) FROM c", feed_range=feed_range)
    ]

    assert sum(found) == 30


async def test_the_prefix_of_a_hierarchical_key_selects_its_subtree(database: DatabaseProxy):
    """All users of a tenant, and nobody else's."""
    container = await database.create_container(
        "tree", PartitionKey(["/tenant", "/user"], kind="MultiHash")
    )
    for tenant, user in [("t1", "u1"), ("t1", "u2"), ("t2", "u1")]:
        await container.create_item({"id": tenant + user, "tenant": tenant, "user": user})

    found = await rows(container, "SELECT VALUE c.id FROM c", partition_key=["t1"])

    assert sorted(found) == ["t1u1", "t1u2"]


async def test_a_cross_partition_query_must_be_allowed(raw: RawClient, docs: str):
    """The service refuses to fan out unless it is told to."""
    options = {**QUERY, "x_ms_documentdb_query_enablecrosspartition": "False"}

    status, _, text = await raw.send("POST", docs, '{"query": "SELECT * FROM c"}', **options)

    assert status == 400
    assert "Cross partition query is required but disabled" in text


async def test_a_query_may_name_its_partition_itself(
    raw: RawClient, filled: ContainerProxy, docs: str
):
    """Then it crosses no partitions, and needs no permission to."""
    query = "SELECT VALUE c.id FROM c WHERE c.pk = @pk AND c.n < 2"
    body = json.dumps({"query": query, "parameters": [{"name": "@pk", "value": "b"}]})
    options = {**QUERY, "x_ms_documentdb_query_enablecrosspartition": "False"}

    _, _, text = await raw.send("POST", docs, body, **options)

    assert json.loads(text)["Documents"] == ["b0", "b1"]


async def test_an_aggregate_across_partitions_must_be_a_value(filled: ContainerProxy):
    """Otherwise an app would work here and fail in the service."""
    with pytest.raises(CosmosHttpResponseError) as refused:
        await rows(filled, "SELECT COUNT(1) FROM c")

    assert refused.value.status_code == 400
    assert await rows(filled, "SELECT COUNT(1) AS n FROM c", partition_key="a") == [{"n": 10}]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"query": 5}',
        "{}",
        '{"query": "SELEC"}',
        '{"query": "SELECT * FROM c", "parameters": 5}',
        '{"query": "SELECT * FROM c", "parameters": [{"name": 5}]}',
        '{"query": "SELECT VALUE @x FROM c"}',
        r'{"query": "SELECT VALUE \"\ud800\" FROM c"}',
        "{\"query\": \"SELECT VALUE RegexMatch('a', '(') FROM c\"}",
    ],
)
async def test_a_malformed_query_is_a_bad_request(
    raw: RawClient, filled: ContainerProxy, docs: str, body: str
):
    """400 with a reason, and never substatus 1004, which would send the SDK for a query plan."""
    status, headers, _ = await raw.send("POST", docs, body, **QUERY)

    assert status == 400
    assert headers["x-ms-substatus"] != "1004"


@pytest.mark.parametrize("token", ["x", "W10=", "WzEsMiwzXQ==", "bnVsbA=="])
async def test_a_damaged_continuation_is_refused(raw: RawClient, docs: str, token: str):
    """Going on from the wrong place would lose rows without a word."""
    status, _, text = await raw.send(
        "POST", docs, '{"query": "SELECT * FROM c"}', x_ms_continuation=token, **QUERY
    )

    assert status == 400
    assert "Invalid Continuation Token" in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT TOP 10 VALUE COUNT(c.id) FROM c", {"top": 10, "aggregates": ["Count"]}),
        ("SELECT * FROM c ORDER BY c._ts DESC", {"orderBy": ["Descending"]}),
        ("SELECT * FROM c ORDER BY c.a[0]", {"orderByExpressions": ["c.a[0]"]}),
        ("SELECT * FROM c OFFSET 5 LIMIT @most", {"offset": 5, "limit": 7}),
        ("SELECT DISTINCT VALUE c.a FROM c", {"distinctType": "Unordered", "hasSelectValue": True}),
        ("SELECT DISTINCT VALUE c.a FROM c ORDER BY c.a", {"distinctType": "Ordered"}),
        ("SELECT * FROM c", {"distinctType": "None", "hasSelectValue": False, "aggregates": []}),
    ],
)
async def test_a_query_plan_says_what_there_is_to_merge(
    raw: RawClient, docs: str, query: str, expected: dict[str, Any]
):
    """For clients that fan out by themselves, whatever the server can do."""
    plan = {"x_ms_cosmos_is_query_plan_request": "True"}
    body = {"query": query, "parameters": [{"name": "@most", "value": 7}]}

    status, _, text = await raw.send("POST", docs, json.dumps(body), **QUERY, **plan)

    assert status == 200
    assert expected.items() <= json.loads(text)["queryInfo"].items()


async def test_a_query_tells_its_metrics_when_asked(container: ContainerProxy):
    """What it looked at shows whether a query will be cheap in the service."""
    for name in "abc":
        await container.create_item({"id": name, "pk": "p"})
    query = "SELECT * FROM c WHERE c.id > 'a'"

    rows = [
        row
        async for row in container.query_items(
            query, partition_key="p", populate_query_metrics=True, populate_index_metrics=True
        )
    ]

    headers = container.client_connection.last_response_headers
    metrics = dict(part.split("=") for part in headers["x-ms-documentdb-query-metrics"].split(";"))
    assert len(rows) == 2
    assert (metrics["retrievedDocumentCount"], metrics["outputDocumentCount"]) == ("3", "2")
    utilization = headers["x-ms-cosmos-index-utilization"]
    assert utilization["UtilizedSingleIndexes"][0]["IndexSpec"] == "/pk/?"


async def test_counting_everything_reads_no_document(container: ContainerProxy):
    """The index knows how many there are."""
    await container.create_item({"id": "a", "pk": "p"})
    query = "SELECT VALUE COUNT(1) FROM c"

    counts = [
        row
        async for row in container.query_items(
            query, partition_key="p", populate_query_metrics=True
        )
    ]

    headers = container.client_connection.last_response_headers
    assert len(counts) == 1
    assert "retrievedDocumentCount=0;" in headers["x-ms-documentdb-query-metrics"]
