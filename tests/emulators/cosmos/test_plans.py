"""Queries over several ranges: what the client is told, asks, and merges."""

import json
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from tests.emulators.cosmos.raw import QUERY, RawClient
from tests.emulators.cosmos.test_queries import rows

WIDE = 30_000


@pytest.fixture
async def wide(database: DatabaseProxy) -> ContainerProxy:
    """Twenty partitions over five ranges; every tenth number twice."""
    container = await database.create_container("c", PartitionKey("/pk"), offer_throughput=WIDE)
    for number in range(20):
        await container.create_item({"id": f"{number:02}", "pk": f"p{number}", "n": number % 10})
    return container


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT VALUE c.n FROM c ORDER BY c.n DESC, c.id OFFSET 3 LIMIT 3", [8, 7, 7]),
        ("SELECT TOP 3 VALUE c.id FROM c ORDER BY c.id", ["00", "01", "02"]),
        ("SELECT DISTINCT VALUE c.n FROM c ORDER BY c.n", list(range(10))),
        ("SELECT VALUE COUNT(1) FROM c", [20]),
        ("SELECT VALUE SUM(c.n) FROM c WHERE c.n > @least", [48]),
        ("SELECT VALUE AVG(c.n) FROM c", [4.5]),
        ("SELECT VALUE MIN(c.n) FROM c WHERE c.n > 4", [5]),
        ("SELECT VALUE MAX(c.missing) FROM c", [None]),
        ("SELECT VALUE COUNTIF(c.n > 7) FROM c", [4]),
    ],
)
async def test_the_client_merges_what_ranges_answer(
    wide: ContainerProxy, query: str, expected: list[Any]
):
    """By the plan it is given: the result is as if there was one range."""
    found = await rows(wide, query, parameters=[{"name": "@least", "value": 6}])

    assert found == expected


async def test_only_a_container_of_several_ranges_needs_a_plan(
    raw: RawClient, wide: ContainerProxy, container: ContainerProxy
):
    """One range is asked once, so a container of the usual size costs no further requests."""
    body = json.dumps({"query": "SELECT * FROM c ORDER BY c.id"})

    several = await raw.send("POST", f"/{wide.container_link}/docs", body, **QUERY)
    one = await raw.send("POST", f"/{container.container_link}/docs", body, **QUERY)

    assert (several[0], several[1]["x-ms-substatus"]) == (400, "1004")
    assert one[0] == 200


async def test_rows_of_several_types_cannot_be_merged(wide: ContainerProxy):
    """The SDK refuses to compare them, here as in the cloud."""
    await wide.create_item({"id": "text", "pk": "text", "n": "one"})

    with pytest.raises(ValueError, match="Expected"):
        await rows(wide, "SELECT * FROM c WHERE c.n IN (3, 'one') ORDER BY c.n")


async def test_a_page_is_of_one_range(wide: ContainerProxy):
    """A hook counts the ranges that a query looked at, those without a row among them."""
    answers: list[Any] = []

    found = await rows(
        wide, "SELECT * FROM c WHERE c.n = 3", response_hook=lambda *answer: answers.append(answer)
    )

    assert len(found) == 2
    assert len(answers) == 5


async def test_pages_of_all_ranges_are_the_whole_feed(wide: ContainerProxy):
    """Neither a range nor a page boundary loses or repeats an item."""
    pager = wide.read_all_items(max_item_count=3).by_page()

    pages = [[item["id"] async for item in page] async for page in pager]

    assert sorted(name for page in pages for name in page) == [f"{n:02}" for n in range(20)]
    assert max(map(len, pages)) <= 3
