"""The emulators' counters, and what happened between two looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

Counts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the emulators started, or between two looks."""

    requests: Counts
    """To Cosmos DB, by ``container.Operation``."""
    units: Counts
    durable: Counts
    published: float
    delivered: float

    def since(self, earlier: "Counters") -> "Counters":
        """What happened after *earlier*."""
        return Counters(
            _less(self.requests, earlier.requests),
            _less(self.units, earlier.units),
            _less(self.durable, earlier.durable),
            self.published - earlier.published,
            self.delivered - earlier.delivered,
        )

    def moves(self) -> tuple[Any, ...]:
        """What stands still once nothing is going on; polling goes on for ever."""
        polling = {"orders.ChangeFeed", "leases.Replace"}
        requests = {name: count for name, count in self.requests.items() if name not in polling}
        return requests, self.durable, self.published, self.delivered


async def read_counters(session: aiohttp.ClientSession, urls: Mapping[str, str]) -> Counters:
    """The counters as they are now."""
    cosmos = await _stats(session, urls["cosmos"])
    durable = (await _stats(session, urls["functions"]))["durable"]
    grid = await _stats(session, urls["event_grid"])
    # Control-plane operations count under no container, and are not sold.
    operations = [one for one in cosmos["operations"] if one["container"]]
    name = "{container}.{operation}".format_map
    return Counters(
        {name(one): one["count"] for one in operations},
        {name(one): one["requestUnits"] for one in operations},
        durable,
        grid["topics"]["order-events"]["published"],
        grid["delivered"],
    )


def total(counts: Counts, *containers: str) -> float:
    """The sum over some containers."""
    return sum(count for name, count in counts.items() if name.split(".")[0] in containers)


def _less(counts: Counts, earlier: Counts) -> Counts:
    return {name: count - earlier.get(name, 0) for name, count in counts.items()}


async def _stats(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(f"{url}/_emulator/stats") as response:
        response.raise_for_status()
        return await response.json()
