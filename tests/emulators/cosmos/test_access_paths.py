"""How SQLite finds items: nothing slows down with the size of what was not asked for."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from emulators.cosmos.definitions import container_body
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.items import Partition
from emulators.cosmos.store import Container, Store

PARTITION_KEY = {"paths": ["/a", "/b"], "kind": "MultiHash", "version": 2}
Read = Callable[[int, Extent, int], Iterable[object]]


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store(":memory:")


@pytest.fixture
def container(store: Store) -> Container:
    """A container with a hierarchical key over five ranges."""
    body = container_body({"id": "c", "partitionKey": PARTITION_KEY})
    return store.create_container(store.create_database({"id": "d"}), body, 5)


def plan_of(store: Store, read: Read, container: Container, extent: Extent) -> str:
    """How SQLite answers *read* from place 7 on."""
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    list(read(container.number, extent, 7))
    store.connection.set_trace_callback(None)
    rows = store.connection.execute(f"EXPLAIN QUERY PLAN {statements[-1]}")
    return "; ".join(row["detail"] for row in rows)


def prefix(container: Container) -> Extent:
    """All partitions that begin with ``["x"``, as a client names them."""
    first = container.effective_key('["x"]')
    return Extent(first, f"{first}FF")


def test_a_partition_is_scanned_alone(store: Store, container: Container):
    """A tenant's query costs what the tenant has, not what all have."""
    extent = container.extent_of('["x","y"]')

    plan = plan_of(store, store.items.scan, container, extent)

    assert "items_by_epk (container=? AND epk=?)" in plan


def test_the_prefix_of_a_key_is_scanned_alone(store: Store, container: Container):
    """The same for all partitions of a tenant."""
    plan = plan_of(store, store.items.scan, container, prefix(container))

    assert "items_by_epk (container=? AND epk>? AND epk<?)" in plan


@pytest.mark.parametrize("feed", ["items", "versions"])
def test_the_feed_of_a_partition_begins_where_it_is_read_from(
    store: Store, container: Container, feed: str
):
    """Neither the other partitions nor its own past are looked at, and nothing is sorted."""
    read = store.items.changed_since if feed == "items" else store.items.versions.since
    extent = container.extent_of('["x","y"]')

    plan = plan_of(store, read, container, extent)

    assert f"{feed}_by_epk (container=? AND epk=? AND lsn>?)" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("feed", ["items", "versions"])
def test_the_feed_of_a_range_begins_where_it_is_read_from(
    store: Store, container: Container, feed: str
):
    """A page is taken from the front: what comes after it is not sorted first."""
    read = store.items.changed_since if feed == "items" else store.items.versions.since
    part = container.ranges[1]

    plan = plan_of(store, read, container, Extent(part.start, part.end))

    assert f"{feed}_by_lsn (container=? AND lsn>?)" in plan
    assert "TEMP B-TREE" not in plan


def test_a_range_is_scanned_in_order(store: Store, container: Container):
    """The first page of a large container comes at once."""
    part = container.ranges[1]

    plan = plan_of(store, store.items.scan, container, Extent(part.start, part.end))

    assert "INTEGER PRIMARY KEY" in plan
    assert "TEMP B-TREE" not in plan


def test_state_of_an_emulator_without_ranges_can_be_used_on(tmp_path: Path):
    """Nobody has to throw away what an older version kept."""
    store = Store(str(tmp_path))
    body = container_body({"id": "c", "partitionKey": {"paths": ["/pk"]}})
    container = store.create_container(store.create_database({"id": "d"}), body)
    with store.transaction(container) as lsn:
        Partition(store.items, container, '["p"]', lsn).create({"id": "a", "pk": "p"})
    store.connection.execute("DROP INDEX items_by_epk")
    store.connection.execute("ALTER TABLE items DROP COLUMN epk")
    store.close()

    store = Store(str(tmp_path))
    found = [item.id for item in store.items.scan(container.number, container.extent_of('["p"]'))]
    store.close()

    assert found == ["a"]
