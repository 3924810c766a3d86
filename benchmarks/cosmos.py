"""The Cosmos emulator beside what the SDK can do at all, and beside itself with less in it."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient

from benchmarks.load import measure
from devstack.ports import LOOPBACK, Ports
from devstack.services import ROOT
from devstack.supervisor import Probe, Service, Supervisor
from emulators.cosmos.auth import EMULATOR_KEY
from emulators.cosmos.definitions import container_body
from emulators.cosmos.items import Partition
from emulators.cosmos.partition import canonical_key
from emulators.cosmos.store import Container, Store

_OF_THE_CONNECTION = {"content-length", "date", "server"}
# Short rounds, so that what else the machine does in between meets both sides alike.
ROUNDS = 20
REQUESTS = 150
FEW_REQUESTS = 15
PARTITION_ITEMS = 100
BATCH = 100
FEW = 10_000

Row = tuple[str, float, float, str]
Send = Callable[[int], Awaitable[None]]


def item(name: str, partition: str) -> dict[str, Any]:
    """Half a kilobyte, like a small order."""
    lines = [{"sku": f"SKU-{n}", "quantity": n, "price": "2.50"} for n in range(6)]
    return {"id": name, "pk": partition, "status": "Pending", "lines": lines}


class Accounts:
    """Servers started for a comparison, each with the SDK's client for it."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Accounts":
        self._supervisor = await self._stack.enter_async_context(
            Supervisor(self._state / "logs", print)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def emulator(self, name: str) -> CosmosClient:
        """The emulator with the state it keeps under that name."""
        options = ("--port", "{port}", "--state", str(self._state / name))
        return await self._start(name, "emulators.cosmos", options, "/_emulator/health")

    async def ceiling(self, answers: Path) -> CosmosClient:
        """A server of constants."""
        return await self._start("ceiling", "benchmarks.ceiling", ("{port}", str(answers)), "/")

    async def _start(
        self, name: str, module: str, options: tuple[str, ...], probe: str
    ) -> CosmosClient:
        port = Ports.free().cosmos
        url = f"http://{LOOPBACK}:{port}"
        command = (sys.executable, "-m", module, *(o.replace("{port}", str(port)) for o in options))
        await self._supervisor.start(
            Service(name, command, ROOT, {name: port}, (Probe(url + probe),))
        )
        client = CosmosClient(url, EMULATOR_KEY)
        return await self._stack.enter_async_context(client)


async def measure_points(state: Path) -> list[Row]:
    """Point reads and writes a second, from one caller and from 32, beside the SDK's ceiling."""
    async with Accounts(state) as accounts:
        emulator = await accounts.emulator("points")
        database = await emulator.create_database("d")
        real = await database.create_container("c", PartitionKey("/pk"))
        answers = state / "answers.json"
        answers.write_text(json.dumps(await _recorded(real)), encoding="utf-8")
        ceiling = await accounts.ceiling(answers)
        constant = ceiling.get_database_client("d").get_container_client("c")
        return [
            (f"Cosmos {name}s, {clients} at a time, beside a server of constants",
             *await _compared(operation(real), operation(constant), clients), "/s")
            for name, operation in (("point read", _reads), ("write", _writes))
            for clients in (1, 32)
        ]  # fmt: skip


def _reads(container: ContainerProxy) -> Send:
    async def read(_: int) -> None:
        await container.read_item("known", "p")

    return read


def _writes(container: ContainerProxy) -> Send:
    async def write(_: int) -> None:
        name = str(uuid4())
        await container.create_item(item(name, f"p{name[-2:]}"))

    return write


async def _compared(
    one: Send, other: Send, clients: int, requests: int = REQUESTS
) -> tuple[float, float]:
    """The medians of rounds that take turns."""
    rates: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS):
        for send, found in zip((one, other), rates, strict=True):
            found.append((await measure(send, requests, clients)).per_second)
    return median(rates[0]), median(rates[1])


async def _recorded(container: ContainerProxy) -> dict[str, Any]:
    """What the emulator answers, for the ceiling to repeat."""
    answers: dict[str, Any] = {}

    def record(name: str, status: int) -> Callable[[Any, Any], None]:
        def keep(headers: Any, body: Any) -> None:
            kept = {k: v for k, v in headers.items() if k.lower() not in _OF_THE_CONNECTION}
            answers[name] = [status, kept, json.dumps(body, separators=(",", ":"))]

        return keep

    await container.create_item(item("known", "p"), response_hook=record("create", 201))
    await container.read_item("known", "p", response_hook=record("read", 200))
    await container.read(response_hook=record("container", 200))
    return answers


async def measure_sizes(state: Path, many: int) -> list[Row]:
    """What reading one partition costs when the others are large, beside small ones."""
    for name, count in (("few", FEW), ("many", many)):
        _fill(state / name, count)
    async with Accounts(state) as accounts:
        few, many_items = [
            (await accounts.emulator(name)).get_database_client("d").get_container_client("c")
            for name in ("few", "many")
        ]
        return [
            (f"Cosmos {name} with {many:,} items in other partitions, beside {FEW:,}",
             *await _compared(operation(many_items), operation(few), 1, FEW_REQUESTS), "/s")
            for name, operation in (
                ("query of a partition", _queries), ("change feed page of a partition", _pages),
                ("newest change feed page", _newest),
            )
        ]  # fmt: skip


def _queries(container: ContainerProxy) -> Send:
    async def query(_: int) -> None:
        text = "SELECT * FROM c WHERE c.status = 'Pending' ORDER BY c._ts"
        rows = [row async for row in container.query_items(text, partition_key="measured")]
        _require(len(rows) == PARTITION_ITEMS)

    return query


def _pages(container: ContainerProxy) -> Send:
    async def page(_: int) -> None:
        feed = container.query_items_change_feed(
            partition_key="measured", start_time="Beginning", max_item_count=PARTITION_ITEMS
        )
        _require(len([row async for row in await anext(feed.by_page())]) == PARTITION_ITEMS)

    return page


def _newest(container: ContainerProxy) -> Send:
    async def page(_: int) -> None:
        feed = container.query_items_change_feed(start_time="Now")
        _require([row async for row in feed] == [])

    return page


def _require(right: bool) -> None:
    if not right:
        raise RuntimeError("the emulator answered something else than what is measured")


def _fill(state: Path, count: int) -> None:
    """*count* items in other partitions, and between them PARTITION_ITEMS in the measured one."""
    store = Store(str(state))
    body = container_body({"id": "c", "partitionKey": dict(PartitionKey("/pk"))})
    container = store.create_container(store.create_database({"id": "d"}), body)
    batches = count // BATCH
    for number in range(batches):
        _write(store, container, f"p{number % 1000}", range(number * BATCH, (number + 1) * BATCH))
        if number % (batches // PARTITION_ITEMS) == 0:
            _write(store, container, "measured", range(number, number + 1))
    store.close()


def _write(store: Store, container: Container, key: str, numbers: Iterable[int]) -> None:
    with store.transaction(container) as lsn:
        partition = Partition(store.items, container, canonical_key([key]), lsn)
        for number in numbers:
            partition.create(item(f"item-{number}", key))
