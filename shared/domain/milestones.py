"""What has happened to an order besides its changes of state: cancelled, shipped, given up, ..."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.review import Approval


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Somebody wants the order undone. Until it is, the order keeps its state."""

    reason: str
    """In the words of whoever asked: kept with the order, and told to nobody else."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Shipment:
    """The parcel. ``settled`` once its goods have left the stock level."""

    dispatched_at: datetime
    carrier: str = ""
    tracking_number: str = ""
    settled: bool = False


class Work(StrEnum):
    """What could not be finished. Stored and public: add members, never rename."""

    FULFIL = "fulfil"
    UNDO = "undo"
    SHIP = "ship"
    PAYMENT = "payment"
    """The provider tells of money something else than our record."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Why an order waits for a person, and what is left to be done."""

    since: datetime
    work: Work
    reason: str
    """A stable code."""
    back_to: str
    """The state that finishing the work leads to."""
    steps: tuple[str, ...] = ()
    """Those that kept failing."""
    tried: int = 1
    """How often the work was given up."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """Invariant: refunded <= captured, both in the order's minor units."""

    cancellation: Cancellation | None = None
    shipment: Shipment | None = None
    attention: Attention | None = None
    approval: Approval | None = None
    captured_minor_units: int = 0
    refunded_minor_units: int = 0
