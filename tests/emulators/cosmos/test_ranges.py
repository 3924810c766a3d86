"""Containers of several physical ranges: which item is where, and what a range answers."""

import json
from itertools import chain
from typing import Any

import pytest
from azure.cosmos import PartitionKey, ThroughputProperties
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.emulators.cosmos.raw import QUERY, RawClient
from tests.emulators.cosmos.test_change_feed import changes

WIDE = 30_000
NAMES = [f"item-{number}" for number in range(60)]


@pytest.fixture(params=[1, 2])
async def wide(request: pytest.FixtureRequest, database: DatabaseProxy) -> ContainerProxy:
    """Sixty partitions over several ranges, by either version of the hash."""
    definition = PartitionKey("/pk", version=request.param)
    container = await database.create_container("wide", definition, offer_throughput=WIDE)
    for name in NAMES:
        await container.create_item({"id": name, "pk": name})
    return container


async def test_more_throughput_than_one_range_serves_makes_five(
    raw: RawClient, database: DatabaseProxy
):
    """They have the bounds of Microsoft's emulator, which the SDK's own tests know."""
    autoscale = ThroughputProperties(auto_scale_max_throughput=13_000)
    await database.create_container("wide", PartitionKey("/pk"), offer_throughput=autoscale)

    _, _, text = await raw.send("GET", f"/dbs/{database.id}/colls/wide/pkranges")

    assert [part["minInclusive"] for part in json.loads(text)["PartitionKeyRanges"]] == [
        "",
        "0CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
        "19999999999999999999999999999998",
        "26666666666666666666666666666664",
        "33333333333333333333333333333330",
    ]


@pytest.mark.parametrize(("throughput", "ranges"), [(10_000, 1), (10_100, 2), (12_100, 5)])
async def test_the_number_of_ranges_follows_the_throughput(
    database: DatabaseProxy, throughput: int, ranges: int
):
    """An app tuned for one range shows here what more of them do to it."""
    container = await database.create_container(
        "c", PartitionKey("/pk"), offer_throughput=throughput
    )

    assert len([part async for part in container.read_feed_ranges()]) == ranges


@pytest.mark.parametrize(("function", "expected"), [("MIN", 1), ("MAX", 5), ("SUM", 15)])
async def test_a_range_without_values_adds_nothing_to_an_aggregate(
    database: DatabaseProxy, function: str, expected: int
):
    """Clients merge what the ranges of a feed range say; a null among it would be a row more."""
    container = await database.create_container("c", PartitionKey("/pk"), offer_throughput=WIDE)
    for number in range(1, 6):
        await container.create_item({"id": f"{number}", "pk": "p", "n": number})
    whole = {"Range": {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}}

    rows: list[Any] = [
        row
        async for row in container.query_items(
            f"SELECT VALUE {function}(c.n) FROM c", feed_range=whole
        )
    ]

    assert rows == [expected]


async def test_ranges_share_the_items_out_without_gap_or_overlap(wide: ContainerProxy):
    """A relay with a worker for each range sees every item once."""
    ranges = [part async for part in wide.read_feed_ranges()]

    found = [
        [row["id"] async for row in wide.query_items("SELECT c.id FROM c", feed_range=part)]
        for part in ranges
    ]

    assert all(found)
    assert sorted(chain.from_iterable(found)) == sorted(NAMES)


async def test_the_change_feed_of_all_ranges_has_every_item(wide: ContainerProxy):
    """The SDK reads range by range and joins what they tell."""
    assert sorted(await changes(wide, start_time="Beginning")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES[:5])
async def test_one_partition_is_found_in_its_range(wide: ContainerProxy, name: str):
    """By key, by feed range, and in the change feed, whichever hash the container uses."""
    part = await wide.feed_range_from_partition_key(name)
    query = "SELECT c.id FROM c"

    by_key = [row["id"] async for row in wide.query_items(query, partition_key=name)]
    by_range = [row["id"] async for row in wide.query_items(query, feed_range=part)]

    assert by_key == by_range == [name]
    assert await changes(wide, start_time="Beginning", partition_key=name) == [name]


async def test_a_query_over_all_ranges_is_sorted_as_a_whole(wide: ContainerProxy):
    """The emulator merges; clients are never told to."""
    query = "SELECT c.id FROM c ORDER BY c.id DESC"

    rows = [row["id"] async for row in wide.query_items(query, max_item_count=7)]

    assert rows == sorted(NAMES, reverse=True)


async def test_a_range_the_container_does_not_have_is_gone(raw: RawClient, wide: ContainerProxy):
    """410 makes a client read the ranges anew instead of missing items."""
    body = json.dumps({"query": "SELECT * FROM c"})
    path = f"/{wide.container_link}/docs"

    status, headers, _ = await raw.send(
        "POST", path, body, x_ms_documentdb_partitionkeyrangeid="7", **QUERY
    )

    assert (status, headers["x-ms-substatus"]) == (410, "1002")


@pytest.mark.parametrize(
    "interval", [{"x_ms_start_epk": "no hash"}, {"x_ms_end_epk": "é".encode().hex() + "!"}]
)
async def test_an_interval_that_is_none_is_refused(
    raw: RawClient, wide: ContainerProxy, interval: dict[str, str]
):
    """400, for clients that make the header themselves."""
    status, _, _ = await raw.send("GET", f"/{wide.container_link}/docs", **interval)

    assert status == 400


@pytest.mark.parametrize(
    ("throughput", "least"),
    [(399, 400), (ThroughputProperties(auto_scale_max_throughput=900), 1000)],
)
async def test_too_little_throughput_is_refused(
    database: DatabaseProxy, throughput: Any, least: int
):
    """A deployment's template that the service would not take fails here too."""
    with pytest.raises(CosmosHttpResponseError, match=f"minimum throughput {least}") as refused:
        await database.create_container("t", PartitionKey("/pk"), offer_throughput=throughput)

    assert refused.value.status_code == 400
