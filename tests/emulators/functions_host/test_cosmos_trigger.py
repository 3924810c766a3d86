"""Cosmos DB functions: which changes they get, and what becomes of changes that went wrong."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from tests.emulators.functions_host.harness import Client, HostProcess, start_host, write_app

# With services or a browser of its own, started and stopped again and again.
pytestmark = pytest.mark.slow

FAST = {
    "feed_poll_delay": 50,
    "lease_acquire_interval": 50,
    "create_lease_container_if_not_exists": True,
}
BODY = """
def changed(items: func.DocumentList, context: func.Context):
    names = [item["id"] for item in items]
    record("run", *names)
    if "bad" in names and not Path(os.environ["GATE"]).exists():
        raise ValueError("bad")
    while "wait" in names and not Path(os.environ["GATE"]).exists():
        time.sleep(0.01)
    for item in items:
        record("item", item["id"], item.get("value"))
"""


@pytest.fixture
async def container(database: DatabaseProxy) -> ContainerProxy:
    """The container that is watched, empty."""
    return await database.create_container("orders", PartitionKey("/id"))


@pytest.fixture
def app(
    cosmos_connection: str, database: DatabaseProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """An app with one Cosmos DB function, whose trigger a test chooses."""
    monkeypatch.setenv("CosmosDb", cosmos_connection)
    monkeypatch.setenv("GATE", str(tmp_path / "gate"))

    def app(retry: str = "", **trigger: Any) -> Path:
        given = {"connection": "CosmosDb", "database_name": database.id, "container_name": "orders"}
        arguments = ", ".join(
            f"{name}={value!r}" for name, value in (given | FAST | trigger).items()
        )
        decorator = f"@app.cosmos_db_trigger(arg_name='items', {arguments})"
        return write_app(tmp_path / "app", f"{retry}\n{decorator}{BODY}")

    return app


@pytest.fixture
def start(
    app: Callable[..., Path],
    container: ContainerProxy,
    tmp_path: Path,
    session: aiohttp.ClientSession,
) -> Iterator[Callable[..., tuple[HostProcess, Client]]]:
    """Start a host whose function watches the container."""
    hosts = []

    def start(retry: str = "", **trigger: Any) -> tuple[HostProcess, Client]:
        hosts.append(start_host(app(retry, **trigger), tmp_path))
        return hosts[-1], Client(hosts[-1], session)

    yield start
    for host in hosts:
        host.kill()


async def leases(database: DatabaseProxy) -> list[dict[str, Any]]:
    """What the lease container holds."""
    return [dict(one) async for one in database.get_container_client("leases").read_all_items()]


async def put(container: ContainerProxy, *ids: str, value: int = 0) -> None:
    """Write items, one after the other."""
    for id_ in ids:
        await container.upsert_item({"id": id_, "value": value})


async def test_runs_for_every_change_from_its_start_on(start, container: ContainerProxy):
    """Without further settings a new function does not see what was there before."""
    await put(container, "old")
    host, client = start()

    await put(container, "new")
    await client.wait_for_record("item new 0")
    await put(container, "new", value=2)

    await client.wait_for_record("item new 2")
    assert "item old 0" not in host.recorded
    assert "Request URL" not in host.output


async def test_begins_at_the_beginning_when_told_so(start, container: ContainerProxy):
    """Matters only as long as there is no lease."""
    await put(container, "old")

    _, client = start(start_from_beginning=True)

    await client.wait_for_record("item old 0")


async def test_begins_at_a_time_when_told_so(start, container: ContainerProxy):
    """A moment in the past, in UTC."""
    await put(container, "old")

    _, client = start(start_from_time="2020-01-01T00:00:00Z")

    await client.wait_for_record("item old 0")


async def test_hands_over_pages_of_the_size_it_is_told(start, container: ContainerProxy):
    """In the order of the writes."""
    await put(container, "a", "b", "c", "d", "e")

    host, client = start(start_from_beginning=True, max_items_per_invocation=2)

    await client.wait_for_record("item e 0")
    runs = [line for line in host.recorded if line.startswith("run")]
    assert runs == ["run a b", "run c d", "run e"]


async def test_reads_every_range_of_a_large_container(
    start, database: DatabaseProxy, container: ContainerProxy
):
    """Each has a lease and an order of its own."""
    await database.delete_container("orders")
    container = await database.create_container(
        "orders", PartitionKey("/id"), offer_throughput=30_000
    )
    _, client = start()
    ids = [f"i{number}" for number in range(12)]

    await put(container, *ids)

    for id_ in ids:
        await client.wait_for_record(f"item {id_} 0")
    assert len(await leases(database)) == 5


async def test_goes_on_where_it_was_after_a_restart(
    start, database: DatabaseProxy, container: ContainerProxy
):
    """A stopped host gives its leases back, so the next one need not wait for them to expire."""
    host, client = start()
    [before] = await leases(database)
    await put(container, "first")

    async def moved_on() -> bool:
        [lease] = await leases(database)
        return bool(lease["ContinuationToken"] != before["ContinuationToken"])

    await client.wait_until(moved_on)
    host.terminate()
    host.wait_for_exit()
    await put(container, "second")

    host, client = start()

    await client.wait_for_record("item second 0")
    assert host.recorded.count("item first 0") == 1


async def test_loses_a_page_whose_function_fails(start, container: ContainerProxy):
    """The real extension moves its lease on; this is why a retry policy matters."""
    host, client = start()
    await put(container, "bad")
    await client.wait_for_record("run bad")

    await put(container, "good")

    await client.wait_for_record("item good 0")
    assert host.recorded.count("run bad") == 1


async def test_holds_a_page_as_long_as_a_retry_policy_says(start, container: ContainerProxy):
    """With endless retries nothing is lost, and nothing overtakes."""
    host, client = start(
        "@app.retry(strategy='fixed_delay', max_retry_count='-1', delay_interval='00:00:00.1')"
    )
    await put(container, "bad")
    await client.wait_for_record("run bad")
    await put(container, "good")
    await client.wait_for_record("run bad", 3)

    (host.record.parent / "gate").touch()

    await client.wait_for_record("item good 0")
    assert host.recorded.index("item bad 0") < host.recorded.index("run good")


async def test_delivers_a_page_again_after_kill_9(
    start, database: DatabaseProxy, container: ContainerProxy
):
    """The lease moves on only after the run; a new host waits until it has expired."""
    host, client = start(lease_expiration_interval=300)
    await put(container, "wait")
    await client.wait_for_record("run wait")
    host.kill()

    host, client = start(lease_expiration_interval=300)
    await client.wait_for_record("run wait", 2)
    (host.record.parent / "gate").touch()

    await client.wait_for_record("item wait 0")


async def test_delivers_a_page_again_that_a_stop_interrupted(start, container: ContainerProxy):
    """An orderly stop is no success either."""
    host, client = start()
    await put(container, "wait")
    await client.wait_for_record("run wait")
    host.terminate()
    host.wait_for_exit()

    _, client = start()

    await client.wait_for_record("run wait", 2)


async def test_shares_leases_between_two_hosts(
    start, database: DatabaseProxy, container: ContainerProxy
):
    """Only the holder of the lease runs, so every change is delivered once."""
    first, _ = start()
    _, client = start()

    await put(container, *(f"i{number}" for number in range(5)))

    await client.wait_for_record("item i4 0")
    assert len(first.recorded) == len(set(first.recorded))
    assert len({one["Owner"] for one in await leases(database)}) == 1


async def test_keeps_functions_apart_by_their_prefix(
    start, database: DatabaseProxy, container: ContainerProxy
):
    """Two functions may share a lease container."""
    start(lease_container_prefix="a")
    start(lease_container_prefix="b")

    assert {one["id"][0] for one in await leases(database)} == {"a", "b"}


async def test_runs_a_cosmos_function_on_demand(start):
    """With documents of one's own."""
    _, client = start()

    response = await client.request(
        "POST", "/admin/functions/changed", json={"input": json.dumps([{"id": "x", "value": 7}])}
    )

    assert response.status == 202
    await client.wait_for_record("item x 7")


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        (
            {"create_lease_container_if_not_exists": False},
            "the lease container leases does not exist",
        ),
        ({"container_name": "missing"}, "the monitored container missing does not exist"),
        ({"lease_container_name": "orders"}, "cannot be the same"),
        ({"start_from_beginning": True, "start_from_time": "2020-01-01"}, "Only one of"),
        ({"start_from_time": "yesterday"}, "not in the ISO 8601 format"),
        ({"connection": "Missing"}, "needs the app setting Missing"),
    ],
)
async def test_does_not_start(
    app: Callable[..., Path],
    container: ContainerProxy,
    tmp_path: Path,
    trigger: dict[str, Any],
    reason: str,
):
    """The message names the function and what is wrong; no secret is in it."""
    host = HostProcess(app(**trigger), tmp_path)

    assert host.wait_for_exit() == 1
    assert "function changed: " in host.output
    assert reason in host.output
    assert "AccountKey" not in host.output
