"""What a team may choose, and what is assumed where nothing was measured."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Plan(StrEnum):
    """What runs the app."""

    FLEX = "flex"
    PREMIUM = "premium"


class Capacity(StrEnum):
    """How Cosmos DB is paid."""

    SERVERLESS = "serverless"
    AUTOSCALE = "autoscale"


@dataclass(frozen=True, slots=True)
class Choices:
    """One deployment; the defaults are those of infra/bicep/main.bicep."""

    plan: Plan = Plan.FLEX
    cosmos: Capacity = Capacity.SERVERLESS
    retention_days: int = 90
    """How long orders, their histories and logs are kept."""
    sampling: int = 100
    """Percent of traces and dependencies that are sent; requests and exceptions always are."""
    memory_megabytes: int = 2048
    network_isolation: bool = False
    free_grants: bool = False

    @property
    def speed(self) -> float:
        """Of an instance, beside a whole core: a Flex instance of 512 MB has a quarter of one.

        More than one core does not make a worker faster: it is one Python process.
        """
        return min(1.0, self.memory_megabytes / 2048) if self.plan is Plan.FLEX else 1.0

    def but(self, **changes: object) -> "Choices":
        """The same with *changes*."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What no measurement on one machine can tell; shown under every bill."""

    busy_hours_per_day: float = 12.0
    looks_per_order: float = 2.0
    subscribers: float = 1.0
    peak_to_mean: float = 5.0
    bytes_per_telemetry_item: float = 1_200.0
    instance_use: float = 0.7
    """Of the time of an instance, before there is another one."""

    def as_lines(self) -> list[str]:
        """In words."""
        return [
            f"Orders come at random moments in {self.busy_hours_per_day:g} hours of each day, "
            "as many in each of them.",
            "Flex: executions that overlap share the time of an instance, and each active period "
            f"is billed for 1 s at least; there is another instance when one is "
            f"{100 * self.instance_use:g} % in use. Durations are those of the local stack, far "
            "below 1 s; on an instance of 512 MB, a quarter of a core, four times as long.",
            "Each replay of an orchestrator is billed as an execution.",
            "The app is up all month, and polls: the feed, its leases, the queues of its task hub.",
            f"A customer looks {self.looks_per_order:g} times at an order; "
            f"{self.subscribers:g} system is told of what happens to it.",
            "Autoscale: the maximum is the least that carries the busiest second, which has "
            f"{self.peak_to_mean:g} times the mean.",
            f"Logs: {self.bytes_per_telemetry_item:,.0f} bytes for each execution, line of the log "
            "and activity.",
            "Durable Functions' requests to storage are not measured but computed from what is: "
            "costs/durable.py.",
        ]
