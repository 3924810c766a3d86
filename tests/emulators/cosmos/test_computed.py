"""Computed properties: what a container adds to its items for queries alone."""

from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.emulators.cosmos.test_queries import rows

LOWER = {"name": "lower", "query": "SELECT VALUE LOWER(i.name) FROM i"}


@pytest.fixture(params=[400, 30_000])
async def people(request: pytest.FixtureRequest, database: DatabaseProxy) -> ContainerProxy:
    """Three people, in a small and in a large container."""
    container = await database.create_container(
        "people", PartitionKey("/pk"), offer_throughput=request.param, computed_properties=[LOWER]
    )
    for name in ("Bea", "ada", "Cleo"):
        await container.create_item({"id": name, "pk": name, "name": name})
    return container


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT VALUE p.id FROM p WHERE p.lower = 'bea'", ["Bea"]),
        ("SELECT p.lower FROM p WHERE p.id = 'Cleo'", [{"lower": "cleo"}]),
        ("SELECT VALUE p.id FROM p ORDER BY p.lower", ["ada", "Bea", "Cleo"]),
        ("SELECT VALUE MAX(p['lower']) FROM p", ["cleo"]),
    ],
)
async def test_a_computed_property_is_used_like_any_other(
    people: ContainerProxy, query: str, expected: list[Any]
):
    """In filters, columns, orders and aggregates, whatever alias the query has."""
    assert await rows(people, query) == expected


async def test_items_themselves_do_not_have_it(people: ContainerProxy):
    """Neither ``SELECT *`` nor a read shows it: it is not stored."""
    [found] = await rows(people, "SELECT * FROM c WHERE c.lower = 'ada'")

    assert "lower" not in found
    assert "lower" not in await people.read_item("ada", "ada")


async def test_it_can_be_taken_away(people: ContainerProxy, database: DatabaseProxy):
    """From then on the name means nothing again, also to queries seen before."""
    query = "SELECT VALUE p.id FROM p WHERE p.lower = 'bea'"
    assert await rows(people, query) == ["Bea"]

    await database.replace_container(people, PartitionKey("/pk"))

    assert await rows(people, query) == []


@pytest.mark.parametrize(
    "given",
    [
        LOWER,
        [{"name": "n"}],
        [{"name": "id", "query": LOWER["query"]}],
        [{"name": "n", "query": "SELECT c.a FROM c"}],
        [{"name": "n", "query": "SELECT VALUE c.a FROM c WHERE c.b"}],
        [{"name": "n", "query": "SELECT VALUE"}],
    ],
)
async def test_a_definition_that_is_none_is_refused(database: DatabaseProxy, given: Any):
    """Before any query can fail by it."""
    with pytest.raises(CosmosHttpResponseError) as refused:
        await database.create_container("c", PartitionKey("/pk"), computed_properties=given)

    assert refused.value.status_code == 400
