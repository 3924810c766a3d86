"""What a run cost, from the counters of the emulators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters since the emulators started; the difference of two is what happened between."""

    cosmos_requests: int
    request_units: float
    order_reads: int
    order_read_units: float
    durable_actions: int
    activities: int

    def since(self, earlier: "Usage") -> "Usage | None":
        """What was used after *earlier*; None if an emulator started to count anew meanwhile."""
        used = Usage(
            self.cosmos_requests - earlier.cosmos_requests,
            self.request_units - earlier.request_units,
            self.order_reads - earlier.order_reads,
            self.order_read_units - earlier.order_read_units,
            self.durable_actions - earlier.durable_actions,
            self.activities - earlier.activities,
        )
        return used if min(used.cosmos_requests, used.durable_actions) >= 0 else None

    def without_polls(self, polls: int) -> "Usage":
        """The same without the customers' looking at their orders: one point read each."""
        polls = min(polls, self.order_reads)
        units = self.order_read_units * polls / self.order_reads if polls else 0.0
        return Usage(
            self.cosmos_requests - polls,
            self.request_units - units,
            self.order_reads - polls,
            self.order_read_units - units,
            self.durable_actions,
            self.activities,
        )


async def read_usage(session: aiohttp.ClientSession, urls: Mapping[str, str]) -> Usage:
    """The counters as they are now."""
    cosmos = await _get(session, urls["cosmos"])
    durable = (await _get(session, urls["functions"]))["durable"]
    reads = [
        operation
        for operation in cosmos["operations"]
        if (operation["container"], operation["operation"]) == ("orders", "Read")
    ]
    return Usage(
        cosmos_requests=cosmos["requests"],
        request_units=cosmos["requestUnits"],
        order_reads=sum(read["count"] for read in reads),
        order_read_units=sum(read["requestUnits"] for read in reads),
        durable_actions=durable["actions"],
        activities=durable["activitiesCompleted"],
    )


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(f"{url}/_emulator/stats") as response:
        response.raise_for_status()
        return await response.json()
