"""Events taken in, many in a delivery beside one in each."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from benchmarks.load import measure
from benchmarks.orders import catalogue, order
from benchmarks.target import STEPS, Target
from devstack.ports import Ports
from devstack.stack import Stack

Row = tuple[str, float, float, str]
Json = dict[str, Any]

WEBHOOK = "/runtime/webhooks/eventgrid?functionName=take_in_events"
SIZES = (1, 10, 100, 1000)
ORDER_SIZES = (1, 10, 100)
# As many as Event Grid has under way for one subscription of the emulator.
DELIVERIES = 16
SKUS = 500


@dataclass(frozen=True, slots=True)
class Ingested:
    """What taking in some events took."""

    per_second: float
    requests_per_thousand: float
    """To Cosmos DB."""


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
            return float((await response.json())["requests"])


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
    return [
        *_rows("stock adjustments taken in", adjusted),
        *_rows("orders taken to Confirmed", submitted),
    ]


def _rows(what: str, ingested: dict[int, Ingested]) -> list[Row]:
    one = ingested.pop(1)
    rates = [
        (f"{what}, {size} in a delivery, beside one in each",
         many.per_second, one.per_second, "/s")
        for size, many in ingested.items()
    ]  # fmt: skip
    requests = [
        (f"Cosmos requests for 1,000 {what}, {size} in a delivery, beside one in each",
         many.requests_per_thousand, one.requests_per_thousand, "")
        for size, many in ingested.items()
    ]  # fmt: skip
    return rates + requests


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
