"""Steps, and the undoing of them: the mechanism behind every saga's story."""

from collections.abc import Generator
from typing import Any, cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.retries import PERSISTENT, TRANSIENT, RetryPolicy, call_activity
from shared.durable_contract import FLAG_ORDER, REJECT_ORDER, FulfilmentResult, Outcome, Step

Steps = Generator[Any, Any, None]

PROCESSING_FAILED = "processing-failed"


class Stopped(Exception):
    """The saga does not go on: a refusal, a fault, or an order that was settled before."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome["outcome"])


class Saga:
    """Runs the steps of one order and remembers how to undo them.

    An undo is registered *before* its step begins: a step that is refused or fails may have been
    done in part, and every undo is harmless when there is nothing to undo.
    """

    def __init__(self, context: DurableOrchestrationContext, order_id: str) -> None:
        self._context = context
        self._order_id = order_id
        self._undo: list[tuple[str, Step]] = []

    def step(
        self,
        name: str,
        *,
        undo: str | None = None,
        policy: RetryPolicy = TRANSIENT,
        **details: Any,
    ) -> Generator[Any, Any, Outcome]:
        """Run the activity *name*; its outcome when it was done.

        Raises:
            Stopped: it was refused, or failed until *policy* was exhausted.
        """
        payload = cast(Step, {"orderId": self._order_id, **details})
        if undo is not None:
            self._undo.append((undo, payload))
        try:
            outcome = yield from call_activity(self._context, name, payload, policy)
        except Exception as fault:
            raise Stopped(Outcome(outcome="refused", reason=PROCESSING_FAILED)) from fault
        if outcome["outcome"] != "done":
            raise Stopped(outcome)
        return outcome

    def conclude(self, stop: Stopped) -> Generator[Any, Any, FulfilmentResult]:
        """Undo every step, newest first, and record why the order ends here.

        An undo that keeps failing does not keep the others from being done; it ends the order in
        NeedsAttention instead of Rejected.
        """
        if stop.outcome["outcome"] == "settled":
            return FulfilmentResult(status=stop.outcome["status"])
        reason = stop.outcome["reason"]
        failed = yield from self._undo_all()
        if failed:
            reason = f"{reason}; undo failed: {', '.join(failed)}"
        record, status = (FLAG_ORDER, "NeedsAttention") if failed else (REJECT_ORDER, "Rejected")
        payload = Step(orderId=self._order_id, reason=reason)
        yield from call_activity(self._context, record, payload, PERSISTENT)
        return FulfilmentResult(status=status, reason=reason)

    def _undo_all(self) -> Generator[Any, Any, list[str]]:
        failed = []
        for name, payload in reversed(self._undo):
            try:
                yield from call_activity(self._context, name, payload, PERSISTENT)
            except Exception:  # reported in the order's reason
                failed.append(name)
        return failed
