"""Steps, and the undoing of them: the mechanism behind every saga's story."""

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any, cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.changes import Changes
from orchestrations.retries import PERSISTENT, TRANSIENT, RetryPolicy, call_activity
from shared.durable_contract import (
    CANCEL_ORDER,
    CANCELLED,
    FLAG_ORDER,
    LINES_PER_RANGE,
    PROCESSING_FAILED,
    REJECT_ORDER,
    FulfilmentResult,
    Outcome,
    Step,
)

Steps = Generator[Any, Any, None]
Result = Generator[Any, Any, FulfilmentResult]

CANCELLED_STATUS = "Cancelled"
REJECTED_STATUS = "Rejected"
NEEDS_ATTENTION_STATUS = "NeedsAttention"

_RECORDS = {CANCELLED_STATUS: CANCEL_ORDER, REJECTED_STATUS: REJECT_ORDER}


class Stopped(Exception):
    """The saga does not go on: a refusal, a fault, or an order that was settled before."""

    def __init__(self, outcome: Outcome, step: str, *, is_stuck: bool = False) -> None:
        """*is_stuck*: neither going on nor undoing is right, as long as the step is not done."""
        self.outcome = outcome
        self.step = step
        self.is_stuck = is_stuck
        super().__init__(outcome["outcome"])


class Saga:
    """Runs the steps of one order and remembers how to undo them.

    An undo is registered *before* its step begins: a step that is refused or fails may have been
    done in part, and every undo is harmless when there is nothing to undo.
    """

    def __init__(
        self, context: DurableOrchestrationContext, order_id: str, attempt: int = 1
    ) -> None:
        """*attempt*: which one this is at the work, after earlier ones were given up."""
        self._context = context
        self._attempt = attempt
        self._order_id = order_id
        self._undo: list[tuple[str, Step]] = []
        self._changes = Changes(context)

    def step(
        self,
        name: str,
        *,
        undo: str | None = None,
        policy: RetryPolicy = TRANSIENT,
        must_succeed: bool = False,
        **details: Any,
    ) -> Generator[Any, Any, Outcome]:
        """Run the activity *name*; its outcome when it was done.

        Raises:
            Stopped: it was refused, or failed until *policy* was exhausted. With *must_succeed* a
                fault leaves the saga stuck: then nothing is undone.
        """
        payload = self._payload(details)
        if undo is not None:
            self._undo.append((undo, payload))
        try:
            outcome = yield from call_activity(self._context, name, payload, policy, self._changes)
        except Exception as fault:
            failed = Outcome(outcome="refused", reason=PROCESSING_FAILED)
            raise Stopped(failed, name, is_stuck=must_succeed) from fault
        if outcome["outcome"] != "done":
            raise Stopped(outcome, name)
        return outcome

    @property
    def now(self) -> datetime:
        """The time, the same in every replay."""
        return self._context.current_utc_datetime

    def wait_until(self, moment: datetime) -> Generator[Any, Any, bool]:
        """Whether *moment* came before any change of the order did."""
        return (yield from self._changes.wait_until(moment))

    def owes(self, undo: str, **details: Any) -> None:
        """Register the undo of a step that an earlier saga took."""
        self._undo.append((undo, self._payload(details)))

    def conclude(self, stop: Stopped) -> Result:
        """Undo every step, newest first, and record why the order ends here."""
        if stop.outcome["outcome"] == "settled":
            return FulfilmentResult(status=stop.outcome["status"])
        reason = stop.outcome["reason"]
        if stop.is_stuck:
            return (yield from self.give_up("fulfil", reason, [stop.step]))
        status = CANCELLED_STATUS if reason == CANCELLED else REJECTED_STATUS
        return (yield from self.undo(status, reason))

    def undo(self, status: str, reason: str) -> Result:
        """Undo every step, newest first, and record *status*.

        An undo that keeps failing does not keep the others from being done; it ends the order in
        NeedsAttention instead.
        """
        failed = yield from self._undo_all()
        if failed:
            return (yield from self.give_up("undo", reason, failed, status))
        yield from self._record(_RECORDS[status], reason=reason)
        return FulfilmentResult(status=status, reason=reason)

    def give_up(self, work: str, reason: str, failed: list[str], status: str = "") -> Result:
        """Hand the order to a person: *work* could not be finished, since *failed* kept failing.

        *status* is the one that finishing it leads to; without it, the one the order has.
        """
        details = {"reason": reason, "work": work, "failed": failed, "status": status}
        yield from self._record(FLAG_ORDER, attempt=self._attempt, **details)
        return FulfilmentResult(status=NEEDS_ATTENTION_STATUS, reason=reason)

    def _undo_all(self) -> Generator[Any, Any, list[str]]:
        failed: list[str] = []
        for name, payload in reversed(self._undo):
            try:
                yield from call_activity(self._context, name, payload, PERSISTENT)
            except Exception:  # told to whoever attends to the order
                if name not in failed:
                    failed.append(name)
        return failed

    def _record(self, name: str, **details: Any) -> Steps:
        yield from call_activity(self._context, name, self._payload(details), PERSISTENT)

    def _payload(self, details: dict[str, Any]) -> Step:
        return cast(Step, {"orderId": self._order_id, **details})


def ranges(line_count: int) -> Iterator[Step]:
    """The lines of an order in parts, so that history grows with those and not with the lines."""
    for first in range(0, line_count, LINES_PER_RANGE):
        yield cast(Step, {"firstLine": first, "lineCount": LINES_PER_RANGE})
