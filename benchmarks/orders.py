"""Orders from submission to Confirmed, beside doing nothing on the same host."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from benchmarks.load import Measured, measure
from benchmarks.target import WARM_UP, Send, Target
from devstack.ports import LOOPBACK, Ports
from devstack.services import Host, functions
from devstack.stack import Stack
from devstack.supervisor import Supervisor

FLOOR_APP = Path(__file__).resolve().parent / "floor"
SKUS = 10


@dataclass(frozen=True, slots=True)
class Result:
    """One side of the comparison."""

    submit: Measured
    """A POST, while what the others started runs in the background."""
    finished_per_second: float
    submit_alone_ms: float
    """A POST while nothing else goes on, and below, with all that it starts."""
    finish_alone_ms: float


async def measure_floor(state: Path, count: int) -> tuple[Measured, Result]:
    """A POST that does nothing; and one that starts an orchestration that does nothing."""
    ports = Ports.free()
    host = functions(Host.EMULATED, FLOOR_APP, state, ports, {})
    async with Supervisor(state / "logs", print) as supervisor, aiohttp.ClientSession() as session:
        await supervisor.start(host)
        target = Target(session, f"http://{LOOPBACK}:{ports.functions}")

        async def nothing(number: int) -> None:
            await target.post("/api/nothing", order(number), 202)

        async def start(_: int) -> None:
            await target.post("/api/start", {}, 202)

        await measure(nothing, WARM_UP)
        http = await measure(nothing, 4 * count)
        return http, await _result(target, start, count)


async def measure_orders(state: Path, count: int) -> Result:
    """``POST /orders`` with SKUS lines each, all in stock and paid for."""
    async with Stack(state, Ports.free()) as stack, aiohttp.ClientSession() as session:
        target = Target(session, stack.base_url)
        await target.post("/api/products/import", catalogue(), 200)

        async def submit(number: int) -> None:
            headers = {"Idempotency-Key": uuid4().hex}
            await target.post("/api/orders", order(number), 202, headers)

        return await _result(target, submit, count)


async def _result(target: Target, send: Send, count: int) -> Result:
    loaded = await target.to_the_end(send, count)
    return Result(*loaded, *await target.one_by_one(send, count // 4))


def catalogue() -> dict[str, Any]:
    """Everything that the orders below are for, more than enough of it."""
    price = {"amount": "2.50", "currency": "GBP"}
    return {
        "products": [
            {"sku": f"SKU-{n}", "name": f"Product {n}", "price": price, "onHand": 1_000_000}
            for n in range(50 * SKUS)
        ]
    }


def order(number: int) -> dict[str, Any]:
    """Orders share SKUs, but neighbours do not."""
    first = number % 50 * SKUS
    return {
        "customerId": f"customer-{number}",
        "currency": "GBP",
        "lines": [{"sku": f"SKU-{n}", "quantity": 1} for n in range(first, first + SKUS)],
        "shippingAddress": {
            "name": "A. Person",
            "line1": "1 Some Street",
            "city": "London",
            "postalCode": "N1 1AA",
            "country": "GB",
        },
        "paymentMethod": "pm_card_visa",
    }
