"""Waiting for somebody to approve an order, until it is too late."""

from datetime import datetime, timedelta

from orchestrations.retries import PERSISTENT
from orchestrations.saga import Saga, Steps
from shared.durable_contract import CHECK_APPROVAL, REQUEST_APPROVAL

# The order is looked at this often even if no news comes. Durable's own timers have at most six
# days; the SDK strings longer ones together.
_LONGEST_PAUSE = timedelta(days=3)


def await_approval(saga: Saga, hours: float) -> Steps:
    """Return once the order is approved, within *hours* from now.

    The record has the decision, and the news only say that there is one. Who comes too late is
    settled there, too: the deadline is one more decision, and the first one holds.

    Raises:
        Stopped: it was not approved, not in time, or is to be undone.
    """
    deadline = saga.now + timedelta(hours=hours)
    asked = yield from saga.step(REQUEST_APPROVAL, deadline=deadline.isoformat())
    # A saga that is started once more keeps to what was said at first.
    deadline = datetime.fromisoformat(asked["deadline"])
    waiting = True
    while waiting:
        moment = min(deadline, saga.now + _LONGEST_PAUSE)
        undisturbed = yield from saga.wait_until(moment)
        expired = undisturbed and moment == deadline
        checked = yield from saga.step(CHECK_APPROVAL, policy=PERSISTENT, expired=expired)
        waiting = checked.get("waiting", False)
