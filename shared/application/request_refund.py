"""Asking for part of an order's money back, or for all of it."""

from dataclasses import dataclass

from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders, StartSaga
from shared.application.refund_messages import RefundRequest
from shared.domain.errors import IdempotencyKeyReused, RefundExists, RefundNotFound
from shared.domain.identity import derive_refund_id
from shared.domain.refund import Refund, request_refund


@dataclass(frozen=True, slots=True)
class RefundReceipt:
    """The refund that a request stands for, and whether an earlier one had asked for it."""

    refund: Refund
    replayed: bool


class RequestRefund:
    """Records a promise of money, never of more than was taken, and has a saga keep it."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def __call__(
        self, order_id: str, request: RefundRequest, idempotency_key: str, start_saga: StartSaga
    ) -> RefundReceipt:
        """The refund. However often it is asked for under one key, it is promised once.

        Two requests at once meet at the version of the order: the slower one is judged by what the
        faster one has left.

        Raises:
            OrderNotFound
            IdempotencyKeyReused: the key stands for another refund, which is left alone.
            ActionNotAllowed, RefundExceedsCaptured, RefundExceedsOrdered, RefundCurrencyMismatch,
            NothingToRestock: nothing was promised.
        """
        refund_id = derive_refund_id(order_id, idempotency_key)
        receipt = await self._receipt(order_id, refund_id, request)
        if receipt.refund.is_pending:
            # Also for a repeat: the process may have died before it could start the saga.
            await start_saga(await self._orders.get(order_id))
        return receipt

    async def _receipt(
        self, order_id: str, refund_id: str, request: RefundRequest
    ) -> RefundReceipt:
        order = await self._orders.get(order_id)
        try:
            return await self._repeated(order_id, refund_id, request)
        except RefundNotFound:
            pass
        refund = request.to_refund(order, refund_id, self._clock())
        try:
            await self._change_order(order, lambda current: request_refund(current, refund), refund)
        except RefundExists:
            return await self._repeated(order_id, refund_id, request)
        return RefundReceipt(refund, replayed=False)

    async def _repeated(
        self, order_id: str, refund_id: str, request: RefundRequest
    ) -> RefundReceipt:
        known = await self._orders.refund(order_id, refund_id)
        if known.fingerprint != request.fingerprint():
            raise IdempotencyKeyReused(order_id)
        return RefundReceipt(known, replayed=True)
