"""The ``PaymentGateway`` port with a ledger in memory; the contract suite holds it to Stripe's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.application.payment_gateway import (
    MOST_TELLING_FIRST,
    Authorization,
    Payment,
    PaymentRefund,
    PaymentState,
    PaymentStatus,
)
from shared.domain.errors import AlreadyCaptured, PaymentDeclined, RefundRefused
from shared.domain.money import Money

EXPIRES_AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass
class Entry:
    """One payment in the provider's books, in minor units."""

    order_id: str
    amount: Money
    is_held: bool = False
    is_ended: bool = False
    is_declined: bool = False
    captured: int = 0
    refunded: int = 0

    @property
    def kept(self) -> int:
        """What is left of what was taken."""
        return self.captured - self.refunded

    @property
    def status(self) -> PaymentStatus:
        """The same words as the port's, for this payment alone."""
        if self.captured:
            return PaymentStatus.CAPTURED if self.kept else PaymentStatus.RETURNED
        if self.is_held:
            return PaymentStatus.HELD
        if self.is_ended:
            return PaymentStatus.RETURNED
        return PaymentStatus.DECLINED if self.is_declined else PaymentStatus.NONE


@dataclass
class FakePayments:
    """Methods in *declining* are declined."""

    declining: frozenset[str] = frozenset({"pm_declined"})
    ledger: dict[str, Entry] = field(default_factory=dict)
    """By payment id: ``pi_ORDER``, and ``pi_ORDER_renewal_1`` and so on."""
    refunds: dict[str, PaymentRefund] = field(default_factory=dict)
    expires_at: datetime | None = EXPIRES_AT

    @property
    def states(self) -> Mapping[str, PaymentStatus]:
        """What there is of each order's money."""
        return {entry.order_id: self._status(entry.order_id) for entry in self.ledger.values()}

    def kept(self, order_id: str) -> int:
        """What was taken for an order and not given back, in minor units."""
        return sum(entry.kept for entry in self.ledger.values() if entry.order_id == order_id)

    def take(self, order_id: str, amount: Money) -> None:
        """The order's money is taken, whoever did that."""
        self.ledger[f"pi_{order_id}"] = Entry(order_id, amount, captured=amount.minor_units)

    def hold(self, order_id: str, amount: Money) -> None:
        """The order's money is held."""
        self.ledger[f"pi_{order_id}"] = Entry(order_id, amount, is_held=True)

    async def authorize(self, payment: Payment) -> Authorization:
        payment_id, entry = self._entry(payment)
        if payment.method in self.declining:
            entry.is_declined = True
            raise PaymentDeclined("card_declined")
        if entry.status is PaymentStatus.RETURNED:
            raise PaymentDeclined("canceled")
        entry.is_held = not entry.captured
        return Authorization(payment_id, self.expires_at)

    async def capture(self, payment_id: str) -> None:
        entry = self.ledger.get(payment_id)
        if entry is None or entry.status not in (PaymentStatus.HELD, PaymentStatus.CAPTURED):
            raise PaymentDeclined("canceled")
        entry.is_held, entry.captured = False, entry.amount.minor_units

    async def void(self, payment_id: str) -> None:
        entry = self.ledger.get(payment_id)
        if entry is None:
            raise RefundRefused("resource_missing")
        if entry.captured:
            raise AlreadyCaptured(payment_id)
        entry.is_held, entry.is_ended = False, True

    async def refund(self, refund: PaymentRefund) -> None:
        if refund.refund_id in self.refunds:
            return
        entry = self.ledger.get(refund.payment_id)
        if entry is None or refund.amount.minor_units > entry.kept:
            raise RefundRefused("amount")
        entry.refunded += refund.amount.minor_units
        self.refunds[refund.refund_id] = refund

    async def give_back(self, payment: Payment) -> Money:
        self._entry(payment)
        for entry in self.ledger.values():
            if entry.order_id == payment.order_id:
                entry.is_held, entry.is_ended = False, True
                entry.refunded = entry.captured
        return (await self.state(payment)).captured

    async def state(self, payment: Payment) -> PaymentState:
        entries = {
            key: entry for key, entry in self.ledger.items() if entry.order_id == payment.order_id
        }
        status = self._status(payment.order_id)
        of_status = [key for key, entry in entries.items() if entry.status is status]
        captured = sum(entry.captured for entry in entries.values())
        refunded = sum(entry.refunded for entry in entries.values())
        currency = payment.amount.currency
        return PaymentState(
            status,
            of_status[0] if of_status else None,
            Money(captured, currency),
            Money(refunded, currency),
        )

    def _entry(self, payment: Payment) -> tuple[str, Entry]:
        renewal = f"_renewal_{payment.renewal}" if payment.renewal else ""
        payment_id = payment.payment_id or f"pi_{payment.order_id}{renewal}"
        return payment_id, self.ledger.setdefault(
            payment_id, Entry(payment.order_id, payment.amount)
        )

    def _status(self, order_id: str) -> PaymentStatus:
        found = [entry.status for entry in self.ledger.values() if entry.order_id == order_id]
        return min(found, key=MOST_TELLING_FIRST.index, default=PaymentStatus.NONE)
