"""The numbers of ``/_emulator/stats``."""

from typing import Any

from emulators.event_grid.backlog import Backlog, backlogs
from emulators.event_grid.courier import Courier
from emulators.event_grid.handlers import EventGrid

NO_BACKLOG = Backlog()


def report(grid: EventGrid) -> dict[str, Any]:
    """Counts since start, and what waits now; whoever polls it until nothing waits is done."""
    backlog, now = backlogs(grid.store.connection), grid.clock.now()
    subscriptions = {
        name: _subscription(courier, backlog.get(name, NO_BACKLOG), now)
        for name, courier in grid.couriers.items()
    }
    topics = {name: stats.to_wire() for name, stats in grid.topic_stats.items()}
    return {
        "published": sum(topic["published"] for topic in topics.values()),
        **_totals(list(subscriptions.values())),
        "topics": topics,
        "subscriptions": subscriptions,
    }


def _totals(subscriptions: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("delivered", "attempts", "retries", "failedRequests", "deadLettered", "dropped")
    totals = {
        name: sum(one[name] for one in subscriptions) for name in (*names, "queued", "givenUp")
    }
    ages = [one["oldestSeconds"] for one in subscriptions if one["oldestSeconds"] is not None]
    return {**totals, "oldestSeconds": max(ages, default=None)}


def _subscription(courier: Courier, backlog: Backlog, now: float) -> dict[str, Any]:
    oldest = None if backlog.oldest is None else round(max(0.0, now - backlog.oldest), 3)
    return {
        "state": courier.handshake.state,
        "detail": courier.handshake.detail,
        "paused": courier.paused,
        "onProbation": courier.on_probation,
        **courier.stats.to_wire(),
        "queued": backlog.waiting,
        "givenUp": backlog.given_up,
        "oldestSeconds": oldest,
        "deadLetterProblem": courier.dead_letters.problem or None,
    }
