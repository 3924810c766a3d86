"""What the use cases need from a payment provider.

Every method may raise :class:`~shared.domain.errors.Unavailable`. Then it is unknown whether the
effect took place, and the caller repeats the call: each one is repeatable, also days later.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.domain.money import Money


@dataclass(frozen=True, slots=True)
class Payment:
    """What a payment provider is asked to take, and for which order."""

    order_id: str
    amount: Money
    method: str
    placed_at: datetime
    """Since when it may have been asked for; of a renewal, when that was begun."""
    payment_id: str | None = None
    """The provider's id, where the record has it."""
    renewal: int = 0
    """0: the order's first hold; n: the n-th one that replaces a hold which is about to expire."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """A hold, and until when it can be captured, where the provider says."""

    payment_id: str
    expires_at: datetime | None = None


class PaymentStatus(StrEnum):
    """What a provider has of an order's money."""

    NONE = "none"
    DECLINED = "declined"
    HELD = "held"
    CAPTURED = "captured"
    """Taken, and at least a part of it kept."""
    RETURNED = "returned"
    """A hold that ended, or money given back in full."""


# Of several payments of one order: whether money is kept matters most, then whether it is held.
MOST_TELLING_FIRST = (
    PaymentStatus.CAPTURED,
    PaymentStatus.HELD,
    PaymentStatus.RETURNED,
    PaymentStatus.DECLINED,
    PaymentStatus.NONE,
)


@dataclass(frozen=True, slots=True)
class PaymentState:
    """What the provider's books say of an order: all its payments together.

    ``payment_id`` is the one that the status is about. A refund that failed counts for nothing.
    """

    status: PaymentStatus
    payment_id: str | None
    captured: Money
    refunded: Money


@dataclass(frozen=True, slots=True)
class PaymentRefund:
    """A part of a captured payment that is to be given back, once for each ``refund_id``."""

    refund_id: str
    payment_id: str
    amount: Money
    order_id: str


class PaymentGateway(Protocol):
    """The payment provider; every call is keyed by what it is for, so that repeats do nothing."""

    async def authorize(self, payment: Payment) -> Authorization:
        """Hold the amount.

        Raises:
            PaymentDeclined: refused, or everything was given back before.
        """

    async def capture(self, payment_id: str) -> None:
        """Take the held amount.

        Raises:
            PaymentDeclined: the hold is gone, or the provider refuses to take it.
        """

    async def void(self, payment_id: str) -> None:
        """Let go of a hold that another one has replaced. Harmless when it is gone.

        Raises:
            AlreadyCaptured: the money was taken; nothing was changed.
            RefundRefused: the provider does not know it.
        """

    async def refund(self, refund: PaymentRefund) -> None:
        """Give back a part of what was captured, once per refund id, however often asked.

        Raises:
            RefundRefused: more than is left, disputed, ...; or this refund failed at the bank.
        """

    async def give_back(self, payment: Payment) -> Money:
        """Void or refund whatever is still held or kept of any payment of the order, and see to it
        that a late repeat of :meth:`authorize` or :meth:`capture` takes nothing. Harmless when
        there is nothing. The answer is what had been captured of the order: perhaps more than its
        record knows, if the answer to a capture was lost.

        Raises:
            RefundRefused
        """

    async def state(self, payment: Payment) -> PaymentState:
        """Ask the provider what it has of the order. Changes nothing.

        Without a payment id, what was begun in the last minute may be missing.
        """
