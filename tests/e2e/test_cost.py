"""What an order costs, counted at the emulators: the budget of the project, as a test."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.test_events import WEBHOOK, now
from tests.meter import Meter
from tests.shop import Shop
from tests.stacks import stack_of_its_own

pytestmark = pytest.mark.usefixtures("emulated")


@pytest.fixture(scope="module")
def urls(request, tmp_path_factory) -> Iterator[dict[str, str]]:
    """A stack of its own: on the shared one, orders and events of other tests may still be at work,
    and nobody could tell their requests from ours.
    """
    with stack_of_its_own(request, tmp_path_factory.mktemp("cost")) as urls:
        yield urls


async def settled_without_reading(shop: Any, activities_before: float, expected: int) -> None:
    """Wait by the engine's counters, so that waiting costs no Cosmos request."""
    for _ in range(2000):
        durable = (await shop.stats("functions"))["durable"]
        if durable["activitiesCompleted"] - activities_before >= expected:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the order did not come to its end")


async def cost_of(shop: Any, skus: int) -> dict[str, float]:
    """The cost of one order with so many SKUs, intake to Confirmed, on a warm worker."""
    names = {f"N{n}": 10 for n in range(skus)}
    await shop.stock(**names)
    activities = 4 + (skus - 1) // 100
    meter = Meter(shop)
    async with meter:
        before = (await shop.stats("functions"))["durable"]["activitiesCompleted"]
        answer = await shop.submit(shop.order(dict.fromkeys(names, 1)))
        await settled_without_reading(shop, before, activities)
    assert (await shop.settled(answer.body["id"]))["status"] == "Confirmed"
    return meter.spent


@pytest.mark.parametrize("skus", [1, 20, 250])
async def test_an_order_costs_at_most_its_skus_and_eight_requests(shop, skus):
    """The budget that docs/architecture.md promises, for any number of SKUs."""
    await shop.place_warm_up()

    spent = await cost_of(shop, skus)

    assert spent["requests"] <= skus + 8
    assert spent["activities"] == 4 + (skus - 1) // 100


async def test_submitting_costs_one_write(shop):
    """Intake answers after one request to the database: the batch of order and event."""
    await shop.place_warm_up()

    spent = await cost_of(shop, 3)

    counted = {name for name, count in spent.items() if count}
    others = {name for name in counted if name.startswith("orders.")} - {"orders.Batch"}
    assert spent["orders.Batch"] == 4  # one at intake, one for each change of state
    assert others <= {"orders.Read", "orders.ChangeFeed"}
    assert spent["stock.Batch"] == 3


@pytest.mark.parametrize("skus", [1, 100])
async def test_the_list_of_a_customer_costs_at_most_a_write_for_each_change(shop, skus):
    """Mostly fewer: changes that the feed brings together are one write."""
    await shop.place_warm_up()
    await shop.listed()
    meter = Meter(shop)
    async with meter:
        await cost_of(shop, skus)
        await shop.listed(2)

    assert 1 <= sum(meter.writes("customer-orders").values()) <= 4


async def test_reading_an_order_is_one_point_read(shop):
    """Clients poll: this is the most frequent request of all."""
    await shop.stock(MUG=10)
    order = await shop.place({"MUG": 1})

    meter = Meter(shop)
    async with meter:
        await shop.ask("GET", order["links"]["self"])

    assert meter.spent["requests"] == 1
    assert meter.spent["orders.Read"] == 1


async def test_history_does_not_grow_with_the_order(shop, session, emulated):
    """Payload bytes in Durable history are the same for one line and for a hundred."""
    sizes = []
    for skus in (1, 100):
        names = {f"N{n}": 10 for n in range(skus)}
        await shop.stock(**names)
        order = await shop.place(dict.fromkeys(names, 1))
        sizes.append(await history_bytes(session, emulated["functions"], order["id"]))

    assert sizes[0] == sizes[1]


async def history_bytes(session: Any, base_url: str, instance_id: str) -> int:
    """Inputs and results in the history of an instance, with the line count left out of it."""
    path = f"/runtime/webhooks/durabletask/instances/{instance_id}"
    query = "?showHistory=true&showHistoryOutput=true&showInput=true"
    status: dict[str, Any] = {"runtimeStatus": ""}
    # The order is final one step before its orchestration; the test's timeout bounds the wait.
    while status["runtimeStatus"] != "Completed":
        async with session.get(base_url + path + query) as response:
            status = await response.json(content_type=None)
    events = status["historyEvents"]
    payloads = [str(event.get("Result", "")) for event in events]
    payloads += [
        re.sub(r"(lineCount\W+)100\b", r"\g<1>1", str(event.get("Input", ""))) for event in events
    ]
    assert any(payloads)
    return sum(map(len, payloads))


@pytest.mark.slow
async def test_many_adjustments_cost_a_batch_for_each_sku_of_a_delivery(shop: Shop):
    """10,000 events are five deliveries of 500 batches, not 10,000 requests."""
    await shop.stock(**{f"N{n}": 10 for n in range(500)})
    skus = [shop.sku(f"N{n % 500}") for n in range(10_000)]
    events = [now("Inventory.StockAdjusted", {"sku": sku, "delta": 1}) for sku in skus]
    before = await stock_requests(shop)

    for first in range(0, len(events), 2_000):
        headers = {"aeg-event-type": "Notification"}
        body = events[first : first + 2_000]
        assert (await shop.ask("POST", WEBHOOK, json=body, headers=headers)).status == 202

    assert await stock_requests(shop) - before == 5 * 500
    assert await shop.level("N499") == (30, 0)


async def stock_requests(shop: Shop) -> int:
    """Requests for the stock container so far."""
    operations = (await shop.stats("cosmos"))["operations"]
    return sum(o["count"] for o in operations if o["container"] == "stock")
