"""From a change of an order to its event at the topic, through the whole app."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isawaitable
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos.aio import CosmosClient

from shared.adapters.cosmos_orders import CosmosOrders
from shared.container import utc_now
from tests.builders import order
from tests.e2e.test_cost import Meter
from tests.events_schema import assert_announced_properly
from tests.shop import PATIENCE_SECONDS, Shop
from tests.stacks import RunningStack
from tests.topic import TopicThread, take_everything

# A stack of its own, whose topic is a recorder.
pytestmark = pytest.mark.slow

HAPPY = [
    "Orders.OrderAccepted",
    "Orders.StockReserved",
    "Orders.PaymentCaptured",
    "Orders.OrderConfirmed",
]


@pytest.fixture(scope="module")
def topic() -> Iterator[TopicThread]:
    """Stands for Event Grid."""
    with TopicThread() as topic:
        yield topic


@pytest.fixture(scope="module")
def stack(topic, tmp_path_factory) -> Iterator[RunningStack]:
    """The app, which publishes to it."""
    state = tmp_path_factory.mktemp("relay")
    with RunningStack(state, EVENT_GRID_TOPIC_ENDPOINT=topic.url) as stack:
        yield stack


@pytest.fixture
async def shop(session, stack, topic) -> AsyncIterator[Shop]:
    """The app, with products of this test alone, and a topic that is well in the end."""
    yield Shop(session, stack.urls)
    topic.answer = take_everything


async def until(met: Callable[[], Any]) -> Any:
    """Wait for a condition that comes about outside of the test."""
    for _ in range(20 * PATIENCE_SECONDS):
        result = met()
        if isawaitable(result):
            result = await result
        if result:
            return result
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come about")


def published(topic: TopicThread, order_id: str) -> list[dict[str, Any]]:
    """What the topic has taken of an order."""
    return [event for event in topic.taken if event["subject"] == order_id]


async def relay_of(shop: Shop) -> dict[str, Any]:
    """What operators are shown."""
    return (await shop.ask("GET", "/api/ops/relay")).body


async def test_every_change_of_an_order_is_published_in_order(shop, topic):
    """And as the schema says."""
    await shop.stock(MUG=10)

    placed = await shop.place({"MUG": 1})

    events = await until(lambda: len(found := published(topic, placed["id"])) >= 4 and found)
    assert [event["type"] for event in events] == HAPPY
    for event in events:
        assert_announced_properly(event)
    assert "A. Person" not in str(events)


async def test_a_customer_finds_the_order_in_the_list(shop):
    """In its final state, about a second later."""
    await shop.stock(MUG=10)

    placed = await shop.place({"MUG": 2})

    (shown,) = await shop.listed()
    assert shown["id"] == placed["id"]
    assert shown["total"] == {"amount": "5.00", "currency": "GBP"}
    assert shown["updatedAt"] == placed["updatedAt"]


async def test_orders_go_on_and_the_lag_is_shown_while_the_topic_is_down(shop, topic):
    """Event Grid is nobody an order has to wait for."""
    await shop.stock(MUG=10)
    topic.answer = lambda _: 503
    before = utc_now()

    placed = await shop.place({"MUG": 1})

    assert placed["status"] == "Confirmed"

    async def lagging() -> dict[str, Any] | None:
        relay = await relay_of(shop)
        return relay if relay["lagSeconds"] >= 2 else None

    relay = await until(lagging)
    assert await shop.listed()
    elapsed = (utc_now() - before).total_seconds()
    assert relay["lagSeconds"] <= elapsed
    (failing,) = (worker for worker in relay["workers"] if "failingSince" in worker)
    assert failing["lastError"] == "service-unavailable"

    topic.answer = take_everything
    await until(lambda: len(published(topic, placed["id"])) >= 4)

    async def caught_up() -> bool:
        return not await lagging()

    await until(caught_up)


async def test_one_refused_event_becomes_a_letter_and_the_rest_goes_out(shop, topic):
    """The order itself knows nothing of it."""
    await shop.stock(MUG=10)

    def refuse_payment(events: list[dict[str, Any]]) -> int:
        return 400 if any(event["type"] == HAPPY[2] for event in events) else 200

    topic.answer = refuse_payment
    placed = await shop.place({"MUG": 1})

    await until(lambda: len(published(topic, placed["id"])) >= 3)
    types = [event["type"] for event in published(topic, placed["id"])]
    assert types == [HAPPY[0], HAPPY[1], HAPPY[3]]
    assert [one["id"] for one in await shop.listed()] == [placed["id"]]


async def test_an_order_whose_intake_died_is_fulfilled_without_its_client(shop, stack, topic):
    """Stored, but never started: the process was killed between the two. The topic is down, too."""
    await shop.stock(MUG=10)
    topic.answer = lambda _: 503
    left_behind = order((shop.sku("MUG"), 2), id=str(uuid4()), placed_at=utc_now())
    settings = stack.settings
    async with CosmosClient(settings["COSMOS_ENDPOINT"], settings["COSMOS_KEY"]) as client:
        database = client.get_database_client(settings["COSMOS_DATABASE"])
        orders = CosmosOrders(database.get_container_client("orders"))
        await orders.add(left_behind, left_behind.submitted())

    settled = await shop.settled(left_behind.id)

    assert settled["status"] == "Confirmed"
    assert await shop.level("MUG") == (10, 2)


async def test_what_an_order_costs_after_the_fact(shop, topic):
    """Beside its own requests: the list, the places in the feed, the topic."""
    await shop.place_warm_up()
    await until(lambda: topic.taken and topic.taken[-1]["type"] == HAPPY[-1])
    requests = len(topic.requests)
    meter = Meter(shop)

    async with meter:
        placed = await shop.place({"WARM": 1})
        await until(lambda: len(published(topic, placed["id"])) >= 4)
        await shop.listed(2)

    assert len(topic.requests) - requests <= 4
    assert sum(meter.writes("customer-orders").values()) <= 4
    # Two functions note how far they are after each page; two leases may be due to be renewed, and
    # the relay reports once a minute.
    assert sum(meter.writes("leases").values()) <= 2 * 4 + 2 + 1
