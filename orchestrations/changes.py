"""Waiting for time to pass, or for the order to change, whichever comes first."""

from collections.abc import Generator
from datetime import datetime
from typing import Any

from azure.durable_functions import DurableOrchestrationContext

from shared.durable_contract import ORDER_CHANGED


class Changes:
    """Hears of changes of one saga's order.

    A change says nothing but that there is something to look at, so one that came while nobody
    waited, or comes twice, does no harm.
    """

    def __init__(self, context: DurableOrchestrationContext) -> None:
        self._context = context
        # One wait for the event at a time: an abandoned one would swallow the next change.
        self._change: Any = None

    def wait_until(self, moment: datetime) -> Generator[Any, Any, bool]:
        """Whether *moment* came before any change did."""
        timer: Any = self._context.create_timer(moment)
        if self._change is None:
            self._change = self._context.wait_for_external_event(ORDER_CHANGED)
        first = yield self._context.task_any([timer, self._change])
        if first == timer:
            return True
        # The instance would run on until the timer fires.
        timer.cancel()
        self._change = None
        return False
