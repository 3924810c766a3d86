"""From a change of an order to its event at the topic, through the whole app."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from inspect import isawaitable
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos.aio import CosmosClient

from shared.adapters.cosmos_orders import CosmosOrders
from shared.container import utc_now
from tests.builders import order
from tests.events_schema import assert_announced_properly
from tests.meter import Meter
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


async def all_published(topic: TopicThread, order_id: str) -> list[str]:
    """The types of an order's events as the topic first took each, once it has all of them."""

    def found() -> list[str]:
        types = list(dict.fromkeys(event["type"] for event in published(topic, order_id)))
        return types if set(types) == set(HAPPY) else []

    types: list[str] = await until(found)
    return types


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

    placed = await shop.place({"MUG": 1})

    assert placed["status"] == "Confirmed"
    assert await shop.listed()

    async def failing_for_seconds() -> dict[str, Any] | None:
        relay = await relay_of(shop)
        is_failing = any("failingSince" in worker for worker in relay["workers"])
        return relay if is_failing and relay["lagSeconds"] >= 2 else None

    relay = await until(failing_for_seconds)
    (failing,) = (worker for worker in relay["workers"] if "failingSince" in worker)
    assert failing["lastError"] == "service-unavailable"
    oldest = datetime.fromisoformat(failing["oldestUnpublished"])
    assert failing["lagSeconds"] <= (utc_now() - oldest).total_seconds()

    topic.answer = take_everything
    await all_published(topic, placed["id"])

    async def caught_up() -> bool:
        return bool((await relay_of(shop))["lagSeconds"] < 2)

    await until(caught_up)


async def test_one_refused_event_becomes_a_letter_that_can_be_sent_again(shop, topic):
    """The rest goes out, and the order itself knows nothing of it."""
    await shop.stock(MUG=10)

    def refuse_payment(events: list[dict[str, Any]]) -> int:
        return 400 if any(event["type"] == HAPPY[2] for event in events) else 200

    topic.answer = refuse_payment
    placed = await shop.place({"MUG": 1})

    await until(lambda: len(published(topic, placed["id"])) >= 3)
    types = [event["type"] for event in published(topic, placed["id"])]
    assert types == [HAPPY[0], HAPPY[1], HAPPY[3]]
    assert [one["id"] for one in await shop.listed()] == [placed["id"]]

    topic.answer = take_everything
    letters = await shop.ask("GET", "/api/ops/dead-letters?reason=refused-by-event-grid")
    (letter,) = (
        one for one in letters.body["deadLetters"] if one["eventId"] == f"{placed['id']}/3"
    )
    replayed = await shop.ask("POST", f"/api/ops/dead-letters/{letter['id']}/replay")
    assert replayed.status == 200
    assert published(topic, placed["id"])[-1]["type"] == HAPPY[2]


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


async def test_a_crash_loses_no_event_and_brings_none_out_of_order(shop, stack, topic):
    """The host dies while orders are under way; the next one goes on where the leases say."""
    await shop.stock(MUG=100)
    bodies = [shop.order({"MUG": 1}) for _ in range(20)]
    accepted = [await shop.submit_patiently(body, uuid4().hex) for body in bodies]
    await until(lambda: any(published(topic, one["id"]) for one in accepted))

    stack.kill("functions")
    stack.start("functions")

    for one in accepted:
        assert (await shop.settled(one["id"]))["status"] == "Confirmed"
        assert await all_published(topic, one["id"]) == HAPPY


async def test_what_an_order_costs_after_the_fact(shop, topic):
    """Beside its own requests: the list, the places in the feed, the topic."""
    await shop.stock(MUG=10)
    warm_up = await shop.place({"MUG": 1})
    await all_published(topic, warm_up["id"])
    await shop.listed()
    requests, began, meter = len(topic.requests), time.monotonic(), Meter(shop)

    async with meter:
        placed = await shop.place({"MUG": 1})
        await all_published(topic, placed["id"])
        await shop.listed(2)

    seconds = time.monotonic() - began
    assert len(topic.requests) - requests <= 4
    assert sum(meter.writes("customer-orders").values()) <= 4
    # Two functions note how far they are after each page. Beside that, as time goes by: their
    # leases are renewed, and the relay reports.
    renewals, reports = 2 * (1 + seconds // 6), 1 + seconds
    assert sum(meter.writes("leases").values()) <= 2 * 4 + renewals + reports
