"""Counting at the emulators what something cost."""

from typing import Any

from devstack.usage import is_projection


class Meter:
    """Counts what happens between two looks."""

    def __init__(self, shop: Any) -> None:
        self._shop = shop

    async def read(self) -> dict[str, float]:
        """The counters now."""
        operations = (await self._shop.stats("cosmos"))["operations"]
        durable = (await self._shop.stats("functions"))["durable"]
        counts = {f"{o['container']}.{o['operation']}": o["count"] for o in operations}
        of_orders = [o for o in operations if o["container"] and not is_projection(o)]
        return counts | {
            "requests": sum(o["count"] for o in of_orders),
            "activities": durable["activitiesCompleted"],
            "actions": durable["actions"],
        }

    async def __aenter__(self) -> "Meter":
        self._before = await self.read()
        return self

    async def __aexit__(self, *_: object) -> None:
        after = await self.read()
        self.spent = {name: after[name] - self._before.get(name, 0) for name in after}

    def writes(self, container: str) -> dict[str, float]:
        """What was done in *container*, without reading it."""
        return {
            name: count
            for name, count in self.spent.items()
            if name.startswith(f"{container}.") and not name.endswith((".Read", ".Query"))
        }
