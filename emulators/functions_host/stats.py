"""Counters since start, for benchmarks and tests."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class DurableStats:
    """What the Durable engine did, as history records it (an activity's retries count again)."""

    orchestrations_started: int = 0
    episodes: int = 0
    activities_completed: int = 0
    activities_failed: int = 0
    timers_fired: int = 0
    events_raised: int = 0
    entity_operations: int = 0

    @property
    def actions(self) -> int:
        """Billing actions: a start is one, an activity two, a timer or an event one."""
        activities = self.activities_completed + self.activities_failed
        return self.orchestrations_started + 2 * activities + self.timers_fired + self.events_raised


@dataclass(slots=True)
class Stats:
    """All counters of one host."""

    durable: DurableStats = field(default_factory=DurableStats)
    http_requests: int = 0

    def to_json(self) -> dict[str, Any]:
        """The body of ``GET /_emulator/stats``."""
        durable = self.durable
        return {
            "durable": {
                "orchestrationsStarted": durable.orchestrations_started,
                "episodes": durable.episodes,
                "activitiesCompleted": durable.activities_completed,
                "activitiesFailed": durable.activities_failed,
                "timersFired": durable.timers_fired,
                "eventsRaised": durable.events_raised,
                "entityOperations": durable.entity_operations,
                "actions": durable.actions,
            },
            "http": {"requests": self.http_requests},
        }
