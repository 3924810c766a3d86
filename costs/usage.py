"""What one order uses, and what an app without orders uses: measured, and kept in a file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from costs.errors import CostError

MEASURED = Path("infra/cost/measured.json")


@dataclass(frozen=True, slots=True)
class OrderUsage:
    """One order from ``POST /orders`` to Delivered, alone on a warm app."""

    lines: int
    cosmos_requests: float
    request_units: float
    projection_requests: float
    """What follows in the change feed: lists, and how far the relay is.

    Polling is in the idle hour; the place in the feed is noted once for each execution of one of
    its functions.
    """
    projection_units: float
    read_units: float
    """One look at the order by its customer."""
    stored_bytes: float
    """Documents that stay in Cosmos DB."""
    orchestrations: float
    episodes: float
    activities: float
    timers: float
    raised: float
    history_bytes: float
    published: float
    """Events that go out."""
    received: float
    """Events that come in: dispatched, delivered."""
    log_lines: float
    executions: Mapping[str, float]
    """By function; orchestrators count each time they are asked."""
    milliseconds: Mapping[str, float]
    """By function, all executions of it together."""


@dataclass(frozen=True, slots=True)
class IdleUsage:
    """An hour without any order, on one instance of each function."""

    feed_requests: float
    feed_units: float
    lease_requests: float
    lease_units: float
    timer_units: float
    """What the timers ask of Cosmos DB."""
    timers: Mapping[str, float]
    """Executions, by function."""
    milliseconds: Mapping[str, float]
    """By function, all executions of it together."""
    blob_lists: float
    blob_writes: float
    blob_reads: float

    @property
    def timer_executions(self) -> float:
        """Of all timers."""
        return sum(self.timers.values())


@dataclass(frozen=True, slots=True)
class Measured:
    """The committed measurement."""

    date: str
    orders: tuple[OrderUsage, ...]
    idle: IdleUsage

    def of(self, lines: int) -> OrderUsage:
        """An order of so many lines: measured, or on the straight line between measured sizes."""
        for usage in self.orders:
            if usage.lines == lines:
                return usage
        below = [usage for usage in self.orders if usage.lines < lines]
        above = [usage for usage in self.orders if usage.lines > lines]
        if not below or not above:
            known = ", ".join(str(usage.lines) for usage in self.orders)
            raise CostError(f"--lines {lines}: orders of {known} lines were measured, none beyond.")
        return _between(below[-1], above[0], lines)


def read_measured(path: Path = MEASURED) -> Measured:
    """What the last measurement found."""
    content = json.loads(path.read_text(encoding="utf-8"))
    orders = tuple(OrderUsage(**entry) for entry in content["orders"])
    return Measured(content["date"], orders, IdleUsage(**content["idle"]))


def write_measured(measured: Measured, path: Path = MEASURED) -> None:
    """Keep *measured* for everybody."""
    content = {
        "about": "Written by `python3 dev.py cost --measure`; docs/cost.md says how.",
        "date": measured.date,
        "idle": asdict(measured.idle),
        "orders": [asdict(usage) for usage in measured.orders],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _between(low: OrderUsage, high: OrderUsage, lines: int) -> OrderUsage:
    share = (lines - low.lines) / (high.lines - low.lines)

    def mixed(one: Any, other: Any) -> Any:
        if isinstance(one, Mapping):
            return {name: mixed(one.get(name, 0), other.get(name, 0)) for name in {**one, **other}}
        return one + share * (other - one)

    values = {
        field.name: mixed(getattr(low, field.name), getattr(high, field.name))
        for field in fields(OrderUsage)
    }
    return OrderUsage(**values | {"lines": lines})
