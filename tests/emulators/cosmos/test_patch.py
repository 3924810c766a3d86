"""Partial updates: every operation, every refusal, and conditions."""

from typing import Any

import pytest
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceNotFoundError,
)

DOCUMENT = {
    "id": "a",
    "pk": "p",
    "n": 5,
    "list": [1, 2, 3],
    "deep": {"x": 1},
    "a/b": 1,
    "name": "Mug",
    "nothing": None,
}


async def patched(container: ContainerProxy, *operations: dict[str, Any]) -> dict[str, Any]:
    """The properties of DOCUMENT after *operations*."""
    await container.upsert_item(DOCUMENT)
    answer = await container.patch_item("a", "p", list(operations))
    return {name: value for name, value in answer.items() if not name.startswith("_")}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/new", "value": 1}, {"new": 1}),
        ({"op": "add", "path": "/n", "value": 1}, {"n": 1}),
        ({"op": "add", "path": "/list/1", "value": 9}, {"list": [1, 9, 2, 3]}),
        ({"op": "add", "path": "/list/3", "value": 9}, {"list": [1, 2, 3, 9]}),
        ({"op": "add", "path": "/list/-", "value": 9}, {"list": [1, 2, 3, 9]}),
        ({"op": "set", "path": "/list/1", "value": 9}, {"list": [1, 9, 3]}),
        ({"op": "set", "path": "/list/-", "value": 9}, {"list": [1, 2, 3, 9]}),
        ({"op": "set", "path": "/deep/y", "value": None}, {"deep": {"x": 1, "y": None}}),
        ({"op": "replace", "path": "/deep/x", "value": {}}, {"deep": {"x": {}}}),
        ({"op": "replace", "path": "/nothing", "value": 1}, {"nothing": 1}),
        ({"op": "remove", "path": "/list/0"}, {"list": [2, 3]}),
        ({"op": "incr", "path": "/n", "value": -7}, {"n": -2}),
        ({"op": "incr", "path": "/n", "value": 0.5}, {"n": 5.5}),
        ({"op": "incr", "path": "/fresh", "value": 3}, {"fresh": 3}),
        ({"op": "set", "path": "/a~1b", "value": 2}, {"a/b": 2}),
        ({"op": "set", "path": "/ttl", "value": 60}, {"ttl": 60}),
    ],
)
async def test_an_operation_changes_what_its_path_names(
    container: ContainerProxy, operation: dict[str, Any], expected: dict[str, Any]
):
    """Each operation as the documentation of partial update describes it."""
    assert await patched(container, operation) == {**DOCUMENT, **expected}


async def test_moving_takes_the_value_from_where_it_was(container: ContainerProxy):
    """Move is remove and add in one, so nobody sees the value twice or not at all."""
    answer = await patched(container, {"op": "move", "from": "/deep/x", "path": "/list/0"})

    assert answer == {**DOCUMENT, "deep": {}, "list": [1, 1, 2, 3]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/list/4", "value": 9},
        {"op": "add", "path": "/list/x", "value": 9},
        {"op": "add", "path": "/missing/child", "value": 9},
        {"op": "add", "path": "/n/child", "value": 9},
        {"op": "set", "path": "/list/9", "value": 9},
        {"op": "replace", "path": "/missing", "value": 9},
        {"op": "remove", "path": "/missing"},
        {"op": "remove", "path": "/list/3"},
        {"op": "incr", "path": "/name", "value": 1},
        {"op": "incr", "path": "/nothing", "value": 1},
        {"op": "incr", "path": "/n", "value": "1"},
        {"op": "incr", "path": "/n", "value": True},
        {"op": "move", "from": "/missing", "path": "/n"},
        {"op": "move", "from": "/deep", "path": "/deep/x"},
        {"op": "set", "path": "/id", "value": "b"},
        {"op": "set", "path": "/pk", "value": "q"},
        {"op": "move", "from": "/pk", "path": "/n"},
        {"op": "set", "path": "/_ts", "value": 1},
        {"op": "set", "path": "/ttl", "value": 0},
        {"op": "set", "path": "no-slash", "value": 1},
        {"op": "set", "path": "/n"},
        {"op": "frobnicate", "path": "/n", "value": 1},
        {"op": "set", "path": None, "value": 1},
    ],
)
async def test_a_bad_operation_is_refused(container: ContainerProxy, operation: dict[str, Any]):
    """400 for what can never work, and the item stays as it was."""
    before = await container.upsert_item(DOCUMENT)

    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.patch_item("a", "p", [operation])

    assert refused.value.status_code == 400
    assert await container.read_item("a", "p") == before


