"""What activities answer, in the words of the Durable contract."""

from shared.domain.errors import Refused
from shared.domain.order import Order
from shared.durable_contract import Outcome

DONE = Outcome(outcome="done")


def refused(refusal: Refused) -> Outcome:
    """A business answer: the saga undoes what it did and rejects the order."""
    return Outcome(outcome="refused", reason=refusal.code)


def settled(order: Order) -> Outcome:
    """The order has reached an end already: this saga is a repeat, and stops."""
    return Outcome(outcome="settled", status=order.status.value)
