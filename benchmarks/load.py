"""A closed-loop load: so many clients, each sending its next request when it has its answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import quantiles

CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second, and how long a request took in the middle and at the far end."""

    per_second: float
    p50_ms: float
    p99_ms: float


async def measure(
    request: Callable[[int], Awaitable[None]], count: int, clients: int = CLIENTS
) -> Measured:
    """Send *count* requests from *clients*; *request* is told its number and must succeed."""
    latencies: list[float] = []
    waiting = iter(range(count))

    async def client() -> None:
        for number in waiting:
            began = time.perf_counter()
            await request(number)
            latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - began
    cuts = quantiles(latencies, n=100)
    return Measured(count / seconds, 1000 * cuts[49], 1000 * cuts[98])
