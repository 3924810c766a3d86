"""Why an order waits for somebody's approval, and what became of that."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Stored and public: add members, never rename."""

    AMOUNT_THRESHOLD = "amount-threshold"
    HIGH_AMOUNT = "high-amount"
    NEW_CUSTOMER = "new-customer"
    ADDRESS_MISMATCH = "address-mismatch"
    VELOCITY = "velocity"
    HISTORY_UNKNOWN = "history-unknown"
    """What the customer has ordered before could not be found out."""


@dataclass(frozen=True, slots=True)
class Review:
    """What the policy of the moment said of an order as it was taken in: somebody has to approve.

    Pinned on the order: whatever the policy says later, this order is held to this.
    """

    reasons: tuple[Reason, ...]
    risk_score: int
    deadline_hours: float


class Decision(StrEnum):
    """Stored and public: add members, never rename."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided in time."""


@dataclass(frozen=True, slots=True)
class Approval:
    """That approval was asked for, until when, and the one decision once there is one."""

    requested_at: datetime
    deadline: datetime
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    """Who it was, as the identity provider names them; told to approvers only, like the comment."""
    comment: str = ""
