"""A folder of state: what a store opened on it knows, and whose it is."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.cosmos import PartitionKey

from emulators.cosmos.definitions import container_body
from emulators.cosmos.errors import Conflict
from emulators.cosmos.items import Conditions, Partition
from emulators.cosmos.store import Container, Store

Change = Callable[[Partition], object]


def opened(state: Path) -> tuple[Store, Container]:
    """The store in *state* and its one container."""
    store = Store(str(state))
    if not store.containers:
        body = container_body({"id": "c", "partitionKey": dict(PartitionKey("/pk"))})
        store.create_container(store.create_database({"id": "d"}), body)
    return store, next(iter(store.containers.values()))


def change(store: Store, container: Container, *changes: Change) -> None:
    """Make *changes* in one transaction."""
    with store.transaction(container) as lsn:
        partition = Partition(store.items, container, '["p"]', lsn)
        for made in changes:
            made(partition)


def create(name: str) -> Change:
    """Add an item."""
    return lambda partition: partition.create({"id": name, "pk": "p"})


def replace(name: str) -> Change:
    """Write an item anew."""
    return lambda partition: partition.replace(name, {"id": name, "pk": "p"}, Conditions())


def delete(name: str) -> Change:
    """Remove an item."""
    return lambda partition: partition.delete(name, Conditions())


@pytest.mark.parametrize(
    "last",
    [
        (create("b"),),
        (replace("a"),),
        (delete("a"),),
        (create("b"), delete("b")),
        (delete("a"), create("b")),
        (create("b"), create("c"), delete("c")),
        (Partition.delete_all,),
    ],
)
def test_an_lsn_is_never_given_twice(tmp_path: Path, last: tuple[Change, ...]):
    """Whoever reads the change feed from there would miss what got the number the second time."""
    store, container = opened(tmp_path)
    change(store, container, create("a"))
    change(store, container, *last)
    store.close()

    store, container = opened(tmp_path)
    store.close()

    assert container.lsn == 2


def test_a_refused_change_does_not_hide_the_lsn_of_the_next(tmp_path: Path):
    """What was rolled back shows no LSN, although it had the same one."""
    store, container = opened(tmp_path)
    change(store, container, create("a"))
    with pytest.raises(Conflict):
        change(store, container, create("b"), create("a"))
    change(store, container, lambda _: None)
    store.close()

    store, container = opened(tmp_path)
    store.close()

    assert container.lsn == 2


@pytest.mark.slow
def test_state_that_is_in_use_is_left_alone(tmp_path: Path):
    """Two emulators that write there would give out the same LSNs."""
    store, _ = opened(tmp_path)
    command = [sys.executable, "-m", "emulators.cosmos", "--state", str(tmp_path), "--port", "0"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    store.close()
    assert ended.returncode == 1
    assert f"the state in {tmp_path} cannot be used: database is locked" in ended.stderr
    assert "Traceback" not in ended.stderr
