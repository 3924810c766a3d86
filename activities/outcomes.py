"""What activities answer, in the words of the Durable contract."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from shared.domain.errors import CancellationRequested, CircuitOpen, Refused
from shared.domain.order import Order
from shared.durable_contract import Outcome

Self = TypeVar("Self")
Given = ParamSpec("Given")
Activity = Callable[Concatenate[Self, Given], Coroutine[Any, Any, Outcome]]

DONE = Outcome(outcome="done")


def postponable(activity: Activity[Self, Given]) -> Activity[Self, Given]:
    """An activity that the saga repeats later, at no cost, while what it needs is left alone."""

    @wraps(activity)
    async def postponing(self: Self, /, *given: Given.args, **named: Given.kwargs) -> Outcome:
        try:
            return await activity(self, *given, **named)
        except CircuitOpen as circuit:
            return Outcome(outcome="postponed", retryAfterSeconds=circuit.retry_after_seconds)

    postponing.is_postponable = True  # type: ignore[attr-defined]  # docs/retries.md is held to it
    return postponing


def refused(refusal: Refused) -> Outcome:
    """A business answer: the saga undoes what it did, and the order ends."""
    return Outcome(outcome="refused", reason=refusal.code)


def settled(order: Order) -> Outcome:
    """The order has reached an end already: this saga is a repeat, and stops."""
    return Outcome(outcome="settled", status=order.status.value)


def ended(order: Order) -> Outcome | None:
    """Why a step forward is not taken: the order has ended, or is to be undone; None: it is taken.

    Raises nothing: both are answers.
    """
    if order.status.is_settled:
        return settled(order)
    if order.milestones.cancellation:
        return refused(CancellationRequested(order.id))
    return None
