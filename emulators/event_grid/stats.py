"""What was counted since start, and what happened last."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_KEPT = 50
_NAMED = 3


@dataclass(slots=True)
class TopicStats:
    """Of one topic."""

    requests: int = 0
    refused: int = 0
    published: int = 0

    def to_wire(self) -> dict[str, int]:
        return {"requests": self.requests, "refused": self.refused, "published": self.published}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to an endpoint, or one batch of events given up."""

    at: float
    outcome: str
    status: int | None
    detail: str
    events: int
    first_ids: tuple[str, ...]
    seconds: float = 0.0

    @classmethod
    def ids(cls, ids: Iterable[str]) -> tuple[str, ...]:
        """The first few of *ids*."""
        return tuple(ids)[:_NAMED]


@dataclass(slots=True)
class SubscriptionStats:
    """Of one subscription; all but requests and failed requests count events."""

    matched: int = 0
    requests: int = 0
    failed_requests: int = 0
    attempts: int = 0
    retries: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    dropped: int = 0
    recent: deque[Attempt] = field(default_factory=lambda: deque(maxlen=_KEPT))
    failures: deque[Attempt] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def to_wire(self) -> dict[str, Any]:
        return {
            "matched": self.matched,
            "requests": self.requests,
            "failedRequests": self.failed_requests,
            "attempts": self.attempts,
            "retries": self.retries,
            "delivered": self.delivered,
            "deadLettered": self.dead_lettered,
            "dropped": self.dropped,
        }
