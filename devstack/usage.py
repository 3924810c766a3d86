"""What a run cost, from the counters of the emulators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters since the emulators started; the difference of two is what happened between.

    What is done for lists and subscribers after the fact, the projections, stands by itself.
    """

    cosmos_requests: int
    request_units: float
    projection_requests: int
    projection_units: float
    order_reads: int
    order_read_units: float
    durable_actions: int
    activities: int

    def since(self, earlier: "Usage") -> "Usage | None":
        """What was used after *earlier*; None if an emulator started to count anew meanwhile."""
        used = Usage(
            self.cosmos_requests - earlier.cosmos_requests,
            self.request_units - earlier.request_units,
            self.projection_requests - earlier.projection_requests,
            self.projection_units - earlier.projection_units,
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
            self.projection_requests,
            self.projection_units,
            self.order_reads - polls,
            self.order_read_units - units,
            self.durable_actions,
            self.activities,
        )


def is_projection(operation: Mapping[str, Any]) -> bool:
    """Whether a kind of operation, as the emulator counts them, serves the change feed, what
    follows from it, or whoever reads that.
    """
    container: str = operation["container"]
    return operation["operation"] == "ChangeFeed" or container in ("customer-orders", "leases")


async def read_usage(session: aiohttp.ClientSession, urls: Mapping[str, str]) -> Usage:
    """The counters as they are now."""
    operations = (await _get(session, urls["cosmos"]))["operations"]
    durable = (await _get(session, urls["functions"]))["durable"]
    # Control-plane operations count under no container.
    items = [operation for operation in operations if operation["container"]]
    of_orders = [operation for operation in items if not is_projection(operation)]
    projections = [operation for operation in items if is_projection(operation)]
    reads = [
        operation
        for operation in of_orders
        if (operation["container"], operation["operation"]) == ("orders", "Read")
    ]
    return Usage(
        cosmos_requests=_count(of_orders),
        request_units=_units(of_orders),
        projection_requests=_count(projections),
        projection_units=_units(projections),
        order_reads=_count(reads),
        order_read_units=_units(reads),
        durable_actions=durable["actions"],
        activities=durable["activitiesCompleted"],
    )


def _count(operations: Iterable[Mapping[str, Any]]) -> int:
    return sum(operation["count"] for operation in operations)


def _units(operations: Iterable[Mapping[str, Any]]) -> float:
    return sum(float(operation["requestUnits"]) for operation in operations)


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(f"{url}/_emulator/stats") as response:
        response.raise_for_status()
        return await response.json()
