"""What activities answer, in the words of the Durable contract."""

from shared.domain.errors import CancellationRequested, Refused
from shared.domain.order import Order
from shared.durable_contract import Outcome

DONE = Outcome(outcome="done")


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