async def test_one_bad_operation_undoes_those_before_it(container: ContainerProxy):
    """A patch is atomic."""
    before = await container.upsert_item(DOCUMENT)

    with pytest.raises(CosmosHttpResponseError):
        await container.patch_item(
            "a", "p", [{"op": "incr", "path": "/n", "value": 1}, {"op": "remove", "path": "/no"}]
        )

    assert await container.read_item("a", "p") == before


@pytest.mark.parametrize("count", [0, 11])
async def test_a_patch_has_one_to_ten_operations(container: ContainerProxy, count: int):
    """The service's documented limit."""
    await container.upsert_item(DOCUMENT)
    operations = [{"op": "set", "path": f"/p{n}", "value": n} for n in range(count)]

    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.patch_item("a", "p", operations)

    assert refused.value.status_code == 400


@pytest.mark.parametrize(
    "condition",
    [
        "from c where c.n = 5",
        "FROM item WHERE item.n - 2 >= 3",
        "from c where c.name = 'Mug' and is_defined(c.deep.x)",
        "from c where array_contains(c.list, 2) and not is_defined(c.gone)",
        'from c where c["a/b"] = 1 or false',
    ],
)
async def test_a_condition_that_holds_lets_the_patch_happen(
    container: ContainerProxy, condition: str
):
    """Any alias, any expression of the query language."""
    await container.upsert_item(DOCUMENT)

    answer = await container.patch_item(
        "a", "p", [{"op": "set", "path": "/done", "value": True}], filter_predicate=condition
    )

    assert answer["done"] is True


@pytest.mark.parametrize(
    "condition",
    [
        "from c where c.n - 2 >= 4",
        "from c where c.name = 'mug'",
        "from c where c.NAME = 'Mug'",
        "from c where c.gone > 1",
        "from c where c.n",
        "from c where c.name > 1",
    ],
)
async def test_a_condition_that_is_not_true_fails_the_precondition(
    container: ContainerProxy, condition: str
):
    """Names and strings are case-sensitive; undefined and non-boolean are not true."""
    before = await container.upsert_item(DOCUMENT)

    with pytest.raises(CosmosAccessConditionFailedError):
        await container.patch_item(
            "a", "p", [{"op": "set", "path": "/n", "value": 0}], filter_predicate=condition
        )

    assert await container.read_item("a", "p") == before


@pytest.mark.parametrize(
    "condition", ["c.n = 5", "from c where", "from c where x.n = 5", "from c where nope(c.n)"]
)
async def test_a_condition_that_cannot_be_parsed_is_a_bad_request(
    container: ContainerProxy, condition: str
):
    """A typo in a predicate is not an unmet precondition, which the app would take as an answer."""
    await container.upsert_item(DOCUMENT)

    with pytest.raises(CosmosHttpResponseError) as refused:
        await container.patch_item(
            "a", "p", [{"op": "set", "path": "/n", "value": 0}], filter_predicate=condition
        )

    assert refused.value.status_code == 400


async def test_patching_a_missing_item_is_not_found_whatever_the_condition(
    container: ContainerProxy,
):
    """Whether the item exists is decided before its content is looked at."""
    with pytest.raises(CosmosResourceNotFoundError):
        await container.patch_item(
            "a", "p", [{"op": "set", "path": "/n", "value": 0}], filter_predicate="from c where 1=2"
        )


async def test_a_patch_that_changes_nothing_is_still_a_write(container: ContainerProxy):
    """The etag tells writes apart, not contents."""
    before = await container.upsert_item(DOCUMENT)

    after = await container.patch_item("a", "p", [{"op": "set", "path": "/n", "value": 5}])

    assert after["_etag"] != before["_etag"]
