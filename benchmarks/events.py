"""Events taken in and sent out, many in a request beside one in each."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from azure.core.credentials import AzureKeyCredential

from benchmarks.load import measure
from benchmarks.orders import catalogue, order
from benchmarks.target import STEPS, Target
from devstack.ports import Ports
from devstack.stack import Stack
from shared.adapters.event_grid_publisher import EventGridPublisher
from shared.container import event_grid_client
from shared.domain.order import OrderEvent, OrderStatus

Row = tuple[str, float, float, str]
Json = dict[str, Any]

WEBHOOK = "/runtime/webhooks/eventgrid?functionName=take_in_events"
SIZES = (1, 10, 100, 1000)
ORDER_SIZES = (1, 10, 100)
# As many as Event Grid has under way for one subscription of the emulator.
DELIVERIES = 16
SKUS = 500
# What the change feed gives the relay at once.
PAGE = 100


@dataclass(frozen=True, slots=True)
class Ingested:
    """What taking in some events took."""

    per_second: float
    requests_per_thousand: float
    """To the stock container of Cosmos DB."""


class Intake:
    """The app, to which deliveries are handed as Event Grid does it."""

    def __init__(self, target: Target, cosmos: str) -> None:
        self._target = target
        self._cosmos = cosmos

    async def take_in(self, events: Sequence[Json], size: int, steps: int = 0) -> Ingested:
        """Deliver *events*, *size* at a time, and wait until each has had *steps* activities."""
        batches = [events[first : first + size] for first in range(0, len(events), size)]

        async def deliver(number: int) -> None:
            headers = {"aeg-event-type": "Notification"}
            await self._target.post(WEBHOOK, batches[number], 202, headers)

        requests = await self._requests()
        activities = await self._target.activities()
        began = time.perf_counter()
        await measure(deliver, len(batches), DELIVERIES)
        await self._target.until_activities(activities + steps * len(events))
        seconds = time.perf_counter() - began
        spent = await self._requests() - requests
        return Ingested(len(events) / seconds, 1000 * spent / len(events))

    async def _requests(self) -> float:
        async with self._target.session.get(f"{self._cosmos}/_emulator/stats") as response:
            operations = (await response.json())["operations"]
        return float(sum(o["count"] for o in operations if o["container"] == "stock"))


async def measure_ingestion(state: Path, count: int) -> list[Row]:
    """Stock adjustments over SKUS products, and orders, in deliveries of different sizes."""
    async with Stack(state, Ports.free()) as stack, aiohttp.ClientSession() as session:
        target = Target(session, stack.base_url)
        await target.post("/api/products/import", catalogue(), 200)
        intake = Intake(target, stack.urls["cosmos"])
        await intake.take_in([_adjusted(n) for n in range(count)], 100)  # warms everything up
        adjusted = {
            size: await intake.take_in([_adjusted(n) for n in range(count)], size) for size in SIZES
        }
        submitted = {
            size: await intake.take_in([_submitted(n) for n in range(count // 10)], size, STEPS)
            for size in ORDER_SIZES
        }
        published = await _published(stack.settings, count // 3)
    return [
        *_rates("stock adjustments taken in", adjusted),
        *_requests("stock adjustments", adjusted),
        *_rates("orders taken to Confirmed", submitted),
        ("changes of orders published, a page of 100 in a request, beside one in each", *published,
         "/s"),
    ]  # fmt: skip


async def _published(settings: Mapping[str, str], count: int) -> tuple[float, float]:
    """Events a second that the relay's publisher gets to the topic: as it does it, and singly.

    One request after the other either way, since the events of an order go out in order.
    """
    key = AzureKeyCredential(settings["EVENT_GRID_TOPIC_KEY"])
    events = [_change(number) for number in range(count)]
    endpoint = settings["EVENT_GRID_TOPIC_ENDPOINT"]
    async with event_grid_client(endpoint, key, timeout_seconds=30) as client:
        publisher = EventGridPublisher(client, "urn:benchmark")
        await publisher.publish(events[:1])
        pages = [events[first : first + PAGE] for first in range(0, count, PAGE)]
        many = [part for page in pages for part in publisher.parts(page)]
        return (
            count / await _seconds(publisher, many),
            count / await _seconds(publisher, [[event] for event in events]),
        )


async def _seconds(publisher: EventGridPublisher, parts: Sequence[Sequence[OrderEvent]]) -> float:
    began = time.perf_counter()
    for part in parts:
        await publisher.publish(part)
    return time.perf_counter() - began


def _change(number: int) -> OrderEvent:
    now = datetime.now(UTC)
    return OrderEvent(str(uuid4()), number + 1, "OrderConfirmed", now, OrderStatus.CONFIRMED)


def _rates(what: str, ingested: Mapping[int, Ingested]) -> list[Row]:
    one = ingested[1].per_second
    return [
        (f"{what}, {size} in a delivery, beside one in each", many.per_second, one, "/s")
        for size, many in ingested.items()
        if size > 1
    ]


def _requests(what: str, ingested: Mapping[int, Ingested]) -> list[Row]:
    one = ingested[1].requests_per_thousand
    return [
        (f"Cosmos requests for 1,000 {what}, {size} in a delivery, beside one in each",
         many.requests_per_thousand, one, "")
        for size, many in ingested.items()
        if size > 1
    ]  # fmt: skip


def _adjusted(_: int) -> Json:
    sku = f"SKU-{random.randrange(SKUS)}"  # noqa: S311  # no secret
    return _event("Inventory.StockAdjusted", {"sku": sku, "delta": 1})


def _submitted(number: int) -> Json:
    return _event("Orders.OrderSubmitted", order(number))


def _event(event_type: str, data: Json) -> Json:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "urn:warehouse",
        "type": event_type,
        "time": datetime.now(UTC).isoformat(),
        "data": data,
    }
