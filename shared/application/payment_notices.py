"""What a payment provider says without being asked, whichever way it comes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class NoticeKind(StrEnum):
    """What happened to a payment."""

    SETTLED = "settled"
    """The money was taken."""
    DECLINED = "declined"
    """An attempt was refused; a later one may have worked."""
    HOLD_ENDED = "hold-ended"
    """Let go of by us, or by the provider."""
    REVERSED = "reversed"
    """The money is gone again."""
    REFUND_FAILED = "refund-failed"
    """Money that was given back has returned to us."""
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """One message of the provider. It may be late, doubled, or overtaken by others."""

    id: str
    kind: NoticeKind
    about: str
    """A refund, a dispute, a payment: however it is told, it is the same thing."""
    payment_id: str
    order_id: str

    @property
    def fact(self) -> str:
        """The same for everything that tells the same."""
        return f"{self.kind}:{self.about}"


class PaymentNotices(Protocol):
    """Reads what a payment provider sends us."""

    async def read(self, body: bytes, signature: str | None) -> PaymentNotice | None:
        """The notice; None if it is about nothing that concerns us.

        Raises:
            InvalidSignature: nobody knows who sent it.
            PaymentNotFound: it is about a payment of no order.
            WebhooksNotSetUp
        """
