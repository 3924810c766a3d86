"""Looking after orders that wait, minute by minute."""

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient

from shared.adapters.durable_sagas import DurableSagas
from shared.application.reconcile_orders import ReconcileOrders

_log = structlog.get_logger(__name__)

# Half a minute after the other timer.
HALF_PAST_EVERY_MINUTE = "30 * * * * *"


class OrderTimer:
    """``reconcile_orders``."""

    def __init__(self, reconcile: ReconcileOrders) -> None:
        self._reconcile = reconcile

    async def reconcile_orders(
        self,
        timer: func.TimerRequest,  # noqa: ARG002
        client: DurableOrchestrationClient,
    ) -> None:
        """Look after what is due. A failure is the run's; the next one takes it up again."""
        reconciled = await self._reconcile(DurableSagas(client))
        if reconciled.looked_at:
            _log.warning(
                "orders_reconciled", looked_at=reconciled.looked_at, failed=reconciled.failed
            )
