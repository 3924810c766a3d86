"""What has happened to an order besides its changes of state: cancelled, shipped, given up, ..."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class OpenRefund:
    """A refund that was asked for, and is not done with yet."""

    id: str
    minor_units: int
    restock_lines: int = 0
    """How many lines of it go back on the shelf."""
    paid: bool = False
    """Whether the money is back; then it is only about goods."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Money that is held until the parcel leaves, and taken then."""

    expires_at: datetime | None
    """When the provider lets go of it; None: it did not say."""
    renewal: int = 0
    """How many holds there were before this one."""
    renewing_since: datetime | None = None
    """Since when there may be another one, which is to replace it."""


class WorkOutcome(StrEnum):
    """Stored and public: what became of the work that had been given up."""

    DONE = "done"
    """A person has done it by hand."""
    ABANDONED = "abandoned"
    """It is not going to be done."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person did about an order that waited for one."""

    at: datetime
    work: str
    outcome: WorkOutcome
    reason: str
    """Why the order had waited: a stable code."""
    by: str
    text: str
    """In that person's words: kept with the order, and told to nobody else."""


class Work(StrEnum):
    """What could not be finished. Stored and public: add members, never rename."""

    FULFIL = "fulfil"
    UNDO = "undo"
    SHIP = "ship"
    REFUND = "refund"
    RENEW = "renew"
    """The hold of a payment that is taken when the parcel leaves."""
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
    """Invariant: refunded + refunding <= captured, all in the order's minor units."""

    cancellation: Cancellation | None = None
    shipment: Shipment | None = None
    attention: Attention | None = None
    approval: Approval | None = None
    captured_minor_units: int = 0
    refunded_minor_units: int = 0
    open_refunds: tuple[OpenRefund, ...] = ()
    refunded_quantities: Mapping[str, int] = field(default_factory=dict)
    """By SKU, for refunds that named lines; those still open are counted."""
    hold: Hold | None = None
    resolutions: tuple[Resolution, ...] = ()
    notices: tuple[str, ...] = ()
    """What the payment provider told that a person has to know, and was told."""

    @property
    def refunding_minor_units(self) -> int:
        """What is promised, and not given back yet."""
        return sum(refund.minor_units for refund in self.open_refunds if not refund.paid)
