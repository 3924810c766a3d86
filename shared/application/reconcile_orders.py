"""Looking after orders that nobody looks after: sagas that were lost, holds about to expire.

A saga asks the provider until it knows, so an order that stays unsettled has a saga that waits for
a service, or none. This is for the latter, whatever became of it.
"""

from dataclasses import dataclass

import structlog

from shared.application.flag_order import FlagOrder
from shared.application.owed_sagas import owed_sagas, renewal_saga
from shared.application.ports import Clock, Orders, Sagas, SagaState
from shared.domain.errors import OrderError
from shared.domain.order import Order
from shared.domain.reconciliation import STALLED_AFTER

_log = structlog.get_logger(__name__)

AT_MOST = 100
SAGA_FAILED = "saga-failed"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did."""

    looked_at: int = 0
    failed: int = 0
    """Of those; they stay due."""


class ReconcileOrders:
    """One run over the orders that are due, longest due first."""

    def __init__(self, orders: Orders, flag_order: FlagOrder, clock: Clock) -> None:
        self._orders = orders
        self._flag_order = flag_order
        self._clock = clock

    async def __call__(self, sagas: Sagas) -> Reconciled:
        """Look at the orders that are due. Repeatable; one that fails keeps no other waiting.

        Raises:
            Unavailable: it is not known which ones are due.
        """
        due = await self._orders.due(self._clock(), AT_MOST)
        failed = 0
        for order in due:
            try:
                await self._look_after(order, sagas)
            except OrderError as fault:
                failed += 1
                _log.warning("order_not_reconciled", order_id=order.id, code=fault.code)
        return Reconciled(len(due), failed)

    async def _look_after(self, order: Order, sagas: Sagas) -> None:
        renewal = renewal_saga(order, self._clock())
        for saga in (*owed_sagas(order), *([renewal] if renewal else [])):
            if await sagas.state(saga.instance_id) is SagaState.FAILED:
                ends_as = saga.payload.get("status")
                await self._flag_order(order, saga.work, SAGA_FAILED, to=ends_as)
                return
            # One that is alive is woken, if it may wait for something that has happened.
            await sagas.start(saga)
            _log.info("saga_looked_after", order_id=order.id, saga=saga.name)
        await self._orders.check_later(order, self._clock() + STALLED_AFTER)
