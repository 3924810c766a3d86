"""Counts requests and request units by container and operation, since start."""

from collections import defaultdict
from typing import Any


class Stats:
    """What was asked of the account; control-plane operations count under the container ""."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = defaultdict(int)
        self._units: dict[tuple[str, str], float] = defaultdict(float)

    def count(self, container: str, operation: str, units: float) -> None:
        self._counts[container, operation] += 1
        self._units[container, operation] += units

    def summary(self) -> dict[str, Any]:
        """The totals of requests about items, and every operation by itself."""
        items = [key for key in self._counts if key[0]]
        return {
            "requests": sum(self._counts[key] for key in items),
            "requestUnits": round(sum(self._units[key] for key in items), 2),
            "operations": [
                {
                    "container": container,
                    "operation": operation,
                    "count": count,
                    "requestUnits": round(self._units[container, operation], 2),
                }
                for (container, operation), count in sorted(self._counts.items())
            ],
        }
