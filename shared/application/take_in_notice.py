"""Taking in what the payment provider says of payments, so that repeats have no further effect.

While a saga is at work it asks the provider itself, so a notice only wakes it. Afterwards a notice
is a reason to look: what counts is what the provider's books and the order's record say.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from shared.application.flag_order import FlagOrder
from shared.application.order_payment import payment_of
from shared.application.payment_gateway import PaymentGateway, PaymentStatus
from shared.application.payment_notices import NoticeKind, PaymentNotice
from shared.application.ports import Judgement, Orders, StartSaga
from shared.domain.errors import TooEarly
from shared.domain.milestones import Work
from shared.domain.order import KEEPS_MONEY, Order, OrderStatus

PAYMENT_FAILED = "payment-failed"
HOLD_LOST = "payment-hold-lost"
CHARGED_TWICE = "payment-mismatch"
REFUND_FAILED = "refund-failed"
DISPUTED = "payment-disputed"

_KEEPS_NOTHING = frozenset({OrderStatus.REJECTED, OrderStatus.CANCELLED})
_HAS_MONEY = frozenset({PaymentStatus.HELD, PaymentStatus.CAPTURED})

Wake = StartSaga | None
Effect = Callable[[Order, PaymentNotice, Wake], Awaitable[Judgement]]


class TakeInNotice:
    """Sees to it that an order has its money exactly as long as it is to have it."""

    def __init__(self, orders: Orders, gateway: PaymentGateway, flag_order: FlagOrder) -> None:
        self._orders = orders
        self._gateway = gateway
        self._flag_order = flag_order
        self._effects: Mapping[NoticeKind, Effect] = {
            NoticeKind.SETTLED: self._settled,
            NoticeKind.DECLINED: self._declined,
            NoticeKind.HOLD_ENDED: self._hold_ended,
            NoticeKind.REVERSED: self._reversed,
            NoticeKind.REFUND_FAILED: self._refund_failed,
            NoticeKind.DISPUTED: self._disputed,
        }

    async def __call__(self, notice: PaymentNotice, wake: StartSaga) -> Judgement:
        """Do what the notice asks for, once. *wake* tells the sagas of an order to look again.

        Raises:
            OrderNotFound
            TooEarly: the order's saga has to end first, or a person has to look at it.
        """
        return await self.about(await self._orders.get(notice.order_id), notice, wake)

    async def about(self, order: Order, notice: PaymentNotice, wake: Wake = None) -> Judgement:
        """The same for an order that was just read; without *wake* its sagas are left alone."""
        return await self._effects[notice.kind](order, notice, wake)

    async def _settled(self, order: Order, notice: PaymentNotice, wake: Wake) -> Judgement:
        if order.status in _KEEPS_NOTHING:
            # Money for an order that came to nothing; giving back what was given back is harmless.
            payment = replace(payment_of(order), payment_id=notice.payment_id)
            await self._gateway.give_back(payment)
            return Judgement.DONE
        if order.status in KEEPS_MONEY and order.payment_id not in (None, notice.payment_id):
            return await self._flag(order, notice, CHARGED_TWICE)
        return await self._look_again(order, wake)

    async def _declined(self, order: Order, _: PaymentNotice, wake: Wake) -> Judgement:
        return await self._look_again(order, wake)

    async def _hold_ended(self, order: Order, notice: PaymentNotice, wake: Wake) -> Judgement:
        if order.status not in KEEPS_MONEY:
            return await self._look_again(order, wake)
        marks, is_present = order.milestones, order.payment_id == notice.payment_id
        if marks.hold is None or marks.cancellation or not is_present:
            # The money was taken, or we have let go of this hold ourselves.
            return Judgement.DUPLICATE
        state = await self._gateway.state(payment_of(order))
        if state.status in _HAS_MONEY:
            return Judgement.DUPLICATE
        return await self._flag(order, notice, HOLD_LOST)

    async def _reversed(self, order: Order, notice: PaymentNotice, _: Wake) -> Judgement:
        if order.status is OrderStatus.PAID:
            raise TooEarly(order.id, "is being confirmed; its payment is looked at after that")
        if order.status not in KEEPS_MONEY:
            return Judgement.DUPLICATE
        return await self._flag(order, notice, PAYMENT_FAILED)

    async def _refund_failed(self, order: Order, notice: PaymentNotice, _: Wake) -> Judgement:
        return await self._flag(order, notice, REFUND_FAILED)

    async def _disputed(self, order: Order, notice: PaymentNotice, _: Wake) -> Judgement:
        return await self._flag(order, notice, DISPUTED)

    async def _look_again(self, order: Order, wake: Wake) -> Judgement:
        if wake is None or not order.owes_work:
            return Judgement.DUPLICATE
        await wake(order)
        return Judgement.DONE

    async def _flag(self, order: Order, notice: PaymentNotice, reason: str) -> Judgement:
        if notice.fact in order.milestones.notices:
            # Somebody was told, and perhaps has seen to it already.
            return Judgement.DUPLICATE
        if not order.status.is_settled:
            raise TooEarly(order.id, "is at work; its payment is looked at after that")
        if order.status is OrderStatus.NEEDS_ATTENTION:
            raise TooEarly(order.id, "waits for a person for another reason")
        await self._flag_order(order, Work.PAYMENT, reason, fact=notice.fact)
        return Judgement.DONE
